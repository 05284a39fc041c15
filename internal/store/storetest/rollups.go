package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/rollup"
	"stitcher/internal/store/storetest/harness"
)

// Rollups are roll-ups under test, with what adds to them.
type Rollups interface {
	store.Rollups
	store.Facts
	store.Outbox
	Close() error
}

// RunRollups tests the contract store.Rollups, as RunOutbox does.
func RunRollups(t *testing.T, begin func(t *testing.T) func(*testing.T, *harness.Clock) Rollups) {
	t.Helper()
	harness.Run(t, begin, func(h *harness.Harness[Rollups]) *rollups { return &rollups{h} }, []harness.Case[*rollups]{
		{Name: "of facts", Run: testRollupsOfFacts},
		{Name: "of triggers", Run: testRollupsOfTriggers},
		{Name: "race", Run: testRollupsRace},
		{Name: "ranges", Run: testRollupsRanges},
		{Name: "reopen", Run: testRollupsReopen},
		{Name: "bound", Run: testRollupsBound},
		{Name: "fold", Run: testRollupsFold},
	})
}

type rollups struct{ *harness.Harness[Rollups] }

func (h *rollups) add(group, measure string, n int64) avail.Add {
	return avail.Add{At: h.Clock.Now().UnixMicro(), Group: group, Measure: measure, N: n}
}

// want compares the sums of the last and the next hour, in both steps.
func (h *rollups) want(t *testing.T, want map[string]int64) {
	t.Helper()
	for _, step := range []time.Duration{time.Minute, time.Hour} {
		h.wantIn(t, step, h.Clock.Now().Truncate(time.Hour), h.Clock.Now().Truncate(time.Hour).Add(time.Hour), want)
	}
}

// sums are those of groups whose first dimension is all that they have.
func (h *rollups) sums(t *testing.T, bounds []time.Time, measures ...string) map[string]int64 {
	t.Helper()
	got := map[string]int64{}
	from, to := bounds[0].Unix(), bounds[len(bounds)-1].Unix()
	want := rollup.Want{Bounds: bounds, Dims: []int{0, rollup.Creative}, Measures: measures}
	harness.Check(t, h.Store.Blocks(t.Context(), &want, func(b *rollup.Block) error {
		for _, m := range measures {
			by, sums := make([]uint32, b.Rows), make([]int64, b.Rows)
			for i := range by {
				by[i] = uint32(i)
			}
			if err := b.Sum(m, by, sums); err != nil {
				return err
			}
			for i, n := range sums {
				at := b.At
				if b.Minute != nil {
					at += 60 * int64(b.Minute[i])
				}
				if n == 0 || at < from || at >= to {
					continue
				}
				name := ""
				for _, d := range want.Dims {
					if v := b.Dim(d); v != nil {
						name += v.Text[v.Of[i]]
					}
				}
				got[name+" "+m] += n
			}
		}
		return nil
	}))
	return got
}

func (h *rollups) wantIn(t *testing.T, step time.Duration, from, to time.Time, want map[string]int64) {
	t.Helper()
	bounds := []time.Time{from, to}
	if step == time.Minute { // so that no block of hours will do
		bounds = nil
		for at := from; !at.After(to); at = at.Add(time.Minute) {
			bounds = append(bounds, at)
		}
	}
	got := h.sums(t, bounds, "m", "n", "fired", "impression", "start")
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the sums by %s are %v, want %v", step, got, want)
	}
}

// testRollupsOfFacts: a fact adds if it is new, and only then.
func testRollupsOfFacts(t *testing.T, h *rollups) {
	f := avail.Fact{Key: "k", Value: []byte("v"), Adds: []avail.Add{h.add("g", "m", 2), h.add("g", "n", 5)}}
	for range 2 {
		stored, err := h.Store.Create(t.Context(), "o", time.Hour, f)
		harness.Check(t, err)
		if len(stored[0].Adds) != 0 {
			t.Errorf("adds are read back: %+v", stored[0].Adds)
		}
	}
	got, err := h.Store.Append(t.Context(), "o", time.Hour, 1<<40, avail.Fact{Key: "k2", Adds: f.Adds})
	harness.Check(t, err)
	if got.Written {
		t.Fatal("an append at another revision is written")
	}
	h.want(t, map[string]int64{"g m": 2, "g n": 5})
	_, err = h.Store.Create(t.Context(), "o", time.Hour, avail.Fact{Key: "k3", Adds: f.Adds[:1]})
	harness.Check(t, err)
	h.want(t, map[string]int64{"g m": 4, "g n": 5})
}

// testRollupsOfTriggers: an attempt adds once, whoever settles it, and an event
// when it is sent first.
func testRollupsOfTriggers(t *testing.T, h *rollups) {
	x := avail.Trigger{Session: "s", Events: avail.Impression | avail.Start, At: h.Clock.Now().UnixMicro()}
	_, err := h.Store.Widen(t.Context(), x, keep)
	harness.Check(t, err)
	try := func(event avail.Events, count int, done bool) store.Attempt {
		return store.Attempt{Event: event, URL: "u", Count: count, Done: done, Adds: []avail.Add{h.add("g", "fired", 1)}}
	}
	sent := []store.EventAdd{{Event: avail.Impression, Add: h.add("g", "impression", 1)}, {Event: avail.Start, Add: h.add("g", "start", 1)}}
	for range 2 { // a claim that was given to two
		harness.Check(t, h.Store.Settle(t.Context(), store.Claim{Trigger: x}, 0, []store.Attempt{try(avail.Impression, 1, false)}, 0, sent...))
	}
	h.want(t, map[string]int64{"g fired": 1})
	for range 2 {
		harness.Check(t, h.Store.Settle(t.Context(), store.Claim{Trigger: x}, avail.Impression, []store.Attempt{try(avail.Impression, 2, true)}, 0, sent...))
	}
	h.want(t, map[string]int64{"g fired": 2, "g impression": 1})
	for range 2 {
		harness.Check(t, h.Store.Settle(t.Context(), store.Claim{Trigger: x}, avail.Start, []store.Attempt{try(avail.Start, 1, true)}, 0, sent...))
	}
	h.want(t, map[string]int64{"g fired": 3, "g impression": 1, "g start": 1})
}

func testRollupsRace(t *testing.T, h *rollups) {
	harness.Together(20, func(i int) {
		key := fmt.Sprint("k", i/2) // each of ten is new to one of two
		if _, err := h.Store.Create(t.Context(), "o", time.Hour, avail.Fact{Key: key, Adds: []avail.Add{h.add("g", "m", 1)}}); err != nil {
			t.Error(err)
		}
	})
	h.want(t, map[string]int64{"g m": 10})
}

// testRollupsRanges: a range has its first step and not its last.
func testRollupsRanges(t *testing.T, h *rollups) {
	h.Clock.Add(h.Clock.Now().Truncate(time.Hour).Add(time.Hour).Sub(h.Clock.Now()))
	begin := h.Clock.Now()
	for i := range 3 {
		_, err := h.Store.Create(t.Context(), "o", time.Hour, avail.Fact{Key: fmt.Sprint(i), Adds: []avail.Add{h.add("g", "m", int64(1+i))}})
		harness.Check(t, err)
		h.Clock.Add(time.Minute)
	}
	h.wantIn(t, time.Minute, begin, begin.Add(time.Minute), map[string]int64{"g m": 1})
	h.wantIn(t, time.Minute, begin.Add(time.Minute), begin.Add(3*time.Minute), map[string]int64{"g m": 5})
	h.wantIn(t, time.Hour, begin, begin.Add(time.Hour), map[string]int64{"g m": 6})
	h.wantIn(t, time.Hour, begin.Add(time.Hour), begin.Add(2*time.Hour), map[string]int64{})
	h.wantIn(t, time.Hour, begin.Add(-time.Hour), begin, map[string]int64{})
}

func testRollupsReopen(t *testing.T, h *rollups) {
	for range 2 {
		_, err := h.Store.Create(t.Context(), "o", time.Hour, avail.Fact{Key: "k", Adds: []avail.Add{h.add("g", "m", 1)}})
		harness.Check(t, err)
		h.Reopen(t)
	}
	h.want(t, map[string]int64{"g m": 1})
}

// testRollupsBound: what an hour has no room for goes to the other group, so that
// sums agree.
func testRollupsBound(t *testing.T, h *rollups) {
	const more = 3
	adds := make([]avail.Add, rollup.MaxGroups+more)
	for i := range adds {
		adds[i] = h.add(rollup.Group{rollup.Configuration: "g", rollup.Creative: fmt.Sprint(i)}.Key(), "m", 1)
	}
	for i := range 2 {
		_, err := h.Store.Create(t.Context(), "o", time.Hour, avail.Fact{Key: fmt.Sprint(i), Adds: adds[i*rollup.MaxGroups : min(len(adds), (i+1)*rollup.MaxGroups)]})
		harness.Check(t, err)
	}
	got := h.sums(t, []time.Time{h.Clock.Now().Truncate(time.Hour), h.Clock.Now().Truncate(time.Hour).Add(time.Hour)}, "m")
	var sum int64
	for _, n := range got {
		sum += n
	}
	if len(got) > rollup.MaxGroups+1 || sum != int64(len(adds)) || got["g(other) m"] != more {
		t.Errorf("%d groups with the sum %d, %d of it elsewhere", len(got), sum, got["g(other) m"])
	}
}

// fold has a store move what was added to where it stays, if it has such a place.
func (h *rollups) fold(t *testing.T) {
	t.Helper()
	if f, ok := any(h.Store).(interface{ Fold(context.Context) error }); ok {
		harness.Check(t, f.Fold(t.Context()))
	}
}

// testRollupsFold: sums are the same whatever was folded when, also of what comes days
// late.
func testRollupsFold(t *testing.T, h *rollups) {
	type add struct {
		at int64 // Unix seconds
		n  int64
	}
	var all []add
	random := rand.New(rand.NewPCG(1, 2))
	begin := h.Clock.Now().Truncate(24 * time.Hour)
	for i := range 120 {
		ago := time.Duration(random.Int64N(int64(3 * time.Hour)))
		if i%20 == 0 {
			ago = time.Duration(random.Int64N(int64(50 * time.Hour)))
		}
		a := h.add("g", "m", 1+random.Int64N(1<<40))
		a.At -= ago.Microseconds()
		all = append(all, add{time.UnixMicro(a.At).Unix(), a.N})
		_, err := h.Store.Create(t.Context(), fmt.Sprint("o", i%7), time.Hour, avail.Fact{Key: fmt.Sprint(i), Adds: []avail.Add{a}})
		harness.Check(t, err)
		h.Clock.Add(time.Duration(random.Int64N(int64(70 * time.Minute))))
		if random.IntN(3) == 0 {
			h.fold(t)
		}
		if i == 60 {
			h.Reopen(t)
		}
	}
	from, to := begin.Add(-72*time.Hour), h.Clock.Now().Truncate(24*time.Hour).Add(48*time.Hour)
	for range 2 {
		for name, next := range map[string]time.Duration{"all": to.Sub(from), "days": 24 * time.Hour, "hours": time.Hour, "quarters": 15 * time.Minute} {
			bounds := []time.Time{from}
			for at := from.Truncate(next).Add(next); at.Before(to); at = at.Add(next) {
				bounds = append(bounds, at)
			}
			bounds = append(bounds, to)
			if name == "days" { // of another time zone
				for i := range bounds {
					bounds[i] = bounds[i].Add(-5*time.Hour - 30*time.Minute)
				}
			}
			got := h.buckets(t, bounds)
			for i := range len(bounds) - 1 {
				var want int64
				for _, a := range all {
					if a.at >= bounds[i].Unix() && a.at < bounds[i+1].Unix() {
						want += a.n
					}
				}
				if got[i] != want {
					t.Errorf("%s: the sum from %s to %s is %d, want %d", name, bounds[i], bounds[i+1], got[i], want)
				}
			}
		}
		h.fold(t)
	}
}

// buckets are the sums of measure m between bounds.
func (h *rollups) buckets(t *testing.T, bounds []time.Time) []int64 {
	t.Helper()
	got := make([]int64, len(bounds)-1)
	bucket := func(at int64) int {
		return sort.Search(len(bounds), func(i int) bool { return bounds[i].Unix() > at }) - 1
	}
	harness.Check(t, h.Store.Blocks(t.Context(), &rollup.Want{Bounds: bounds, Measures: []string{"m"}}, func(b *rollup.Block) error {
		by, sums := make([]uint32, b.Rows), make([]int64, b.Rows)
		for i := range by {
			by[i] = uint32(i)
		}
		if err := b.Sum("m", by, sums); err != nil {
			return err
		}
		for i, n := range sums {
			at := b.At
			if b.Minute != nil {
				at += 60 * int64(b.Minute[i])
			} else if bucket(at) != bucket(at+int64(b.Level)-1) {
				t.Errorf("a block of %d s at %d stands across a bound", b.Level, at)
			}
			if k := bucket(at); k >= 0 && k < len(got) {
				got[k] += n
			}
		}
		return nil
	}))
	return got
}
