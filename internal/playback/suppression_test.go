package playback

import "testing"

func TestSuppression(t *testing.T) {
	set := AvailSuppression{Mode: "BEHIND_LIVE_EDGE", Value: "00:00:30", FillPolicy: "PARTIAL_AVAIL"}
	for name, c := range map[string]struct {
		configured AvailSuppression
		features   map[string]string
		want       Suppression
	}{
		"nothing":            {want: Suppression{}},
		"off":                {AvailSuppression{Mode: "OFF", Value: "00:00:30"}, nil, Suppression{}},
		"configured":         {set, nil, Suppression{Behind: true, Value: 30_000_000, Partial: true}},
		"session's own":      {set, map[string]string{"availSuppressionMode": "AFTER_LIVE_EDGE", "availSuppressionValue": "01:00:01"}, Suppression{After: true, Value: 3_601_000_000, Partial: true}},
		"session turns off":  {set, map[string]string{"availSuppressionMode": "OFF"}, Suppression{}},
		"value of another":   {set, map[string]string{"availSuppressionMode": "AFTER_LIVE_EDGE"}, Suppression{}},
		"no value":           {AvailSuppression{Mode: "BEHIND_LIVE_EDGE"}, nil, Suppression{}},
		"bad value":          {set, map[string]string{"availSuppressionMode": "AFTER_LIVE_EDGE", "availSuppressionValue": "1"}, Suppression{}},
		"bad mode":           {set, map[string]string{"availSuppressionMode": "SOMETIMES", "availSuppressionValue": "00:00:10"}, Suppression{Behind: true, Value: 30_000_000, Partial: true}},
		"bad policy":         {set, map[string]string{"availSuppressionFillPolicy": "SOME"}, Suppression{Behind: true, Value: 30_000_000, Partial: true}},
		"policy of its own":  {set, map[string]string{"availSuppressionFillPolicy": "FULL_AVAIL_ONLY"}, Suppression{Behind: true, Value: 30_000_000}},
		"value without mode": {AvailSuppression{}, map[string]string{"availSuppressionValue": "00:00:10"}, Suppression{}},
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
