package storetest

import (
	"fmt"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// Rollups are roll-ups under test, with what adds to them.
type Rollups interface {
	store.Rollups
	store.Facts
	store.Outbox
	Close() error
}

// RunRollups tests the contract store.Rollups, as RunOutbox does.
func RunRollups(t *testing.T, begin func(t *testing.T) func(*testing.T, *Clock) Rollups) {
	t.Helper()
	run(t, begin, func(h *harness[Rollups]) *rollups { return &rollups{h} }, []test[*rollups]{
		{"of facts", testRollupsOfFacts},
		{"of triggers", testRollupsOfTriggers},
		{"race", testRollupsRace},
		{"ranges", testRollupsRanges},
		{"reopen", testRollupsReopen},
		{"bound", testRollupsBound},
	})
}

type rollups struct{ *harness[Rollups] }

func (h *rollups) add(group, measure string, n int64) avail.Add {
	return avail.Add{At: h.clock.Now().UnixMicro(), Group: group, Other: "other", Measure: measure, N: n}
}

// want compares the sums of the last and the next hour, in both steps.
func (h *rollups) want(t *testing.T, want map[string]int64) {
	t.Helper()
	for _, step := range []time.Duration{time.Minute, time.Hour} {
		h.wantIn(t, step, h.clock.Now().Add(-time.Hour), h.clock.Now().Add(time.Hour), want)
	}
}

func (h *rollups) wantIn(t *testing.T, step time.Duration, from, to time.Time, want map[string]int64) {
	t.Helper()
	list, err := h.store.Sums(t.Context(), step, from, to)
	check(t, err)
	got := map[string]int64{}
	for _, s := range list {
		if _, twice := got[s.Group+" "+s.Measure]; twice {
			t.Errorf("there are two sums of %s %s", s.Group, s.Measure)
		}
		got[s.Group+" "+s.Measure] = s.N
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the sums by %s are %v, want %v", step, got, want)
	}
}

// testRollupsOfFacts: a fact adds if it is new, and only then.
func testRollupsOfFacts(t *testing.T, h *rollups) {
	f := avail.Fact{Key: "k", Value: []byte("v"), Adds: []avail.Add{h.add("g", "m", 2), h.add("g", "n", 5)}}
	for range 2 {
		stored, err := h.store.Create(t.Context(), "o", time.Hour, f)
		check(t, err)
		if len(stored[0].Adds) != 0 {
			t.Errorf("adds are read back: %+v", stored[0].Adds)
		}
	}
	got, err := h.store.Append(t.Context(), "o", time.Hour, 1<<40, avail.Fact{Key: "k2", Adds: f.Adds})
	check(t, err)
	if got.Written {
		t.Fatal("an append at another revision is written")
	}
	h.want(t, map[string]int64{"g m": 2, "g n": 5})
	_, err = h.store.Create(t.Context(), "o", time.Hour, avail.Fact{Key: "k3", Adds: f.Adds[:1]})
	check(t, err)
	h.want(t, map[string]int64{"g m": 4, "g n": 5})
}

// testRollupsOfTriggers: an attempt adds once, whoever settles it, and an event
// when it is sent first.
func testRollupsOfTriggers(t *testing.T, h *rollups) {
	x := avail.Trigger{Session: "s", Events: avail.Impression | avail.Start, At: h.clock.Now().UnixMicro()}
	_, err := h.store.Widen(t.Context(), x, keep)
	check(t, err)
	try := func(event avail.Events, count int, done bool) store.Attempt {
		return store.Attempt{Event: event, URL: "u", Count: count, Done: done, Adds: []avail.Add{h.add("g", "fired", 1)}}
	}
	sent := []store.EventAdd{{Event: avail.Impression, Add: h.add("g", "impression", 1)}, {Event: avail.Start, Add: h.add("g", "start", 1)}}
	for range 2 { // a claim that was given to two
		check(t, h.store.Settle(t.Context(), store.Claim{Trigger: x}, 0, []store.Attempt{try(avail.Impression, 1, false)}, 0, sent...))
	}
	h.want(t, map[string]int64{"g fired": 1})
	for range 2 {
		check(t, h.store.Settle(t.Context(), store.Claim{Trigger: x}, avail.Impression, []store.Attempt{try(avail.Impression, 2, true)}, 0, sent...))
	}
	h.want(t, map[string]int64{"g fired": 2, "g impression": 1})
	for range 2 {
		check(t, h.store.Settle(t.Context(), store.Claim{Trigger: x}, avail.Start, []store.Attempt{try(avail.Start, 1, true)}, 0, sent...))
	}
	h.want(t, map[string]int64{"g fired": 3, "g impression": 1, "g start": 1})
}

func testRollupsRace(t *testing.T, h *rollups) {
	together(20, func(i int) {
		key := fmt.Sprint("k", i/2) // each of ten is new to one of two
		if _, err := h.store.Create(t.Context(), "o", time.Hour, avail.Fact{Key: key, Adds: []avail.Add{h.add("g", "m", 1)}}); err != nil {
			t.Error(err)
		}
	})
	h.want(t, map[string]int64{"g m": 10})
}

// testRollupsRanges: a range has its first step and not its last.
func testRollupsRanges(t *testing.T, h *rollups) {
	h.clock.Add(h.clock.Now().Truncate(time.Hour).Add(time.Hour).Sub(h.clock.Now()))
	begin := h.clock.Now()
	for i := range 3 {
		_, err := h.store.Create(t.Context(), "o", time.Hour, avail.Fact{Key: fmt.Sprint(i), Adds: []avail.Add{h.add("g", "m", int64(1+i))}})
		check(t, err)
		h.clock.Add(time.Minute)
	}
	h.wantIn(t, time.Minute, begin, begin.Add(time.Minute), map[string]int64{"g m": 1})
	h.wantIn(t, time.Minute, begin.Add(time.Minute), begin.Add(3*time.Minute), map[string]int64{"g m": 5})
	h.wantIn(t, time.Hour, begin, begin.Add(time.Hour), map[string]int64{"g m": 6})
	h.wantIn(t, time.Hour, begin.Add(time.Hour), begin.Add(2*time.Hour), map[string]int64{})
	h.wantIn(t, time.Hour, begin.Add(-time.Hour), begin, map[string]int64{})
}

func testRollupsReopen(t *testing.T, h *rollups) {
	for range 2 {
		_, err := h.store.Create(t.Context(), "o", time.Hour, avail.Fact{Key: "k", Adds: []avail.Add{h.add("g", "m", 1)}})
		check(t, err)
		h.reopen(t)
	}
	h.want(t, map[string]int64{"g m": 1})
}

// testRollupsBound: what an hour has no room for goes to the other group, so that
// sums agree.
func testRollupsBound(t *testing.T, h *rollups) {
	const more = 3
	adds := make([]avail.Add, store.MaxGroups+more)
	for i := range adds {
		adds[i] = h.add(fmt.Sprint("g", i), "m", 1)
	}
	for i := range 2 {
		_, err := h.store.Create(t.Context(), "o", time.Hour, avail.Fact{Key: fmt.Sprint(i), Adds: adds[i*store.MaxGroups : min(len(adds), (i+1)*store.MaxGroups)]})
		check(t, err)
	}
	list, err := h.store.Sums(t.Context(), time.Hour, h.clock.Now(), h.clock.Now().Add(time.Hour))
	check(t, err)
	var sum, other int64
	for _, s := range list {
		sum += s.N
		if s.Group == "other" {
			other += s.N
		}
	}
	if len(list) > store.MaxGroups+1 || sum != int64(len(adds)) || other != more {
		t.Errorf("%d groups with the sum %d, %d of it elsewhere", len(list), sum, other)
	}
}
