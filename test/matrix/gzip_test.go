package matrix

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
)

// TestGzip: what a player gets compressed is what it gets plain, in content, in
// the middle of an avail and after it.
func TestGzip(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.channelWithAvail()
		p := w.join("master.m3u8")
		for w.now() < 70*sec && !t.Failed() {
			p.poll()
			synctest.Wait() // a decision that is under way comes before both or after both
			for _, u := range p.urls {
				plain := w.get(u)
				r := httptest.NewRequest(http.MethodGet, u, nil)
				r.Header.Set("Accept-Encoding", "br, gzip")
				packed := httptest.NewRecorder()
				w.handler.ServeHTTP(packed, r)
				if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len() >= plain.Body.Len() {
					t.Fatalf("%v: %d bytes for %d, %v", w.now(), packed.Body.Len(), plain.Body.Len(), packed.Header())
				}
				z, err := gzip.NewReader(packed.Body)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(z)
				if err != nil || !bytes.Equal(got, plain.Body.Bytes()) {
					t.Errorf("%v: %s is %q, want %q (%v)", w.now(), u, got, plain.Body, err)
				}
			}
			w.until(w.now() + 2*sec)
		}
		p.wantAds(20)
	})
}
