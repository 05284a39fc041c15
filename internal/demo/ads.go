package demo

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/haxqer/vast"

	"stitcher/internal/demo/media"
)

// podLength is what an avail of unknown length gets.
const podLength = 30 * time.Second

// events are the tracking events of every ad, in the order they happen.
var events = [...]string{
	vast.EventTypeStart, vast.EventTypeFirstQuartile, vast.EventTypeMidpoint,
	vast.EventTypeThirdQuartile, vast.EventTypeComplete,
}

// adRequest is what the ad server goes by.
type adRequest struct {
	// Base is the ad server's own address, "http://host:port".
	Base string
	// Number is the request's number in the journal; beacons carry it.
	Number int64
	// Session is the viewer's; Segment the audience they belong to.
	Session, Segment string
	// Room is the avail's length; 0 is unknown.
	Room time.Duration
}

// readAdRequest reads the parameters of a GET /ads.
func readAdRequest(base string, q url.Values) adRequest {
	r := adRequest{Base: base, Session: clip(q.Get("session")), Segment: q.Get("segment")}
	if seconds, err := strconv.ParseFloat(q.Get("duration"), 64); err == nil && seconds > 0 && seconds < 3600 {
		r.Room = time.Duration(seconds * float64(time.Second))
	}
	return r
}

// choose picks ads in order, whole, as long as they fit: those for the viewer's
// audience first, then those for all viewers.
func choose(r adRequest) []media.Creative {
	room := r.Room
	if room == 0 {
		room = podLength
	}
	var pod []media.Creative
	for _, wanted := range [...]bool{true, false} {
		for _, c := range media.Creatives() {
			targeted := c.Segment != ""
			if targeted != wanted || targeted && c.Segment != r.Segment || c.Duration > room {
				continue
			}
			room -= c.Duration
			pod = append(pod, c)
		}
	}
	return pod
}

// podVAST is the answer to a request for ads: a pod in a VAST 4.2 document, in
// which wrapped ads are only referred to.
func podVAST(r adRequest, pod []media.Creative) ([]byte, error) {
	doc := vast.VAST{Version: "4.2", XMLNS: "http://www.iab.com/VAST"}
	if len(pod) == 0 {
		doc.Errors = []vast.CDATAString{{CDATA: beaconURL(r, media.Creative{}, "error", "inline") + "&code=[ERRORCODE]"}}
	}
	for i, c := range pod {
		ad := vast.Ad{ID: c.ID, Sequence: i + 1}
		if c.Wrapped {
			ad.Wrapper = wrap(r, c)
		} else {
			ad.InLine = inline(r, c)
		}
		doc.Ads = append(doc.Ads, ad)
	}
	return encode(doc)
}

// inlineVAST is what a wrapper refers to.
func inlineVAST(r adRequest, c media.Creative) ([]byte, error) {
	return encode(vast.VAST{Version: "4.2", XMLNS: "http://www.iab.com/VAST",
		Ads: []vast.Ad{{ID: c.ID, InLine: inline(r, c)}}})
}

func inline(r adRequest, c media.Creative) *vast.InLine {
	return &vast.InLine{
		AdSystem:    &vast.AdSystem{Name: "stitcher demo", Version: "1"},
		AdTitle:     vast.PlainString{CDATA: c.Title},
		AdServingId: fmt.Sprintf("demo-%d-%s", r.Number, c.ID),
		Errors:      []vast.CDATAString{{CDATA: beaconURL(r, c, "error", "inline") + "&code=[ERRORCODE]"}},
		Impressions: []vast.Impression{{ID: "demo", URI: beaconURL(r, c, "impression", "inline")}},
		Creatives: []vast.Creative{{
			ID: "creative-" + c.ID, AdID: c.ID, Sequence: 1,
			UniversalAdID: &[]vast.UniversalAdID{{IDRegistry: "demo.example", ID: "DEMO-" + c.ID}},
			Linear: &vast.Linear{
				Duration:       vast.Duration(c.Duration),
				TrackingEvents: tracking(r, c, "inline"),
				MediaFiles: &vast.MediaFiles{MediaFile: []vast.MediaFile{{
					ID: c.ID + "-mp4", Delivery: "progressive", Type: "video/mp4", Codec: "avc1.42c01f",
					Bitrate: 1600, Width: c.Width, Height: c.Height, URI: r.Base + "/creatives/" + c.ID + ".mp4",
				}}},
			},
		}},
	}
}

func wrap(r adRequest, c media.Creative) *vast.Wrapper {
	q := url.Values{"req": {strconv.FormatInt(r.Number, 10)}, "session": {r.Session}}
	return &vast.Wrapper{
		AdSystem:     &vast.AdSystem{Name: "stitcher demo exchange", Version: "1"},
		VASTAdTagURI: vast.CDATAString{CDATA: r.Base + "/ads/inline/" + c.ID + "?" + q.Encode()},
		Errors:       []vast.CDATAString{{CDATA: beaconURL(r, c, "error", "wrapper") + "&code=[ERRORCODE]"}},
		Impressions:  []vast.Impression{{ID: "exchange", URI: beaconURL(r, c, "impression", "wrapper")}},
		Creatives: []vast.CreativeWrapper{{
			AdID: c.ID, Linear: &vast.LinearWrapper{TrackingEvents: tracking(r, c, "wrapper")},
		}},
	}
}

func tracking(r adRequest, c media.Creative, hop string) *vast.TrackingEvents {
	t := new(vast.TrackingEvents)
	for _, e := range events {
		t.Tracking = append(t.Tracking, vast.Tracking{Event: e, URI: beaconURL(r, c, e, hop)})
	}
	return t
}

// beaconURL is where an event is reported. Its macro stays as it is written:
// url.Values would escape the brackets.
func beaconURL(r adRequest, c media.Creative, event, hop string) string {
	q := url.Values{"ad": {c.ID}, "event": {event}, "hop": {hop},
		"req": {strconv.FormatInt(r.Number, 10)}, "session": {r.Session}}
	return r.Base + "/beacon?" + q.Encode() + "&cb=[CACHEBUSTING]"
}

func encode(doc vast.VAST) ([]byte, error) {
	body, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write VAST: %w", err)
	}
	return append([]byte(xml.Header), append(body, '\n')...), nil
}
