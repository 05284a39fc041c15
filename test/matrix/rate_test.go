package matrix

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"stitcher/internal/stitch/admission"
)

// TestSessionRates: an address starts what comes together in a minute at once, and its
// rate after that. What it is refused does not count for the configuration, whose
// viewers elsewhere have their own bound.
func TestSessionRates(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.rates = admission.Rates{Address: 1, Configuration: 2}
		w.reopen()
		w.channelWithAvail()
		running := w.join("master.m3u8").follow(25 * sec)
		start := func(address string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, running.master, nil)
			r.RemoteAddr = address + ":4000"
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, r)
			return rec
		}
		starts := func(address string, tries, want int) {
			t.Helper()
			admitted := 0
			for range tries {
				switch a := start(address); a.Code {
				case http.StatusOK:
					admitted++
				default:
					wantError(t, a.Code, a.Header(), a.Body.Bytes(), 429, "ThrottlingException")
					if after := a.Header().Get("Retry-After"); after != "1" {
						t.Errorf("Retry-After: %q", after)
					}
				}
			}
			if admitted != want {
				t.Errorf("%s starts %d sessions, want %d", address, admitted, want)
			}
		}
		starts("203.0.113.1", 200, 60)
		starts("203.0.113.2", 59, 59)
		starts("203.0.113.3", 10, 1) // of 120; the player's own was long ago
		w.until(w.now() + 5*sec)
		starts("203.0.113.1", 20, 5)
		starts("203.0.113.4", 20, 5)
		running.follow(60 * sec)
	})
}
