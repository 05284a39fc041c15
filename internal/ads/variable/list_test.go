package variable

import (
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// The cues of the list: a splice_insert, and time signals with a managed private
// UPID that holds JSON, and tokens.
const (
	insertCue = "/DAbAAAAAAAAAP/wCgUAAAAHf98AYwIDAACwMLZ6"
	jsonCue   = "/DBxAAAAAAAAAP/wAQZ/AF8CXUNVRUkAAAALf4YMTEFCQ0R7ImFzc2V0SWQiOiJteSBzaG93IiwiY3VlRGF0YSI6eyJjdWVUeXBlIjoidCIsImtleSI6InBiIiwidmFsdWUiOiIxIDIifX00AQIDBDTmYmY="
	tokenCue  = "/DBAAAAAAAAAAP/wAQZ/AC4CLENVRUkAAAALf4YMG0FCQ0Q6MzIxMzIxNDoyMzEzMzIxLzU6Mzk0MzQBAgMEC0Tkqg=="
)

// published is the list of reference §4.2: every dynamic variable, its value in
// a request, and whether a prefetch has it.
var published = []struct {
	name, cue, value string
	prefetch         bool
}{
	{"session.id", "", "42", false},
	{"session.uuid", "", "6ba7b810-9dad-41d1-80b4-00c04fd430c8", false},
	{"session.client_ip", "", "203.0.113.7", false},
	{"session.user_agent", "", `Player/1.0 ("x")`, false},
	{"session.referer", "", "https://site.example/?a=b&c", false},
	{"session.accept_language", "", "de-CH, de;q=0.9", false},
	{"session.avail_duration_ms", "", "30500", true},
	{"session.avail_duration_secs", "", "31", true},

	{"avail.index", "", "3", true},
	{"avail.random", "", "10000000000", true},
	{"avail.source_content_time_epoch_ms", "", "1700000000123", false},

	{"scte.event_id", insertCue, "7", true},
	{"scte.event_id", jsonCue, "11", true},
	{"scte.event_id", "", "event-9", true}, // the playlist's own
	{"scte.avail_num", insertCue, "2", true},
	{"scte.avails_expected", insertCue, "3", true},
	{"scte.unique_program_id", insertCue, "99", true},
	{"scte.segmentation_event_id", jsonCue, "11", true},
	{"scte.segmentation_type_id", jsonCue, "52", true},
	{"scte.segment_num", jsonCue, "1", true},
	{"scte.segments_expected", jsonCue, "2", true},
	{"scte.sub_segment_num", jsonCue, "3", true},
	{"scte.sub_segments_expected", jsonCue, "4", true},
	{"scte.delivery_not_restricted_flag", jsonCue, "0", true},
	{"scte.archive_allowed_flag", jsonCue, "1", true},
	{"scte.no_regional_blackout_flag", jsonCue, "0", true},
	{"scte.device_restrictions", jsonCue, "2", true},
	{"scte.segmentation_upid", tokenCue, "ABCD:3213214:2313321/5:3943", true},
	{"scte.segmentation_upid.assetId", jsonCue, "my show", true},
	{"scte.segmentation_upid.cueData.key", jsonCue, "pb", true},
	{"scte.segmentation_upid.cueData.value", jsonCue, "1 2", true},
	{"scte.segmentation_upid.private_data.0", tokenCue, "3213214", true},
	{"scte.segmentation_upid.private_data.1", tokenCue, "2313321/5", true},
	{"scte.segmentation_upid.private_data.2", tokenCue, "3943", true},

	{"player_params.deviceType", "", "ipad", true},
	{"player_params.devicetype", "", "ipad", true}, // names have no case
	{"player_params.region", "", "us", true},       // said as playerParams
	{"player_params.tier", "", "gold", true},       // an alias
	{"asset.CAID", "", "0x1A2B", true},
}

// source is a request of a session, for an avail of 30 seconds.
func source() Source {
	return Source{
		Session: &playback.Session{
			ID: "6ba7b810-9dad-41d1-80b4-00c04fd430c8", Number: 42, Configuration: "c", Reporting: "server",
			Viewer: playback.Viewer{IP: "203.0.113.7", UserAgent: "Player/1.0"},
		},
		Avail: avail.Avail{Key: avail.Key{Sequence: 100}, Duration: 30_000_000, Start: 1_700_000_000_123_456},
		Index: 3, Length: 30_000_000,
	}
}

// listed is a request in which every variable of the list has a value.
func listed(cue string) Source {
	r := source()
	r.Session.Viewer.UserAgent, r.Session.Viewer.Referer = `Player/1.0 ("x")`, "https://site.example/?a=b&c"
	r.Session.Viewer.AcceptLanguage = "de-CH, de;q=0.9"
	r.Session.AdsParams = map[string]string{"deviceType": "ipad"}
	r.Session.PlayerParams = map[string]string{"region": "us", "tier": "1"}
	r.Aliases = map[string]string{"player_params.tier": "gold"}
	r.Avail.Duration, r.Length, r.Random = 30_500_000, 30_500_000, 10_000_000_000
	r.Avail.Assets, r.Avail.EventID, r.Avail.Cue = map[string]string{"CAID": "0x1A2B"}, "event-9", cue
	return r
}

// TestPublishedVariables walks the list: each has its value in a URL, a header
// and a body, a prefetch tells nothing of who watches, and nothing is in the
// tables that is not in the list.
func TestPublishedVariables(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range published {
		seen[p.name] = true
		r := listed(p.cue)
		v := &Values{Source: &r}
		want := "http://a/?x=" + string(appendPlain(nil, p.value, true))
		if got, err := v.URL("http://a/?x=[" + p.name + "]"); got != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", p.name, got, err, want)
		}
		if got := v.Header("<{{" + p.name + "}}>"); got != "<"+p.value+">" {
			t.Errorf("%s: header %q, want %q", p.name, got, p.value)
		}
		if got := string(v.Body("<{{"+p.name+"}}>", false)); got != "<"+p.value+">" {
			t.Errorf("%s: body %q, want %q", p.name, got, p.value)
		}
		if len(v.Missing) > 0 {
			t.Errorf("%s is missing", p.name)
		}
		r.Prefetch = true
		v, want = &Values{Source: &r}, ""
		if p.prefetch {
			want = p.value
		}
		if got := v.Header("{{" + p.name + "}}"); got != want {
			t.Errorf("%s: a prefetch has %q, want %q", p.name, got, want)
		}
		r.Given = map[string]string{p.name: "the schedule's"}
		if got := v.Header("{{" + p.name + "}}"); got != "the schedule's" {
			t.Errorf("%s: a prefetch has %q in spite of its schedule", p.name, got)
		}
	}
	for name := range table {
		if !seen[name] {
			t.Errorf("%s is not in the published list", name)
		}
	}
	for name := range identity {
		if !seen[name] {
			t.Errorf("%s is not in the published list", name)
		}
	}
	for _, name := range []string{"scte.nothing", "session.nothing", "avail.", "player_params.", "player_params.nobody", "asset.x", "inference.x", "x"} {
		r := listed(jsonCue)
		v := &Values{Source: &r}
		if got := v.Header("{{" + name + "}}"); got != "" || strings.Join(v.Missing, " ") != name {
			t.Errorf("%s is %q, missing %q", name, got, v.Missing)
		}
	}
}
