package inspect

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"stitcher/internal/manifest/hls/check/rule"
)

// playlist is a live playlist of three segments from a sequence number on.
func playlist(target int, sequence int, names ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:%d\n#EXT-X-MEDIA-SEQUENCE:%d\n", target, sequence)
	for i := range 3 {
		name := fmt.Sprintf("s%d.ts", sequence+i)
		if i < len(names) {
			name = names[i]
		}
		fmt.Fprintf(&b, "#EXTINF:4,\n%s\n", name)
	}
	return []byte(b.String())
}

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newInspector(t *testing.T, c *clock, log *bytes.Buffer) *Inspector {
	t.Helper()
	return New(Options{Every: 10, Log: slog.New(slog.NewTextHandler(log, nil)), Now: c.now, Metrics: prometheus.NewRegistry()})
}

func (i *Inspector) count(rule, by string) float64 {
	return testutil.ToFloat64(i.violations.WithLabelValues(rule, by))
}

// TestBy: what the session's playlist breaks is ours, unless the origin's breaks it
// too, or did a moment ago.
func TestBy(t *testing.T) {
	moved := []string{"s10.ts", "moved.ts"}
	for name, c := range map[string]struct {
		ours, origin [2][]byte
		by           map[string]float64 // violations of the URI by who breaks it
	}{
		"nobody": {by: map[string]float64{"ours": 0, "origin": 0}, ours: [2][]byte{playlist(4, 10), playlist(4, 11)}, origin: [2][]byte{playlist(4, 10), playlist(4, 11)}},
		"ours":   {by: map[string]float64{"ours": 1, "origin": 0}, ours: [2][]byte{playlist(4, 10), playlist(4, 10, moved...)}, origin: [2][]byte{playlist(4, 10), playlist(4, 11)}},
		"origin": {by: map[string]float64{"ours": 0, "origin": 1}, ours: [2][]byte{playlist(4, 10), playlist(4, 10, moved...)}, origin: [2][]byte{playlist(4, 10), playlist(4, 10, moved...)}},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			at := &clock{time.Unix(1000, 0)}
			i := newInspector(t, at, &log)
			for n := range c.ours {
				i.inspect(&Manifest{Format: HLS, Session: "x", At: at.at, Text: c.ours[n], Origin: c.origin[n]})
				at.at = at.at.Add(4 * time.Second)
			}
			for by, want := range c.by {
				if got := i.count(rule.URIChanged, by); got != want {
					t.Errorf("%v violations by %s, want %v", got, by, want)
				}
				if told := strings.Contains(log.String(), "by="+by+" rule="+rule.URIChanged); told != (want > 0) {
					t.Errorf("logged by %s: %t\n%s", by, told, log.String())
				}
			}
		})
	}
}

// TestBlameEnds: a rule that the origin broke long ago is not its fault any more.
func TestBlameEnds(t *testing.T) {
	at := &clock{time.Unix(1000, 0)}
	i := newInspector(t, at, &bytes.Buffer{})
	offer := func(ours, origin []byte) {
		i.inspect(&Manifest{Format: HLS, Session: "x", At: at.at, Text: ours, Origin: origin})
	}
	offer(playlist(4, 10), playlist(4, 10))
	offer(playlist(4, 10), playlist(4, 10, "s10.ts", "moved.ts"))
	at.at = at.at.Add(time.Minute)
	offer(playlist(4, 10, "s10.ts", "moved.ts"), playlist(4, 10, "s10.ts", "moved.ts"))
	if n := i.count(rule.URIChanged, "ours"); n != 0 {
		t.Errorf("%v violations are ours while the origin's reach the session", n)
	}
	at.at = at.at.Add(blame + time.Second)
	offer(playlist(4, 10), playlist(4, 10, "s10.ts", "moved.ts"))
	if n := i.count(rule.URIChanged, "ours"); n != 1 {
		t.Errorf("%v violations are ours later, want 1", n)
	}
}

// TestOrder: an answer that was planned before one that was inspected is left out.
func TestOrder(t *testing.T) {
	at := &clock{time.Unix(1000, 0)}
	i := newInspector(t, at, &bytes.Buffer{})
	i.inspect(&Manifest{Format: HLS, Session: "x", At: at.at, Text: playlist(4, 11)})
	i.inspect(&Manifest{Format: HLS, Session: "x", At: at.at.Add(-time.Millisecond), Text: playlist(4, 10)})
	if n := i.count(rule.MediaSequenceFell, "ours"); n != 0 {
		t.Errorf("%v violations", n)
	}
	if n := testutil.ToFloat64(i.checked.WithLabelValues(skipped)); n != 1 {
		t.Errorf("%v manifests were skipped, want 1", n)
	}
}

// TestBounds: no more manifests wait, no more playlists are followed and no more bytes
// are read than may be, and what is left out is counted.
func TestBounds(t *testing.T) {
	at := &clock{time.Unix(1000, 0)}
	text := playlist(4, 10)
	outcomes := func(i *Inspector) [2]float64 {
		return [2]float64{testutil.ToFloat64(i.checked.WithLabelValues(inspected)), testutil.ToFloat64(i.checked.WithLabelValues(skipped))}
	}
	i := newInspector(t, at, &bytes.Buffer{})
	for n := range maxWaiting + 3 {
		i.Offer(Manifest{Format: HLS, Session: fmt.Sprint(n), At: at.at, Text: text})
	}
	i.Offer(Manifest{Format: HLS, Text: make([]byte, maxText+1)})
	if got := outcomes(i); got != [2]float64{0, 4} {
		t.Errorf("outcomes of a full queue: %v", got)
	}
	i = newInspector(t, at, &bytes.Buffer{})
	for n := range maxTracks + 5 {
		i.inspect(&Manifest{Format: HLS, Session: fmt.Sprint(n), At: at.at, Text: text})
	}
	if got := outcomes(i); got != [2]float64{maxTracks, 5} {
		t.Errorf("outcomes with too many playlists: %v", got)
	}
	at.at = at.at.Add(forget + time.Second)
	i.inspect(&Manifest{Format: HLS, Session: "new", At: at.at, Text: text})
	if got := outcomes(i); got != [2]float64{maxTracks + 1, 5} || len(i.tracks) != 1 {
		t.Errorf("outcomes after a while: %v, %d playlists", got, len(i.tracks))
	}
	i = newInspector(t, at, &bytes.Buffer{})
	long := slices.Concat(text, bytes.Repeat([]byte("#\n"), maxText/2-len(text)))
	for range 10 {
		i.inspect(&Manifest{Format: HLS, Session: "x", At: at.at, Text: long})
	}
	if got := outcomes(i); got != [2]float64{4, 6} {
		t.Errorf("outcomes of %d bytes at once: %v", 10*len(long), got)
	}
}

// TestChosen: one session of ten, and none without an inspector.
func TestChosen(t *testing.T) {
	i := newInspector(t, &clock{time.Unix(0, 0)}, &bytes.Buffer{})
	chosen := 0
	for n := range uint64(1000) {
		if i.Chosen(n) {
			chosen++
		}
	}
	if chosen != 100 || (*Inspector)(nil).Chosen(0) {
		t.Errorf("%d of 1000 sessions", chosen)
	}
}

func TestRunEnds(t *testing.T) {
	i := newInspector(t, &clock{time.Unix(0, 0)}, &bytes.Buffer{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	i.Run(ctx)
}

// BenchmarkInspect is the time to inspect a playlist beside the origin's, in bytes a
// second; bytesPerSecond bounds them.
func BenchmarkInspect(b *testing.B) {
	text := playlist(4, 10)
	for range 100 {
		text = append(text, "#EXTINF:4,\nhttps://origin.example.com/live/channel/video/segment.ts\n"...)
	}
	prev, _ := HLS.read(text, time.Time{}, true)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		next, _ := HLS.read(text, time.Time{}, true)
		HLS.update(prev, next)
	}
}
