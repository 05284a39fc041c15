package ads

import (
	"testing"
	"time"

	"stitcher/internal/playback"
)

func TestSettingsOf(t *testing.T) {
	c := &playback.Configuration{
		AdDecisionServerURL: "https://[player_params.host]/vast?d=[session.avail_duration_secs]", SlateAdURL: "https://s.example/slate.mp4",
		PersonalizationThresholdSeconds: 5, Timeouts: playback.Timeouts{AdsRequest: 1000, LiveMaximum: 2000, VODMaximum: 4000},
		Aliases: map[string]map[string]string{"player_params.host": {"pdx": "ads.example"}},
	}
	got, err := SettingsOf(c, map[string]string{"host": "pdx"}, true)
	want := Settings{
		AdDecisionServerURL: "https://ads.example/vast?d=[session.avail_duration_secs]", SlateURL: "https://s.example/slate.mp4",
		AdsRequestTimeout: time.Second, Budget: 2 * time.Second, PersonalizationThreshold: 5 * time.Second,
	}
	if got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if got, _ := SettingsOf(c, map[string]string{"host": "pdx"}, false); got.Budget != 4*time.Second {
		t.Errorf("VOD budget %s", got.Budget)
	}
	if _, err := SettingsOf(c, map[string]string{"host": "evil.example"}, true); err == nil {
		t.Error("a host that is no alias is taken")
	}
}
