package stitch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/playback/prefetch"
)

// round is one retrieval of a session: that of a SINGLE schedule, or of a
// RECURRING one after an avail. The store keeps, under its key, that it was
// begun ("prefetching/"), what came of it ("prefetch/") and which avail has it
// ("prefetched/").
type round struct {
	schedule string
	// created tells the schedule from another that had its name before: to
	// change one is to delete it and to make it anew. Unix microseconds.
	created int64
	// after is when the avail before it ended, Unix microseconds; 0 is none.
	after int64
}

func (r round) String() string {
	return strconv.FormatInt(r.created, 10) + "/" + strconv.FormatInt(r.after, 10) + "/" + r.schedule
}

func parseRound(s string) (r round, err error) {
	parts := strings.SplitN(s, "/", 3)
	if len(parts) != 3 {
		return r, fmt.Errorf("prefetch %q is not created/after/schedule", s)
	}
	if r.created, err = strconv.ParseInt(parts[0], 10, 64); err != nil {
		return r, err
	}
	r.after, err = strconv.ParseInt(parts[1], 10, 64)
	r.schedule = parts[2]
	return r, err
}

// set is what a round brought and nobody has used yet; the ads are in the store.
type set struct {
	round
	// expires is the first moment at which it may no longer be used, Unix
	// microseconds.
	expires int64
	// avail is the one that it was given to by a process that ended before the
	// decision was stored; "" is none.
	avail string
}

const (
	// maxSets bounds the sets that wait in a session: as many as schedules may
	// be active, and some that a RECURRING one found no match for.
	maxSets = 32
	// maxRounds bounds the rounds that a session remembers to have begun, one of
	// each schedule. One that was forgotten costs a look into the store.
	maxRounds = 64
)

// prefetches are what a session knows of its prefetches.
type prefetches struct {
	// lastEnd is when the last avail was over, Unix microseconds; 0 is none yet.
	lastEnd atomic.Int64
	// first is when the first of the sets expires, Unix microseconds; 0 is that
	// there are none.
	first atomic.Int64

	mu sync.Mutex
	// begun is the last round of each schedule, the newest at the end.
	begun []round
	// sets are in the order in which they are used: what expires first is first.
	sets []set
}

// over notes that an avail of the stream has ended. The time is the ledger's, so
// that every node, and a process that was started again, finds the same: when the
// avail was first seen its first segment was published, and what was published
// then followed as it plays.
func (a *prefetches) over(sp *origin.Span) {
	end, ok := sp.Time(sp.End)
	if !ok || len(sp.Bounds) < 2 {
		return
	}
	at := sp.Seen + max(0, end-sp.Bounds[1].Time)
	for {
		last := a.lastEnd.Load()
		if at <= last || a.lastEnd.CompareAndSwap(last, at) {
			return
		}
	}
}

// next is the round that a schedule comes to, and the end of the avail before.
func (a *prefetches) next(p *prefetch.Schedule) (r round, end time.Time) {
	r = round{schedule: p.Name, created: p.Created.UnixMicro()}
	if last := a.lastEnd.Load(); p.Recurring && last != 0 {
		r.after, end = last, time.UnixMicro(last)
	}
	return r, end
}

// wants is whether a round was not begun yet and what it brings can be kept.
func (a *prefetches) wants(r round) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.sets) < maxSets && !a.has(r)
}

func (a *prefetches) has(r round) bool {
	return slices.ContainsFunc(a.begun, func(b round) bool {
		return b.schedule == r.schedule && b.created == r.created && b.after >= r.after
	})
}

// begin notes that a round is under way; it answers false where it was noted
// before.
func (a *prefetches) begin(r round) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.has(r) {
		return false
	}
	a.begun = slices.DeleteFunc(a.begun, func(b round) bool { return b.schedule == r.schedule && b.created == r.created })
	if len(a.begun) >= maxRounds {
		a.begun = slices.Delete(a.begun, 0, 1)
	}
	a.begun = append(a.begun, r)
	return true
}

// forget takes back that a round was begun.
func (a *prefetches) forget(r round) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.begun = slices.DeleteFunc(a.begun, func(b round) bool { return b == r })
}

// keep notes a set that waits for an avail.
func (a *prefetches) keep(x set) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if slices.ContainsFunc(a.sets, func(b set) bool { return b.round == x.round }) {
		return
	}
	a.sets = append(a.sets, x)
	slices.SortStableFunc(a.sets, func(a, b set) int {
		return cmp.Or(cmp.Compare(a.expires, b.expires), cmp.Compare(a.schedule, b.schedule), cmp.Compare(a.after, b.after))
	})
	a.first.Store(a.sets[0].expires)
}

// drop takes a set away; it answers false where somebody did before.
func (a *prefetches) drop(r round) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.sets, func(x set) bool { return x.round == r })
	if i < 0 {
		return false
	}
	a.sets = slices.Delete(a.sets, i, i+1)
	a.first.Store(0)
	if len(a.sets) > 0 {
		a.first.Store(a.sets[0].expires)
	}
	return true
}

// waiting are the sets that no avail has.
func (a *prefetches) waiting() []set {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.sets)
}

// any is whether a set waits; overdue is whether one has expired.
func (a *prefetches) any() bool { return a.first.Load() != 0 }

func (a *prefetches) overdue(now time.Time) bool {
	first := a.first.Load()
	return first != 0 && now.UnixMicro() >= first
}

// recallAll reads all records of rounds.
func (a *prefetches) recallAll(stored []avail.Fact) error {
	for _, f := range stored {
		kind, name, _ := strings.Cut(f.Key, "/")
		if err := a.recall(kind, name, f.Value); err != nil {
			return fmt.Errorf("fact %q: %w", f.Key, err)
		}
	}
	return nil
}

// recall reads a record if it is that of a round.
func (a *prefetches) recall(kind, name string, value []byte) error {
	if kind != "prefetching" && kind != "prefetch" && kind != "prefetched" {
		return nil
	}
	r, err := parseRound(name)
	if err != nil {
		return err
	}
	switch kind {
	case "prefetching":
		a.begin(r)
	case "prefetch":
		var got struct {
			Expires int64 `json:"expires"`
		}
		if err := json.Unmarshal(value, &got); err != nil {
			return err
		}
		a.keep(set{round: r, expires: got.Expires})
	case "prefetched":
		a.given(r, string(value))
	}
	return nil
}

// decided notes that an avail needs its set no more.
func (a *prefetches) decided(key avail.Key) {
	if !a.any() {
		return
	}
	name := key.String()
	for _, x := range a.waiting() {
		if x.avail == name {
			a.drop(x.round)
		}
	}
}

// given notes which avail has a set, or that it expired.
func (a *prefetches) given(r round, key string) {
	if key == prefetchExpired {
		a.drop(r)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.sets {
		if a.sets[i].round == r {
			a.sets[i].avail = key
		}
	}
}
