package attack

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestSessionRates: one client starts sessions through every entry point, under names
// that it makes up for itself. It is refused; its running session, other clients and
// those behind a proxy that does not tell them apart are not.
func TestSessionRates(t *testing.T) {
	t.Parallel()
	const rate, burst = 1, 60
	w, p := newWorld(t), serve(t, "--sessions-per-address", fmt.Sprint(rate))
	if !p.configure(t, "rate", w.members("", "none")) {
		t.Fatal("the configuration is refused")
	}
	entry := []struct{ method, path string }{
		{http.MethodGet, "/v1/master/0/rate/index.m3u8"},
		{http.MethodPost, "/v1/session/0/rate/index.m3u8"},
		{http.MethodGet, "/v1/session/0/rate/index.m3u8"},
		{http.MethodGet, "/v1/dash/0/rate/index.mpd"},
		{http.MethodPost, "/v1/session/0/rate/index.mpd"},
	}
	start := func(i int, chain string) answer {
		e := entry[i%len(entry)]
		return do(t, e.method, fmt.Sprintf("http://%s%s?n=%d", p.viewer, e.path, i), "", "X-Forwarded-For", chain)
	}
	running, _ := p.play(t, "rate", "index.m3u8")
	for name, chain := range map[string]func(i int) string{
		"IPv4": func(i int) string { return fmt.Sprintf("198.51.100.%d, 203.0.113.7", i%250) },
		"IPv6": func(i int) string { return fmt.Sprintf("2001:db8::%x:%x", i, i*i) },
	} {
		began := time.Now()
		admitted := 0
		for i := range 3 * burst {
			if a := start(i, chain(i)); a.status != http.StatusTooManyRequests {
				admitted++
			}
		}
		if most := burst + rate*int(time.Since(began)/time.Second+1); admitted < burst || admitted > most {
			t.Errorf("%s: %d sessions are admitted, want %d to %d", name, admitted, burst, most)
		}
	}
	for i, e := range entry {
		var a answer
		for range 5 { // a token may have come
			if a = start(i, "203.0.113.7"); a.status == http.StatusTooManyRequests {
				break
			}
		}
		if s, err := strconv.Atoi(a.header.Get("Retry-After")); a.status != http.StatusTooManyRequests || err != nil || s < 1 || !strings.Contains(a.body, "message") {
			t.Errorf("%s %s: %d, Retry-After %q, %s", e.method, e.path, a.status, a.header.Get("Retry-After"), a.body)
		}
		if a := start(i, fmt.Sprint("203.0.113.", 50+i)); a.status == http.StatusTooManyRequests {
			t.Errorf("%s %s: another client is refused", e.method, e.path)
		}
	}
	for i := range burst + 2 {
		if a := do(t, http.MethodGet, "http://"+p.viewer+entry[0].path, ""); a.status != http.StatusOK {
			t.Fatalf("session %d behind a proxy that names no client: %d", i, a.status)
		}
	}
	if a := do(t, http.MethodGet, running, "", "X-Forwarded-For", "203.0.113.7"); a.status != http.StatusOK {
		t.Errorf("a running session: %d", a.status)
	}
	if n := p.metric(t, "stitcher_sessions_refused_total"); n < burst {
		t.Errorf("the metric has %v refused sessions", n)
	}
}
