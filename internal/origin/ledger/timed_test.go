package ledger

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/pin"
)

// mpd is a timed timeline for tests.
type mpd struct{ manifest.Timeline }

func (*mpd) Source() ([]byte, *url.URL) { return nil, nil }

// sliced makes a timed timeline from shorthand: "@seconds" and then one word a slice,
// its length followed by what stands before it: o20 an event of 20 s, O20 a Period that
// is announced with 20 s, i the end of either, c a slice inside an avail, #id an id.
func sliced(t *testing.T, text string) *mpd {
	t.Helper()
	words := strings.Fields(text)
	number := func(s string) int64 {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatalf("sliced %q: %v", text, err)
		}
		return int64(f * 1e6)
	}
	at := epochStart.UnixMicro() + number(words[0][1:])
	m := &mpd{manifest.Timeline{Timed: true, Dated: true, Sequence: at, TargetDuration: 4e6, LiveDelay: 8e6}}
	for _, w := range words[1:] {
		n := strings.IndexFunc(w, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
		if n < 0 {
			n = len(w)
		}
		s := manifest.Segment{Time: at, Duration: number(w[:n]), Identity: uint64(at)}
		if n < len(w) {
			value, id, _ := strings.Cut(w[n+1:], "#")
			sig := manifest.Signal{Elapsed: -1, EventID: id}
			switch w[n] {
			case 'O':
				sig.Bounded = true
				fallthrough
			case 'o':
				sig.Kind = manifest.Out
			case 'i':
				sig.Kind = manifest.In
			case 'c':
				sig.Kind = manifest.Cont
			}
			if value != "" {
				sig.Duration = number(value)
			}
			s.Signals = []manifest.Signal{sig}
		}
		m.Segments = append(m.Segments, s)
		at += s.Duration
	}
	return m
}

// TestTimed: what MPDs come to in the ledger. Positions are times, and avails begin and
// end at any of them.
func TestTimed(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []string
		want  string
	}{
		{"an event begins and ends inside segments", []string{"@0 4 4 1 3o6 3 1i 4"}, "9-15 announced"},
		{"an event that is there before its end is", []string{"@0 4 4 1 3o6", "@4 4 1 3o6 3", "@4 4 1 3o6 3 1i"}, "9-15 announced"},
		{"an event without a duration", []string{"@0 4 4o", "@0 4 4o 4", "@0 4 4o 4 2 2i"}, "4-14 signal"},
		{"a Period that is longer than announced", []string{"@0 4 4O6#1 4 2 2i 4"}, "4-14 signal"},
		{"a Period that is shorter than announced", []string{"@0 4 4O60#1 2 2i 4"}, "4-10 signal"},
		{"an early return in time", []string{"@0 4 4o60 4", "@0 4 4o60 4 2 2i"}, "4-14 signal"},
		// What was published as ads by then can't be taken back.
		{"an early return that comes late", []string{"@0 4 4o60 4", "@0 4 4o60 1 3i 4"}, "4-12 signal"},
		{"an event that comes late is filled from the next segment on", []string{"@0 4 4 4", "@0 4 4 1 3o10 4 3 1i"}, "12-19 announced"},
		{"the Periods of two breaks follow each other", []string{"@0 4 4O8#1 4 4O8#2 4 4i"}, "4-12 next, 12-20 signal"},
		{"a window that begins inside a break", []string{"@0 4c30 4 4i"}, "0-8 signal"},
		{"the same event again in the next Period", []string{"@0 4 4o12#7 4o12#7 4 4i"}, "4-16 announced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory()
			s := openStream(t, m)
			for i, step := range c.steps {
				if _, err := s.Accept(t.Context(), origin.Reference, "", sliced(t, step), epochStart.Add(secondsOf(i))); err != nil {
					t.Fatal(err)
				}
			}
			for _, s := range []*Stream{s, openStream(t, m)} {
				if got := timedLedger(s); got != c.want {
					t.Errorf("ledger: %s\nwant:   %s", got, c.want)
				}
			}
		})
	}
}

func timedLedger(s *Stream) string {
	var list []string
	second := func(us int64) string {
		if us == origin.Open {
			return "?"
		}
		return strconv.FormatFloat(float64(us-epochStart.UnixMicro())/1e6, 'f', -1, 64)
	}
	for _, sp := range s.Spans(0) {
		list = append(list, fmt.Sprintf("%s-%s %s", second(sp.Sequence), second(sp.End), sp.Cause))
		if at, ok := sp.Time(sp.End); sp.End != origin.Open && (!ok || at != sp.End) {
			list = append(list, "(end unknown)")
		}
	}
	return strings.Join(list, ", ")
}

// TestTimedOlder: an MPD that ends before one that was published is an older state
// (field failure B-7), whatever its window is.
func TestTimedOlder(t *testing.T) {
	s := openStream(t, newMemory())
	for i, step := range []struct {
		text string
		err  error
	}{
		{"@0 4 4 4", nil}, {"@4 4 4 4", nil}, {"@0 4 4 4", ErrOlder}, {"@8 4 4", nil}, {"@100 4 4", nil}, {"@12 4 4", ErrOlder},
	} {
		_, err := s.Accept(t.Context(), origin.Reference, "", sliced(t, step.text), epochStart.Add(secondsOf(i)))
		if !errors.Is(err, step.err) {
			t.Errorf("step %d (%s): %v, want %v", i, step.text, err, step.err)
		}
	}
}

// TestPin: what was published first stays, on every node, and old values go.
func TestPin(t *testing.T) {
	m := newMemory()
	a, b := openStream(t, m), openStream(t, m)
	for i, step := range []struct {
		s     *Stream
		names []string
		give  []int64
		want  []int64
	}{
		{a, []string{"start", "p1"}, []int64{10, 20}, []int64{10, 20}},
		{b, []string{"start", "p1"}, []int64{11, 21}, []int64{10, 20}},
		{b, []string{"start", "p1", "p2"}, []int64{11, 21, 30}, []int64{10, 20, 30}},
		{a, []string{"p2"}, []int64{99}, []int64{30}},
		{openStream(t, m), []string{"p2", "p1"}, []int64{99, 99}, []int64{30, 20}},
	} {
		got, err := step.s.Pin(t.Context(), step.names, step.give)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(step.want) {
			t.Errorf("step %d: %v, %v, want %v", i, got, err, step.want)
		}
	}
	for i := range int64(4 * pin.Kept) {
		name := strconv.FormatInt(i, 10)
		got, err := a.Pin(t.Context(), []string{"start", name}, []int64{0, i})
		if err != nil || got[0] != 10 || got[1] != i {
			t.Fatalf("Period %d: %v, %v", i, got, err)
		}
	}
	if n := len(a.pins); n > pin.Kept+1 {
		t.Errorf("%d values are kept", n)
	}
}
