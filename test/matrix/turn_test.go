package matrix

import (
	"net/http"
	"runtime"
	"testing"
)

// TestTrackingLeavesTurns: requests for tracking documents that record a decision leave
// their turns, so that other sessions' decisions and manifests go on.
func TestTrackingLeavesTurns(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec)).serve("origin.example")
		var documents []*documents
		for range runtime.GOMAXPROCS(0) {
			p := w.join("master.m3u8?aws.reportingMode=CLIENT")
			p.poll()
			documents = append(documents, w.documents(p.id))
		}
		last := w.join("master.m3u8")
		for w.now() < 40*sec {
			for _, d := range documents {
				if a := w.get(d.url); a.Code != http.StatusOK {
					t.Fatalf("%d %s", a.Code, a.Body)
				}
			}
			last.poll()
			w.until(w.now() + sec)
		}
		last.follow(60 * sec)
		last.wantAds(20)
	})
}
