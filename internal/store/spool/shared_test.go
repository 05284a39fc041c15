package spool_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
	"stitcher/internal/store/spool"
)

// silent is a store that several nodes share: while it is away nothing of it answers.
type silent struct {
	*stalling
	outbox *memory.Outbox

	mu    sync.Mutex
	reads int
}

func (s *silent) Since(ctx context.Context, owner string, rev int64) (list []avail.Fact, at int64, err error) {
	s.mu.Lock()
	s.reads++
	s.mu.Unlock()
	err = s.write(ctx, func() { list, at, err = s.Facts.Since(ctx, owner, rev) })
	return list, at, err
}

func (s *silent) Widen(ctx context.Context, t avail.Trigger, ttl time.Duration) (added avail.Events, err error) {
	err = s.write(ctx, func() { added, err = s.outbox.Widen(ctx, t, ttl) })
	return added, err
}

func (s *silent) Settle(ctx context.Context, c store.Claim, sent avail.Events, tried []store.Attempt, due int64, adds ...store.EventAdd) error {
	return s.write(ctx, func() { _ = s.outbox.Settle(ctx, c, sent, tried, due, adds...) })
}

func (s *silent) Pending(ctx context.Context, limit int, lease time.Duration) (list []store.Claim, err error) {
	err = s.write(ctx, func() { list, err = s.outbox.Pending(ctx, limit, lease) })
	return list, err
}

// shared is a spool over a store that other nodes share, with a disk, and a clock.
func shared(t *testing.T) (*silent, *spool.Spool, *memory.Outbox, func(time.Duration) time.Time) {
	t.Helper()
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { return now }
	s := &silent{stalling: newStalling(), outbox: memory.NewOutbox(clock)}
	disk := memory.NewOutbox(clock)
	p := spool.New(s, spool.Options{Shared: true, Disk: disk, Now: clock})
	return s, p, disk, func(d time.Duration) time.Time { now = now.Add(d); return now }
}

// TestSharedAppend: an Append that cannot be checked fails and is not done later; a
// creation is held, read like what is stored, and written when the store is back.
func TestSharedAppend(t *testing.T) {
	s, p, _, _ := shared(t)
	create(t, p, fact("a", "1"))
	s.fail(true)
	for range 3 {
		if a, err := p.Append(t.Context(), "o", time.Hour, 0, fact("late", "x")); !errors.Is(err, store.ErrUnavailable) || a.Written {
			t.Errorf("an append is answered %+v, %v", a, err)
		}
	}
	if got := create(t, p, fact("b", "2")); got != "b=2" {
		t.Errorf("a creation is answered %q", got)
	}
	s.fail(false)
	drain(t, p)
	expect(t, "the store", s, "a=1 b=2")
	_, rev, err := p.Since(t.Context(), "o", 0)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := p.Append(t.Context(), "o", time.Hour, rev, fact("c", "3")); !a.Written || err != nil {
		t.Errorf("when the store is back an append is answered %+v, %v", a, err)
	}
}

// TestUnheld: a creation that must not be done later is not: another node may have created
// something else until then.
func TestUnheld(t *testing.T) {
	s, p, _, _ := shared(t)
	s.fail(true)
	for range 3 {
		if list, err := p.Create(store.Unheld(t.Context()), "o", time.Hour, fact("a", "1")); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("it is answered %v, %v", list, err)
		}
	}
	s.fail(false)
	drain(t, p)
	expect(t, "the store", s, "")
	if _, err := p.Create(store.Unheld(t.Context()), "o", time.Hour, fact("a", "2")); err != nil {
		t.Error(err)
	}
	expect(t, "the store", s, "a=2")
}

// TestOutages: the spool says when the store was away, until that is long ago.
func TestOutages(t *testing.T) {
	s, p, _, pass := shared(t)
	start := pass(0)
	want := func(list ...time.Duration) {
		t.Helper()
		var got []time.Duration
		for _, o := range p.Outages() {
			got = append(got, o.Began.Sub(start))
			if !o.Ended.IsZero() {
				got = append(got, o.Ended.Sub(start))
			}
		}
		if !slices.Equal(got, list) {
			t.Errorf("the outages are %v, want %v", got, list)
		}
	}
	want()
	s.fail(true)
	pass(10 * time.Second)
	if _, _, err := p.Since(t.Context(), "o", 0); !errors.Is(err, store.ErrUnavailable) {
		t.Fatal(err)
	}
	pass(10 * time.Second)
	create(t, p, fact("a", "1"))
	want(10 * time.Second)
	if p.Held() == nil {
		t.Error("nothing is held while the store is away")
	}
	if err := p.Beat(t.Context()); err == nil { // the store still fails
		t.Error("what is held is written to a store that is away")
	}
	want(10 * time.Second)
	s.fail(false)
	if err := p.Beat(t.Context()); err != nil {
		t.Error(err)
	}
	expect(t, "the store", s, "a=1")
	want(10*time.Second, 20*time.Second)
	if err := p.Held(); err != nil {
		t.Errorf("when the store is back: %v", err)
	}
	pass(10 * time.Second)
	s.fail(true)
	if err := p.Beat(t.Context()); err == nil { // nobody has asked for anything
		t.Error("that the store is away is not found out")
	}
	want(10*time.Second, 20*time.Second, 30*time.Second)
	s.fail(false)
	_ = p.Beat(t.Context())
	want(10*time.Second, 20*time.Second, 30*time.Second, 30*time.Second)
	pass(10 * time.Minute)
	s.fail(true)
	_ = p.Beat(t.Context())
	want(630 * time.Second)
}

// TestSharedStaysStalled: that nothing is held does not mean that a shared store works:
// a write finds out.
func TestSharedStaysStalled(t *testing.T) {
	s, p, _, _ := shared(t)
	s.fail(true)
	if _, err := p.Append(t.Context(), "o", time.Hour, 0, fact("a", "1")); !errors.Is(err, store.ErrUnavailable) {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil { // nothing is held, so nothing is lost
		t.Error(err)
	}
	if list := p.Outages(); len(list) != 1 || !list[0].Ended.IsZero() {
		t.Error("the store is taken for back because nothing is held")
	}
}

// TestReadsEndSoon: requests do not wait for a store that does not answer: of many reads
// one tries.
func TestReadsEndSoon(t *testing.T) {
	s, p, _, pass := shared(t)
	create(t, p, fact("a", "1"))
	s.fail(true)
	for range 100 {
		if _, _, err := p.Since(t.Context(), "o", 0); !errors.Is(err, store.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	if s.reads != 1 {
		t.Errorf("%d of 100 reads have tried", s.reads)
	}
	s.fail(false)
	pass(time.Second)
	expect(t, "the spool", p, "a=1")
}

// TestDisk: triggers are kept on the disk while the store is away, and what was sent is
// settled before anybody can claim it again. Both come into the store later, also in
// another process.
func TestDisk(t *testing.T) {
	s, p, disk, pass := shared(t)
	x := avail.Trigger{Session: "s", Events: avail.Impression | avail.Start, At: 1}
	if added, err := p.Widen(t.Context(), x, time.Hour); added != x.Events || err != nil {
		t.Fatal(added, err)
	}
	claimed, err := p.Pending(t.Context(), 10, time.Minute)
	if err != nil || len(claimed) != 1 {
		t.Fatal(claimed, err)
	}
	s.fail(true)
	if err := p.Settle(t.Context(), claimed[0], x.Events, nil, 0); err != nil {
		t.Errorf("a settlement while the store is away: %v", err)
	}
	x.Events |= avail.Complete
	if _, err := p.Widen(t.Context(), x, time.Hour); err != nil {
		t.Errorf("a trigger while the store is away: %v", err)
	}
	if n, _, err := disk.Backlog(t.Context()); n != 1 || err != nil {
		t.Errorf("%d triggers are on the disk, %v", n, err)
	}
	s.fail(false)
	drain(t, p)
	list, err := p.Pending(t.Context(), 10, time.Minute)
	if err != nil || len(list) != 1 || list[0].Events != avail.Complete {
		t.Errorf("unsent are %+v, %v; want complete", list, err)
	}
	if n, _, err := disk.Backlog(t.Context()); n != 0 || err != nil {
		t.Errorf("%d triggers are left on the disk, %v", n, err)
	}

	s.fail(true)
	x.Session = "other"
	if _, err := p.Widen(t.Context(), x, time.Hour); err != nil {
		t.Fatal(err)
	}
	s.fail(false)
	again := spool.New(s, spool.Options{Shared: true, Disk: disk, Now: func() time.Time { return pass(0) }})
	drain(t, again)
	if list, err := again.Pending(t.Context(), 10, time.Minute); err != nil || len(list) != 1 || list[0].Session != "other" {
		t.Errorf("after a restart %+v is pending, %v", list, err)
	}
}
