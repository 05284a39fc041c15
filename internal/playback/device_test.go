package playback

import (
	"encoding/json"
	"testing"
)

func TestClassOf(t *testing.T) {
	for agent, want := range map[string]DeviceClass{
		"": OtherClass,
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36":                     Desktop,
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15": Desktop,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148":         Phone,
		"Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148":                  Tablet,
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36":     Phone,
		"Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 Chrome/130.0 Safari/537.36":            Tablet,
		"Mozilla/5.0 (Linux; Android 9; AFTMM Build/PS7) AppleWebKit/537.36 Mobile Safari/537.36":           Television,
		"AppleCoreMedia/1.0.0.21J354 (Apple TV; U; CPU OS 17_0 like Mac OS X; en_us)":                       Television,
		"Roku/DVP-12.0 (12.0.0.4182-C2)": Television,
		"Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 SamsungBrowser/4.0 TV Safari/537.36": Television,
		"Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/87.0 Safari/537.36 WebAppManager":   Television,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 Edge/44.18363":      Console,
		"Mozilla/5.0 (PlayStation; PlayStation 5/6.00) AppleWebKit/605.1.15 (KHTML, like Gecko)":          Console,
		"curl/8.5.0": OtherClass,
	} {
		if got := ClassOf(agent); got != want {
			t.Errorf("%q is %s, want %s", agent, got, want)
		}
	}
}

func TestProtocolOf(t *testing.T) {
	for asset, want := range map[string]Protocol{"a/master.m3u8": HLS, "a/index.MPD": DASH, "mpd": HLS, "": HLS} {
		if got := ProtocolOf(asset); got != want {
			t.Errorf("%q is %s, want %s", asset, got, want)
		}
	}
}

// TestOldSession: a record of an earlier version has neither protocol nor class.
func TestOldSession(t *testing.T) {
	var s Session
	if err := json.Unmarshal([]byte(`{"id":"a","number":1,"asset":"m.m3u8","reporting":"server"}`), &s); err != nil || s.ID != "a" || s.Protocol != "" {
		t.Errorf("%+v, %v", s, err)
	}
}
