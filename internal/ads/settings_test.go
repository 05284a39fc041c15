package ads

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"stitcher/internal/playback/config"
)

func configuration(t *testing.T, members string) *config.Configuration {
	t.Helper()
	c, err := config.Parse([]byte(`{"Name":"c",` + members + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSettingsOf(t *testing.T) {
	c := configuration(t, `"AdDecisionServerUrl":"https://[player_params.host]/vast?d=[session.avail_duration_secs]",
		"SlateAdUrl":"https://s.example/[player_params.host].mp4","PersonalizationThresholdSeconds":5,
		"AdDecisionServerConfiguration":{"HttpRequest":{"Method":"POST","Body":"b"},"VastResponse":{"AdSequencingMode":"FOLLOW_AD_SEQUENCE"}},
		"LivePreRollConfiguration":{"AdDecisionServerUrl":"https://[player_params.host]/pre","AdDecisionServerConfiguration":{"VastResponse":{"AdSequencingMode":"IGNORE_AD_SEQUENCE"}}},
		"AdsPersonalizationConcurrency":{"MaxConcurrentAdsRequests":4},
		"AdsPersonalizationTimeouts":{"AdsRequestTimeoutMilliseconds":1000,"LiveMaximumAdsPersonalizationTimeMilliseconds":2000,"VodMaximumAdsPersonalizationTimeMilliseconds":4000},
		"ConfigurationAliases":{"player_params.host":{"pdx":"ads.example"}}`)
	pdx := map[string]string{"host": "pdx"}
	live := Settings{
		AdDecisionServerURL: "https://ads.example/vast?d=[session.avail_duration_secs]", SlateURL: "https://s.example/ads.example.mp4", PlayerSlateURL: "https://s.example/ads.example.mp4",
		Server:            config.AdDecisionServer{Method: "POST", Body: "b", AdSequencingMode: "FOLLOW_AD_SEQUENCE"},
		Aliases:           map[string]string{"player_params.host": "ads.example"},
		AdsRequestTimeout: time.Second, Budget: 2 * time.Second, Parallel: 4, PersonalizationThreshold: 5 * time.Second,
	}
	onDemand, prefetch := live, live
	onDemand.Budget, onDemand.Parallel = 4*time.Second, 1
	prefetch.Budget = 8 * time.Second // 7 wrappers and the request itself
	for name, tc := range map[string]struct {
		got  func(params map[string]string) (Settings, error)
		want Settings
	}{
		"live":     {func(p map[string]string) (Settings, error) { return SettingsOf(c, p, true) }, live},
		"VOD":      {func(p map[string]string) (Settings, error) { return SettingsOf(c, p, false) }, onDemand},
		"prefetch": {func(p map[string]string) (Settings, error) { return PrefetchSettingsOf(c, p) }, prefetch},
		"pre-roll": {func(p map[string]string) (Settings, error) { return PreRollSettingsOf(c, p) }, Settings{
			AdDecisionServerURL: "https://ads.example/pre", Server: config.AdDecisionServer{AdSequencingMode: "IGNORE_AD_SEQUENCE"},
			Aliases: live.Aliases, AdsRequestTimeout: time.Second, Budget: 2 * time.Second, Parallel: 4,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := tc.got(pdx); err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, tc.want)
			}
			var failed *config.AliasError
			if _, err := tc.got(map[string]string{"host": "evil.example"}); !errors.As(err, &failed) {
				t.Errorf("a host that is no alias: %v", err)
			}
		})
	}
}

// TestSlateWithoutAlias: a slate that no alias is named for is no reason to show
// no ads (reference §4.3).
func TestSlateWithoutAlias(t *testing.T) {
	c := configuration(t, `"AdDecisionServerUrl":"https://a.example/","SlateAdUrl":"https://[player_params.host]/s.mp4",
		"PersonalizationThresholdSeconds":5,"ConfigurationAliases":{"player_params.host":{"pdx":"s.example"}}`)
	s, err := SettingsOf(c, nil, true)
	if err != nil || s.SlateURL != "" || s.SlateFault == nil || s.PersonalizationThreshold != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestPrefetchSettings holds the times of a prefetch (reference §1.4).
func TestPrefetchSettings(t *testing.T) {
	for name, tc := range map[string]struct {
		timeouts  string
		each, all time.Duration
	}{
		"defaults": {`{}`, 3 * time.Second, 24 * time.Second},
		"its own":  {`{"PrefetchAdsRequestTimeoutMilliseconds":5000,"PrefetchMaximumAdsPersonalizationTimeMilliseconds":9000}`, 5 * time.Second, 9 * time.Second},
	} {
		s, err := PrefetchSettingsOf(configuration(t, `"AdsPersonalizationTimeouts":`+tc.timeouts), nil)
		if err != nil || s.AdsRequestTimeout != tc.each || s.Budget != tc.all {
			t.Errorf("%s: %s each, %s in all, %v", name, s.AdsRequestTimeout, s.Budget, err)
		}
	}
}
