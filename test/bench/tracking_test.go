package bench

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"stitcher/internal/store/memory"
)

// BenchmarkTracking asks for playlists and, in turn, for the tracking documents of the same
// sessions in the middle of an avail, over HTTP, as players do that poll both. "ratio" is
// the documents per second in the playlists, "gzip-ratio" the same of compressed answers,
// "304-ratio" that of documents which the player has.
func BenchmarkTracking(b *testing.B) {
	h := &house{
		now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), features: map[string]string{"reportingMode": "client"},
		events: []string{"start", "firstQuartile", "midpoint", "thirdQuartile", "complete", "pause", "resume", "mute", "clickThrough", "error"},
	}
	h.open(b, withProfile{memory.NewFacts(func() time.Time { return h.now })}, false)
	playlists := h.start(b, rotation)
	documents := make([]string, len(playlists))
	for i, path := range playlists {
		documents[i] = strings.TrimSuffix(strings.Replace(path, "/manifest/", "/tracking/", 1), "/0.m3u8")
	}
	server := httptest.NewServer(h.viewer)
	defer server.Close()
	const gzipped = "Accept-Encoding: gzip\r\n"
	contend := func(path string, status int, header string) *contender {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for line := range strings.Lines(header) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			r.Header.Set(name, value)
		}
		a := httptest.NewRecorder()
		h.viewer.ServeHTTP(a, r)
		if a.Code != status {
			b.Fatalf("GET %s: %d %s", path, a.Code, a.Body)
		}
		return &contender{address: server.Listener.Addr().String(), header: header, size: a.Body.Len(), status: status}
	}
	whole := httptest.NewRecorder()
	h.viewer.ServeHTTP(whole, httptest.NewRequest(http.MethodGet, documents[0], nil))
	if n := strings.Count(whole.Body.String(), `"adId"`); n != 2 {
		b.Fatalf("%d ads in %s", n, whole.Body)
	}
	const playlist, document, playlistGzip, documentGzip, known = 0, 1, 2, 3, 4
	all := []*contender{
		playlist: contend(playlists[0], 200, ""), document: contend(documents[0], 200, ""),
		playlistGzip: contend(playlists[0], 200, gzipped), documentGzip: contend(documents[0], 200, gzipped),
		known: contend(documents[0], 304, "If-None-Match: "+whole.Header().Get("Etag")+"\r\n"),
	}
	b.ResetTimer()
	for round := range rounds + 1 {
		n := max(b.N/rounds, connections)
		for k := range all {
			i := (round + k) % len(all) // who goes first takes turns
			paths := playlists
			if i == document || i == documentGzip || i == known {
				paths = documents
			}
			start := time.Now()
			load(b, all[i], paths, n)
			if round > 0 { // the first warms all up
				all[i].took += time.Since(start)
			}
		}
	}
	b.StopTimer()
	b.ReportMetric(all[playlist].took.Seconds()/all[document].took.Seconds(), "ratio")
	b.ReportMetric(all[playlistGzip].took.Seconds()/all[documentGzip].took.Seconds(), "gzip-ratio")
	b.ReportMetric(all[playlist].took.Seconds()/all[known].took.Seconds(), "304-ratio")
	b.ReportMetric(float64(all[document].size), "B/document")
	b.ReportMetric(float64(all[documentGzip].size), "B/compressed")
}
