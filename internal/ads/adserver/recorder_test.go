package adserver

import (
	"net/http"
	"runtime"
	"strings"
	"testing"

	"stitcher/internal/egress"
	"stitcher/internal/playback"
)

// TestTraceOmits: more requests than are kept are counted.
func TestTraceOmits(t *testing.T) {
	trace := &Trace{}
	c := NewRecorder(trace, &playback.Session{})
	for range maxHops + 50 {
		c.hop(&attempt{target: "http://a/"})
	}
	if len(trace.Hops) != maxHops || trace.Omitted != 50 {
		t.Errorf("%d hops, %d omitted", len(trace.Hops), trace.Omitted)
	}
}

// TestTraceCostsLittle: of what is not kept of answers no copy is made.
func TestTraceCostsLittle(t *testing.T) {
	trace := &Trace{}
	c := NewRecorder(trace, &playback.Session{AdsParams: map[string]string{"email": "jo+x@mail.example"}})
	answer := &egress.Response{Status: 200, Header: http.Header{}, Body: []byte(strings.Repeat("x=1&", 1<<18))}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 50 {
		c.hop(&attempt{target: "http://a/", answer: answer})
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
		t.Errorf("%d MB for a record of %d KB", used>>20, maxHopsBodies>>10)
	}
	if len(trace.Hops) != 50 || len(trace.Hops[3].Body) != maxHopBody || trace.Hops[4].Body != "" || trace.Hops[4].Bytes != 1<<20 {
		t.Errorf("%d hops", len(trace.Hops))
	}
}
