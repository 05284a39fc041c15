package matrix

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/dash/check"
)

// TestDASHRestart: an origin that begins anew, with another availabilityStartTime and
// media from 0 under the ids of before, goes on in a Period of its own. What it had
// published stays until the window has left it, and later breaks have ads.
func TestDASHRestart(t *testing.T) {
	t.Parallel()
	for _, address := range []addressing{byTime, byNumber, byDuration} {
		t.Run(string(address), func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				first := w.newDASH(address, eventForms()[2])
				p := first.open("")
				p.follow(20 * sec)
				// The new encoder began four seconds ago, when the old one was still there.
				second := w.newDASH(address, eventForms()[2])
				second.began = time.Now().Add(-4 * sec)
				second.avail(30*sec, 10*sec)
				second.serve("origin.example")
				kept, ads := 0, 0
				for range 40 {
					a := w.get(p.url)
					if a.Code != http.StatusOK {
						t.Fatalf("%d %s", a.Code, a.Body)
					}
					p.body = a.Body.String()
					if p.lint(a.Body.Bytes()); strings.Contains(p.body, `"p0~`) && strings.Contains(p.body, `"p0"`) {
						kept++
					}
					ads += strings.Count(p.body, "/v1/dashsegment/")
					w.until(w.now() + 2*time.Second)
				}
				// Segments that the old encoder listed after the last poll are known to nobody.
				delete(p.broken, check.RuleTailMissing)
				p.report()
				if last := p.listing.Periods[0]; kept < 15 || kept > 25 || !strings.HasPrefix(last.ID, "p0~") || ads == 0 {
					t.Errorf("kept for %d polls, %d ads, now %s", kept, ads, last.ID)
				}
			})
		})
	}
}
