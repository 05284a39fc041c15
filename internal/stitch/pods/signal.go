package pods

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// adIDScheme names the identifiers of the registry ad-id.org.
const adIDScheme = "urn:smpte:ul:060E2B34.01040101.01200900.00000000"

// signalDocument is what is told of an ad.
type signalDocument struct {
	Version     int                `json:"version"`
	Identifiers []signalIdentifier `json:"identifiers"`
}

type signalIdentifier struct {
	Scheme      string `json:"scheme"`
	Value       string `json:"value"`
	Position    string `json:"ad_position"`
	Type        string `json:"ad_type"`
	CreativeID  string `json:"creative_id,omitempty"`
	TrackingURI string `json:"tracking_uri,omitempty"`
	// Custom is what the ad server wants told.
	Custom string `json:"custom_vast_data,omitempty"`
}

// Signals are the documents of the ads of a decision, by item: "" for slate, bumpers and ads
// without a UniversalAdId. In HLS they are in base64.
func Signals(s *playback.Session, key avail.Key, d *avail.Decision) ([]string, error) {
	if s.Signaling == "" {
		return nil, nil
	}
	list := make([]string, len(d.Items))
	for n := range d.Items {
		ad := d.Items[n].Ad
		if d.Items[n].Kind != avail.AdItem || ad == nil || ad.UniversalID == "" {
			continue
		}
		scheme, value, _ := strings.Cut(ad.UniversalID, " ")
		if strings.EqualFold(scheme, "ad-id.org") {
			scheme = adIDScheme
		}
		text, err := json.Marshal(signalDocument{Version: 1, Identifiers: []signalIdentifier{{
			Scheme: scheme, Value: value, Position: strconv.FormatInt(key.Sequence, 10) + "_" + strconv.Itoa(n+1), Type: "avail",
			CreativeID: ad.CreativeID, TrackingURI: s.TrackingPath, Custom: ad.Signaling,
		}}})
		if err != nil {
			return nil, fmt.Errorf("encode the signal of an ad: %w", err)
		}
		if list[n] = string(text); s.Protocol != playback.DASH {
			list[n] = base64.StdEncoding.EncodeToString(text)
		}
	}
	return list, nil
}
