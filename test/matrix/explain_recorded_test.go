package matrix

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"stitcher/internal/stitch/explain"
)

// TestExplainRecorded: a session that was recorded is explained for as long as its recording
// is kept, with what the explanation of it had while it was live; one that was not recorded
// is gone.
func TestExplainRecorded(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.tracked = true
		w.reopen()
		w.net.host("beacons.example", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		w.configure(originURL + "/live")
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec).avail(170*sec, 12*sec), audio("a0.m3u8")).serve("origin.example")
		p, other := w.join("master.m3u8?aws.logMode=DEBUG"), w.join("master.m3u8")
		for w.now() < 100*sec {
			p.poll()
			other.poll()
			w.until(w.now() + sec)
		}
		told := func(id string) *explain.Session {
			x, err := w.service.Explain(t.Context(), w.store, id)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		then := told(p.id)
		time.Sleep(4 * time.Hour)
		w.reopen()
		if _, err := w.service.Explain(t.Context(), w.store, other.id); !errors.Is(err, explain.ErrNoSession) {
			t.Errorf("a session that was not recorded: %v", err)
		}
		now := told(p.id)
		if len(now.Avails) != 2 || len(then.Avails) != 2 {
			t.Fatalf("%d avails, then %d", len(now.Avails), len(then.Avails))
		}
		for i := range now.Avails {
			a, b := &now.Avails[i], &then.Avails[i]
			if a.Summary != b.Summary || a.Summary == "" || a.Avail.Duration != b.Avail.Duration || len(a.Beacons) != len(b.Beacons) || len(a.Beacons) == 0 {
				t.Errorf("avail %d: %q, %d beacons, then %q, %d", i, a.Summary, len(a.Beacons), b.Summary, len(b.Beacons))
			}
			if a.Record == nil || len(a.Record.Request.Hops) != 1 || a.Record.Request.Hops[0].Body == "" || a.Decision == nil || a.Settlement == nil {
				t.Errorf("avail %d: %+v", i, a)
			}
		}
		if now.Configuration != configuration || now.Protocol != then.Protocol || now.Device != then.Device {
			t.Errorf("%+v", now)
		}
	})
}
