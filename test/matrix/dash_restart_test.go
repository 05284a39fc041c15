package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/dash/check/rule"
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
				delete(p.broken, rule.TailMissing)
				p.report()
				if last := p.listing.Periods[0]; kept < 15 || kept > 25 || !strings.HasPrefix(last.ID, "p0~") || ads == 0 {
					t.Errorf("kept for %d polls, %d ads, now %s", kept, ads, last.ID)
				}
			})
		})
	}
}

// TestDASHSlides: an origin that has its first Period begin with the window moves the start
// and the presentationTimeOffset together. Its media stays where it was, so the Period is
// published as it was first, and the events in it are where they were.
func TestDASHSlides(t *testing.T) {
	t.Parallel()
	for i, address := range []addressing{byTime, byNumber, byDuration, openRepeat, byList, byTime} {
		t.Run(fmt.Sprint(address, " ", i), func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				c := w.newDASH(address, eventForms()[4])
				c.slides, c.multi = true, i == 5
				c.avail(130*sec, 20*sec).avail(180*sec, 10*sec)
				p := c.open("")
				p.follow(40 * sec)
				w.reopen() // what was published is known from the store alone
				p.follow(90 * sec)
				p.complete(110*sec, 220*sec)
				p.filled(130*sec, 20*sec)
				p.filled(180*sec, 10*sec)
				p.report()
			})
		})
	}
}

// TestDASHEnds: a channel that ends turns static. What it had listed stays with its ads, one
// avail in the middle of it and one that the end cuts off, and nothing is taken back (U15).
func TestDASHEnds(t *testing.T) {
	t.Parallel()
	for _, address := range []addressing{byTime, byNumber, openRepeat} {
		t.Run(string(address), func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				c := w.newDASH(address, eventForms()[2])
				c.stops = 180 * sec
				c.avail(130*sec, 20*sec).avail(170*sec, 20*sec)
				p := c.open("")
				p.follow(120 * sec)
				if p.last.Type != "static" {
					t.Errorf("the MPD is %s in the end", p.last.Type)
				}
				p.filled(130*sec, 20*sec)
				p.filled(170*sec, 10*sec)
				p.report()
			})
		})
	}
}

// TestDASHRebased: an origin that begins anew, with another availabilityStartTime and the
// media times of before, moves the start of its Period and the presentationTimeOffset
// together. The Period goes on as it was published.
func TestDASHRebased(t *testing.T) {
	t.Parallel()
	for _, address := range []addressing{byTime, byNumber, byDuration} {
		t.Run(string(address), func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				first := w.newDASH(address, eventForms()[2])
				p := first.open("")
				p.follow(20 * sec)
				const later = 64 * sec // whole frames of sound, and whole segments
				second := w.newDASH(address, eventForms()[2])
				second.began = first.began.Add(later)
				for _, track := range second.tracks {
					track.zero += ticks(later, track.scale)
					track.first += int64(later / (2 * sec))
				}
				second.avail(140*sec-later, 10*sec)
				second.serve("origin.example")
				p.follow(70 * sec)
				p.complete(100*sec, 180*sec)
				p.filled(140*sec, 10*sec)
				p.report()
			})
		})
	}
}
