package ads

import "testing"

// TestDurations: MediaTailor tells an ad server 300 seconds of an avail without
// duration, and nothing of an asset without markers (reference §3.3, §4.2).
func TestDurations(t *testing.T) {
	const template = "http://a/?[session.avail_duration_ms],[session.avail_duration_secs],[avail.source_content_time_epoch_ms]"
	for name, tc := range map[string]struct {
		change func(*Request)
		want   string
	}{
		"unknown": {func(r *Request) { r.Available, r.Avail.Duration, r.Avail.Start = 0, 0, 60_000_000 }, "300000,300,"},
		// What nobody bounds has the length that MediaTailor tells of the unknown.
		"a pre-roll":    {func(r *Request) { r.PreRoll, r.Available, r.Avail.Duration, r.Avail.Start = true, 0, 0, 60_000_000 }, "300000,300,"},
		"less is left":  {func(r *Request) { r.Available = 20_000_000 }, "30000,30,1700000000123"},
		"rounded":       {func(r *Request) { r.Avail.Duration = 29_499_900 }, "29500,29,1700000000123"},
		"a whole asset": {func(r *Request) { r.Kind = KindAsset }, ",,1700000000123"},
	} {
		r := request()
		tc.change(&r)
		v := r.variables(0)
		if got, err := v.URL(template); got != "http://a/?"+tc.want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
