package config

import (
	"testing"

	"stitcher/internal/playback"
)

func TestSuppression(t *testing.T) {
	set := AvailSuppression{Mode: "BEHIND_LIVE_EDGE", Value: "00:00:30", FillPolicy: "PARTIAL_AVAIL"}
	for name, c := range map[string]struct {
		configured AvailSuppression
		features   map[string]string
		want       playback.Suppression
	}{
		"nothing":            {want: playback.Suppression{}},
		"off":                {AvailSuppression{Mode: "OFF", Value: "00:00:30"}, nil, playback.Suppression{}},
		"configured":         {set, nil, playback.Suppression{Behind: true, Value: 30_000_000, Partial: true}},
		"session's own":      {set, map[string]string{"availSuppressionMode": "AFTER_LIVE_EDGE", "availSuppressionValue": "01:00:01"}, playback.Suppression{After: true, Value: 3_601_000_000, Partial: true}},
		"session turns off":  {set, map[string]string{"availSuppressionMode": "OFF"}, playback.Suppression{}},
		"value of another":   {set, map[string]string{"availSuppressionMode": "AFTER_LIVE_EDGE"}, playback.Suppression{}},
		"no value":           {AvailSuppression{Mode: "BEHIND_LIVE_EDGE"}, nil, playback.Suppression{}},
		"bad value":          {set, map[string]string{"availSuppressionMode": "AFTER_LIVE_EDGE", "availSuppressionValue": "1"}, playback.Suppression{}},
		"bad mode":           {set, map[string]string{"availSuppressionMode": "SOMETIMES", "availSuppressionValue": "00:00:10"}, playback.Suppression{Behind: true, Value: 30_000_000, Partial: true}},
		"bad policy":         {set, map[string]string{"availSuppressionFillPolicy": "SOME"}, playback.Suppression{Behind: true, Value: 30_000_000, Partial: true}},
		"policy of its own":  {set, map[string]string{"availSuppressionFillPolicy": "FULL_AVAIL_ONLY"}, playback.Suppression{Behind: true, Value: 30_000_000}},
		"value without mode": {AvailSuppression{}, map[string]string{"availSuppressionValue": "00:00:10"}, playback.Suppression{}},
	} {
		if got := (&Configuration{AvailSuppression: c.configured}).Suppression(c.features); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestPreRoll(t *testing.T) {
	c := &Configuration{}
	if c.PreRoll(nil) {
		t.Error("a pre-roll without an ad server")
	}
	c.LivePreRoll.AdDecisionServerURL = "http://ads.example/"
	if !c.PreRoll(nil) || !c.PreRoll(map[string]string{"preroll": "enabled"}) || c.PreRoll(map[string]string{"preroll": "disabled"}) {
		t.Error("aws.preroll is not heard")
	}
}
