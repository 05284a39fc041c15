// Package trackdoctest checks tracking documents, for tests.
package trackdoctest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"stitcher/api"
)

// Document is what tests read of a tracking document.
type Document struct {
	Avails          []Avail
	NonLinearAvails []Avail
	NextToken       string
}

// Avail is a pod.
type Avail struct {
	AvailID            string
	StartTime          string
	StartTimeInSeconds float64
	Duration           string
	DurationInSeconds  float64
	Ads                []Ad
	NonLinearAdsList   []NonLinearAds
}

// NonLinearAds are overlays.
type NonLinearAds struct {
	NonLinearAdList []NonLinear
	TrackingEvents  []Event
}

// NonLinear is one overlay.
type NonLinear struct{ StaticResource, ClickThrough string }

// Ad is one ad of a pod.
type Ad struct {
	AdID               string
	VASTAdID           string
	StartTime          string
	StartTimeInSeconds float64
	Duration           string
	DurationInSeconds  float64
	TrackingEvents     []Event
}

// Event is an event of an ad.
type Event struct {
	EventID, EventType string
	BeaconURLs         []string
	StartTime          string
	StartTimeInSeconds float64
}

// Check reads a tracking document and checks it against api/tracking.schema.json, and
// against what a schema cannot say: an adId is one ad's, each time in seconds is the
// ISO 8601 time beside it, ads lie in their avail, and events in their ad.
func Check(body []byte) (*Document, error) {
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("tracking document: %w", err)
	}
	schema, err := compiled()
	if err != nil {
		return nil, err
	}
	if err := schema.Validate(instance); err != nil {
		return nil, fmt.Errorf("tracking document: %w", err)
	}
	var d Document
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, fmt.Errorf("tracking document: %w", err)
	}
	ids := map[string]bool{}
	for i := range d.Avails {
		if err := d.Avails[i].check(ids); err != nil {
			return nil, fmt.Errorf("avail %s: %w", d.Avails[i].AvailID, err)
		}
	}
	return &d, nil
}

// compiled is the schema, which all documents of a test share.
var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(api.TrackingSchema))
	if err != nil {
		return nil, fmt.Errorf("tracking schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	const name = "tracking.schema.json"
	if err := c.AddResource(name, schema); err != nil {
		return nil, fmt.Errorf("tracking schema: %w", err)
	}
	return c.Compile(name)
})

func (a *Avail) check(ids map[string]bool) error {
	if err := agree(a.StartTime, a.StartTimeInSeconds, a.Duration, a.DurationInSeconds); err != nil {
		return err
	}
	for i := range a.Ads {
		ad := &a.Ads[i]
		switch err := agree(ad.StartTime, ad.StartTimeInSeconds, ad.Duration, ad.DurationInSeconds); {
		case err != nil:
			return fmt.Errorf("ad %s: %w", ad.AdID, err)
		case ids[ad.AdID]:
			return fmt.Errorf("two ads have the adId %s", ad.AdID)
		case !within(ad.StartTime, ad.Duration, a.StartTime, a.Duration):
			return fmt.Errorf("ad %s is not in its avail", ad.AdID)
		}
		ids[ad.AdID] = true
		for _, e := range ad.TrackingEvents {
			switch err := agree(e.StartTime, e.StartTimeInSeconds); {
			case err != nil:
				return fmt.Errorf("ad %s, %s: %w", ad.AdID, e.EventType, err)
			case !within(e.StartTime, "PT0S", ad.StartTime, ad.Duration):
				return fmt.Errorf("%s at %s is not in ad %s", e.EventType, e.StartTime, ad.AdID)
			}
		}
	}
	return nil
}

// within is whether one span of time lies in another, to the microsecond that each of
// the times is cut to.
func within(start, length, inStart, inLength string) bool {
	from, to := micros(start), micros(start)+micros(length)
	return from >= micros(inStart)-1 && to <= micros(inStart)+micros(inLength)+1
}

// agree compares pairs of an ISO 8601 duration and seconds.
func agree(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		text, seconds := pairs[i].(string), pairs[i+1].(float64) //nolint:gosec // pairs is even
		if us := micros(text); math.Round(seconds*1000) != float64(us/1000) {
			return fmt.Errorf("%s is %d µs and not %g s", text, us, seconds)
		}
	}
	return nil
}

var duration = regexp.MustCompile(`^(-?)PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$`)

// micros is an ISO 8601 duration in microseconds.
func micros(text string) int64 {
	m := duration.FindStringSubmatch(text)
	if m == nil {
		return math.MinInt64
	}
	number := func(s string) float64 { f, _ := strconv.ParseFloat(s, 64); return f } // digits, or none for 0
	us := int64(number(m[2]))*3_600_000_000 + int64(number(m[3]))*60_000_000 + int64(math.Round(number(m[4])*1e6))
	if m[1] != "" {
		return -us
	}
	return us
}
