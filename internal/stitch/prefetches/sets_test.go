package prefetches

import (
	"fmt"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/playback/prefetch"
)

// TestRound: a round is found again under its key, whatever its schedule's name.
func TestRound(t *testing.T) {
	for _, r := range []round{{}, {"p", 1, 0}, {"a b:ü", 1795435200000000, 1795435260000000}, {"x", -1, 5}} {
		if got, err := parseRound(r.String()); err != nil || got != r {
			t.Errorf("%q is read as %+v, %v", r.String(), got, err)
		}
	}
	for _, s := range []string{"", "p", "1/p", "x/1/p", "1/x/p"} {
		if r, err := parseRound(s); err == nil {
			t.Errorf("%q is read as %+v", s, r)
		}
	}
}

// TestPrefetchesAreBounded: neither what a session has begun nor what waits in it
// grows with the number of its avails.
func TestPrefetchesAreBounded(t *testing.T) {
	var p Sets
	for i := range int64(10_000) {
		r := round{schedule: fmt.Sprint("p", i%100), after: i}
		if !p.wants(r) {
			continue
		}
		if !p.begin(r) || p.begin(r) || p.wants(round{schedule: r.schedule, after: i - 100}) {
			t.Fatalf("round %s is not begun once", r)
		}
		if i%7 == 0 {
			p.keep(set{round: r, expires: 1 + i})
		}
	}
	if len(p.begun) != maxRounds || len(p.sets) != maxSets {
		t.Errorf("%d rounds and %d sets", len(p.begun), len(p.sets))
	}
}

// TestPrefetchesInOrder: what expires first is tried first, and tells when there
// is something to end.
func TestPrefetchesInOrder(t *testing.T) {
	var p Sets
	a, b := round{schedule: "a"}, round{schedule: "b"}
	p.keep(set{round: a, expires: 30})
	p.keep(set{round: b, expires: 20})
	p.keep(set{round: b, expires: 20}) // read back
	if w := p.waiting(); len(w) != 2 || w[0].round != b {
		t.Errorf("%+v wait", w)
	}
	if p.overdue(time.UnixMicro(19)) || !p.overdue(time.UnixMicro(20)) {
		t.Error("the first does not expire at 20")
	}
	if !p.drop(b) || p.drop(b) || p.overdue(time.UnixMicro(29)) || !p.Any() || !p.drop(a) || p.Any() {
		t.Error("a set is not dropped once")
	}
}

// TestAvailEnds: when an avail was over follows from the ledger alone.
func TestAvailEnds(t *testing.T) {
	var p Sets
	second := func(n int64) int64 { return n * 1_000_000 }
	sp := &origin.Span{Avail: avail.Avail{Start: second(20), Seen: second(1025)}, End: 9, Bounds: []origin.Bound{
		{Sequence: 5, Time: second(20)}, {Sequence: 6, Time: second(24)}, {Sequence: 9, Time: second(40)},
	}}
	p.Over(sp)
	if got := p.lastEnd.Load(); got != second(1041) {
		t.Errorf("it was over at %d", got)
	}
	earlier := *sp
	earlier.Seen = second(900)
	p.Over(&earlier)
	r, end := p.next(&prefetch.Schedule{Name: "p", Recurring: true})
	if r.after != second(1041) || end.UnixMicro() != r.after {
		t.Errorf("the round is %+v, the end %v", r, end)
	}
	if r, end = p.next(&prefetch.Schedule{Name: "p"}); r.after != 0 || !end.IsZero() {
		t.Errorf("the round of a SINGLE schedule is %+v, the end %v", r, end)
	}
}

// idle are schedules none of which is active.
type idle struct{ Schedules }

func (idle) Active(string, string, time.Time) []*prefetch.Schedule { return nil }

// quiet is a session without prefetches.
type quiet struct {
	Session
	playback playback.Session
	sets     Sets
}

func (x *quiet) Playback() *playback.Session { return &x.playback }
func (x *quiet) Prefetched() *Sets           { return &x.sets }

// TestPrefetchCostsNothing: a playlist request where no schedule is active
// allocates nothing for them and asks no store; there is none here.
func TestPrefetchCostsNothing(t *testing.T) {
	f := New(t.Context(), Options{Schedules: idle{}, Now: time.Now})
	x := &quiet{playback: playback.Session{ID: "s", Configuration: "c"}}
	if n := testing.AllocsPerRun(100, func() { f.Begin(x) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
