package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// aged is how many sessions have aged, avails how many avails they have had: a
	// day of a channel with one every three minutes.
	aged   = 200
	avails = 480
	// period is the distance of two avails, in segments of four seconds; each takes
	// five segments.
	period, begins, ends = 45, 10, 15
)

// dayLong is the media playlist of a channel that is on for days: the 13 newest
// segments.
func (h *house) dayLong() string {
	const length = 4
	edge := h.now.Unix() / length
	var t strings.Builder
	fmt.Fprintf(&t, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:%d\n#EXT-X-MEDIA-SEQUENCE:%d\n", length, edge-13)
	for q := edge - 13; q < edge; q++ {
		switch q % period {
		case begins:
			t.WriteString("#EXT-X-CUE-OUT:20\n")
		case ends:
			t.WriteString("#EXT-X-CUE-IN\n")
		}
		at := time.Unix(q*length, 0).UTC()
		fmt.Fprintf(&t, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:4.000,\nsegment%d.ts\n", at.Format("2006-01-02T15:04:05.000Z"), q)
	}
	return t.String()
}

// pass lets sessions see an avail: they ask for their playlists while it comes and
// goes.
func (h *house) pass(b *testing.B, paths []string) {
	b.Helper()
	start := h.now.Unix() / 4
	start += period - start%period
	for _, q := range []int64{begins + 1, begins + 2, begins + 3, begins + 4, ends + 1, ends + 3, ends + 14} {
		h.now = time.Unix((start+q)*4, 0).UTC()
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for i := w; i < len(paths); i += 8 {
					r := httptest.NewRecorder()
					h.viewer.ServeHTTP(r, httptest.NewRequest(http.MethodGet, paths[i], nil))
					if r.Code != http.StatusOK {
						b.Errorf("%d: %s", r.Code, r.Body)
						return
					}
				}
			})
		}
		wg.Wait()
		if b.Failed() {
			b.FailNow()
		}
	}
}

// BenchmarkAge asks for the playlists of sessions that have had 480 avails and of
// sessions that have had one. "age-ratio" is the time of a request of the former in
// that of the latter, "B/session" what a session of either keeps in memory: what is free
// once they have ended, and only their channel is left.
func BenchmarkAge(b *testing.B) {
	h := newHouse(b)
	h.playlist = h.dayLong
	old := h.start(b, aged)
	for range avails - 1 {
		h.pass(b, old)
	}
	young := h.start(b, aged)
	h.pass(b, append(append([]string(nil), old...), young...))
	memory := heap()
	server := httptest.NewServer(h.viewer)
	defer server.Close()
	r := httptest.NewRecorder()
	h.viewer.ServeHTTP(r, httptest.NewRequest(http.MethodGet, old[0], nil))
	all := []*contender{{size: r.Body.Len()}, {}}
	r = httptest.NewRecorder()
	h.viewer.ServeHTTP(r, httptest.NewRequest(http.MethodGet, young[0], nil))
	all[1].size = r.Body.Len()
	b.ResetTimer()
	for round := range rounds + 1 {
		n := max(b.N/rounds, connections)
		for k := range all {
			i := (round + k) % len(all)
			all[i].address = server.Listener.Addr().String()
			start := time.Now()
			load(b, all[i], [][]string{old, young}[i], n)
			if round > 0 {
				all[i].took += time.Since(start)
			}
		}
	}
	b.StopTimer()
	b.ReportMetric(all[0].took.Seconds()/all[1].took.Seconds(), "age-ratio")
	h.leave(b)
	b.ReportMetric(float64(memory-heap())/(2*aged), "B/session")
	runtime.KeepAlive(h)
}

// leave has all sessions end, while the ledger of their channel stays in memory.
func (h *house) leave(b *testing.B) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 3*time.Second)
	defer cancel()
	h.now = h.now.Add(2 * time.Hour)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.service.Run(ctx)
	}()
	for {
		select {
		case <-tick.C:
			h.now = h.now.Add(6 * time.Second) // the time between two sweeps
		case <-done:
			return
		}
	}
}
