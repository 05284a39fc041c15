package prefetches

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/playback/prefetch"
)

// set is what a round brought and no avail has used yet; the ads are in the store.
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

// Sets are what a session knows of its prefetches. The zero value is ready.
type Sets struct {
	// lastEnd is when the last avail was over, Unix microseconds; 0 before the first.
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

// Over notes that an avail of the stream has ended. The time is the ledger's, so
// that every node, and a process that was started again, finds the same: when the
// avail was first seen its first segment was published, and what was published
// then followed as it plays.
func (a *Sets) Over(sp *origin.Span) {
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

// LastEnd is when the last avail ended, Unix microseconds; 0 before the first has ended.
func (a *Sets) LastEnd() int64 { return a.lastEnd.Load() }

// SetLastEnd sets when the last avail was over, unless that is known.
func (a *Sets) SetLastEnd(at int64) { a.lastEnd.CompareAndSwap(0, at) }

// next is the round that a schedule comes to, and the end of the avail before.
func (a *Sets) next(p *prefetch.Schedule) (r round, end time.Time) {
	r = round{schedule: p.Name, created: p.Created.UnixMicro()}
	if last := a.lastEnd.Load(); p.Recurring && last != 0 {
		r.after, end = last, time.UnixMicro(last)
	}
	return r, end
}

// wants is whether a round was not begun yet and what it brings can be kept.
func (a *Sets) wants(r round) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.sets) < maxSets && !a.has(r)
}

func (a *Sets) has(r round) bool {
	return slices.ContainsFunc(a.begun, func(b round) bool {
		return b.schedule == r.schedule && b.created == r.created && b.after >= r.after
	})
}

// begin notes that a round is under way; it answers false where it was noted
// before.
func (a *Sets) begin(r round) bool {
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
func (a *Sets) forget(r round) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.begun = slices.DeleteFunc(a.begun, func(b round) bool { return b == r })
}

// keep notes a set that waits for an avail.
func (a *Sets) keep(x set) {
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

// drop takes a set away; it answers false if that was done before.
func (a *Sets) drop(r round) bool {
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
func (a *Sets) waiting() []set {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.sets)
}

// Any is whether a set waits.
func (a *Sets) Any() bool { return a.first.Load() != 0 }

// overdue is whether a set has expired.
func (a *Sets) overdue(now time.Time) bool {
	first := a.first.Load()
	return first != 0 && now.UnixMicro() >= first
}

// recallAll reads all records of rounds.
func (a *Sets) recallAll(stored []avail.Fact) error {
	for _, f := range stored {
		kind, name, _ := strings.Cut(f.Key, "/")
		if err := a.Recall(kind, name, f.Value); err != nil {
			return fmt.Errorf("fact %q: %w", f.Key, err)
		}
	}
	return nil
}

// Recall reads a record if it is that of a round.
func (a *Sets) Recall(kind, name string, value []byte) error {
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

// Decided notes that an avail needs its set no more.
func (a *Sets) Decided(key avail.Key) {
	if !a.Any() {
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
func (a *Sets) given(r round, key string) {
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
