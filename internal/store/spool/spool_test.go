package spool_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
	"stitcher/internal/store/spool"
)

// patient is a patience that a slow machine does not exceed.
const patient = time.Minute

// stalling is a store whose writes wait while it stalls, and fail while it fails.
// A write whose caller has gone is done all the same when the store goes on.
type stalling struct {
	*memory.Facts
	store.Outbox

	mu      sync.Mutex
	stalled chan struct{} // closed when the store goes on
	failing bool
	late    sync.WaitGroup // writes whose callers have gone
}

func newStalling() *stalling {
	return &stalling{Facts: memory.NewFacts(func() time.Time { return time.Unix(1_800_000_000, 0) })}
}

func (s *stalling) stall() { s.mu.Lock(); defer s.mu.Unlock(); s.stalled = make(chan struct{}) }

func (s *stalling) fail(on bool) { s.mu.Lock(); defer s.mu.Unlock(); s.failing = on }

func (s *stalling) resume() {
	s.mu.Lock()
	close(s.stalled)
	s.stalled = nil
	s.mu.Unlock()
	s.late.Wait()
}

func (s *stalling) write(ctx context.Context, do func()) error {
	s.mu.Lock()
	wait, failing := s.stalled, s.failing
	s.mu.Unlock()
	switch {
	case failing:
		return fmt.Errorf("%w: no space left", store.ErrUnavailable)
	case wait != nil:
		select {
		case <-wait:
		case <-ctx.Done():
			s.late.Go(func() { <-wait; do() })
			return ctx.Err()
		}
	}
	do()
	return nil
}

func (s *stalling) Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) (stored []avail.Fact, err error) {
	var got []avail.Fact
	if err := s.write(ctx, func() { got, _ = s.Facts.Create(ctx, owner, ttl, facts...) }); err != nil {
		return nil, err
	}
	return got, nil
}

func (s *stalling) Append(ctx context.Context, owner string, ttl time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	var got store.Appended
	if err := s.write(ctx, func() { got, _ = s.Facts.Append(ctx, owner, ttl, rev, facts...) }); err != nil {
		return store.Appended{}, err
	}
	return got, nil
}

func (s *stalling) Drop(ctx context.Context, owner string, keys ...string) error {
	return s.write(ctx, func() { _ = s.Facts.Drop(ctx, owner, keys...) })
}

func (s *stalling) Touch(ctx context.Context, ttl time.Duration, owners ...string) error {
	return s.write(ctx, func() { _ = s.Facts.Touch(ctx, ttl, owners...) })
}

func (s *stalling) Widen(ctx context.Context, t avail.Trigger, _ time.Duration) (avail.Events, error) {
	return t.Events, s.write(ctx, func() {})
}

func fact(key, value string) avail.Fact { return avail.Fact{Key: key, Value: []byte(value)} }

func ranked(rank int64, value string) avail.Fact {
	return avail.Fact{Key: "k", Value: []byte(value), Rank: rank}
}

func text(list []avail.Fact) string {
	var out []string
	for _, f := range list {
		out = append(out, f.Key+"="+string(f.Value))
	}
	return strings.Join(out, " ")
}

func expect(t *testing.T, what string, s store.Facts, want string) {
	t.Helper()
	list, _, err := s.Since(t.Context(), "o", 0)
	if got := text(list); got != want || err != nil {
		t.Errorf("%s has %q, %v, want %q", what, got, err, want)
	}
}

// setup is a spool over a store, whose callers have no patience.
func setup(o spool.Options) (*stalling, *spool.Spool) {
	s := newStalling()
	if o.Patience == 0 {
		o.Patience = time.Millisecond
	}
	return s, spool.New(s, o)
}

func create(t *testing.T, p *spool.Spool, facts ...avail.Fact) string {
	t.Helper()
	got, err := p.Create(t.Context(), "o", time.Hour, facts...)
	if err != nil {
		t.Fatal(err)
	}
	return text(got)
}

func drain(t *testing.T, p *spool.Spool) {
	t.Helper()
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestOneAnswer: all callers that create or append a key while the store stalls are
// told one value, and that is what is stored, though the writes whose callers have
// gone are done in any order.
func TestOneAnswer(t *testing.T) {
	for seed := range 20 {
		s, p := setup(spool.Options{})
		s.stall()
		var mu sync.Mutex
		told := map[string]bool{}
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				f := fact("k", fmt.Sprint(i))
				var got []avail.Fact
				var err error
				if i%3 == 0 {
					var a store.Appended
					a, err = p.Append(context.Background(), "o", time.Hour, 0, f)
					got = a.Facts
				} else {
					got, err = p.Create(context.Background(), "o", time.Hour, f)
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				told[text(got)] = true
				mu.Unlock()
			})
		}
		wg.Wait()
		s.resume()
		drain(t, p)
		list, _, err := s.Since(t.Context(), "o", 0)
		if len(told) != 1 || !told[text(list)] || err != nil {
			t.Fatalf("run %d: callers are told %v, the store has %q", seed, told, text(list))
		}
	}
}

// TestReads: what is kept is read like what is stored, and what is stored before it.
func TestReads(t *testing.T) {
	s, p := setup(spool.Options{})
	create(t, p, fact("stored", "1"), ranked(3, "three"))
	s.fail(true)
	if got := create(t, p, fact("stored", "2"), ranked(2, "two"), fact("kept", "3")); got != "stored=1 k=three kept=3" {
		t.Errorf("a creation is answered %q", got)
	}
	create(t, p, ranked(5, "five"))
	create(t, p, ranked(6, "six"))
	create(t, p, ranked(4, "four"))
	expect(t, "the spool", p, "stored=1 kept=3 k=six")
	expect(t, "the store", s, "stored=1 k=three")
	got, err := p.Get(t.Context(), "o", "kept", "k", "stored", "none")
	if text(got) != "kept=3 k=six stored=1 none=" || err != nil {
		t.Errorf("got %q, %v", text(got), err)
	}
	if got, err := p.Recall(t.Context(), "o"); text(got) != "stored=1 kept=3 k=six" || err != nil {
		t.Errorf("recalled %q, %v", text(got), err)
	}
	s.fail(false)
	drain(t, p)
	expect(t, "the store", s, "stored=1 kept=3 k=six")
	expect(t, "the spool", p, "stored=1 kept=3 k=six")
}

// TestAppendStalled: an append that the store does not take is answered Written, at
// the revision of the call, unless a read tells that others have written since.
func TestAppendStalled(t *testing.T) {
	s, p := setup(spool.Options{})
	create(t, p, fact("a", "1"))
	_, rev, err := p.Since(t.Context(), "o", 0)
	if err != nil {
		t.Fatal(err)
	}
	s.fail(true)
	for _, f := range []avail.Fact{fact("b", "2"), fact("c", "3")} {
		got, err := p.Append(t.Context(), "o", time.Hour, rev, f)
		if !got.Written || got.Rev != rev || text(got.Facts) != text([]avail.Fact{f}) || err != nil {
			t.Errorf("an append is answered %+v, %v", got, err)
		}
	}
	if got, err := p.Append(t.Context(), "o", time.Hour, 0, fact("late", "4")); got.Written || got.Rev != rev || text(got.Facts) != "a=1 b=2 c=3" || err != nil {
		t.Errorf("an append at an old revision is answered %+v, %v", got, err)
	}
	s.fail(false)
	drain(t, p)
	expect(t, "the store", s, "a=1 b=2 c=3")
	if got, err := p.Append(t.Context(), "o", time.Hour, rev, fact("d", "5")); got.Written || text(got.Facts) != "b=2 c=3" || err != nil {
		t.Errorf("an append at the revision of the stall is answered %+v, %v", got, err)
	}
}

// TestDropStalled: what is dropped is not written later, and what takes its place
// is.
func TestDropStalled(t *testing.T) {
	s, p := setup(spool.Options{})
	create(t, p, fact("a", "1"), fact("b", "2"))
	s.fail(true)
	create(t, p, fact("c", "3"))
	for _, key := range []string{"a", "c"} {
		if err := p.Drop(t.Context(), "o", key); err != nil {
			t.Error(err)
		}
	}
	if err := p.Touch(t.Context(), time.Hour, "o", "nobody"); err != nil {
		t.Error(err)
	}
	s.fail(false)
	drain(t, p)
	expect(t, "the store", s, "b=2")
}

// TestExpiresStalled: an owner that is only in the spool has not expired.
func TestExpiresStalled(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, p := setup(spool.Options{Now: func() time.Time { return now }})
	for _, name := range []string{"stored", "ever"} {
		if _, err := p.Create(t.Context(), name, map[string]time.Duration{"stored": time.Hour}[name]); err != nil {
			t.Fatal(err)
		}
	}
	s.fail(true)
	for _, name := range []string{"o", "ever", "late"} {
		if _, err := p.Create(t.Context(), name, map[string]time.Duration{"o": time.Minute, "ever": time.Minute}[name], fact("a", "1")); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Touch(t.Context(), time.Second, "stored", "ever", "nobody"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(t.Context(), "stored", time.Minute); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		for name, want := range map[string]time.Time{
			"o": now.Add(time.Minute), "ever": store.Ever, "late": store.Ever, "stored": now.Add(time.Minute), "nobody": {},
		} {
			if got, err := p.Expires(t.Context(), name); !got.Equal(want) || err != nil {
				t.Errorf("round %d: %s expires at %v, %v, want %v", round, name, got, err, want)
			}
		}
		s.fail(false)
		drain(t, p)
	}
}

// TestRun: Run writes what is kept when the store goes on, and callers wait for the
// store again.
func TestRun(t *testing.T) {
	s, p := setup(spool.Options{RetryEvery: time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { p.Run(ctx) })
	for round := range 20 {
		s.fail(true)
		for i := range 10 {
			create(t, p, fact(fmt.Sprintf("%d/%d", round, i), "x"))
		}
		s.fail(false)
		for { // until a write is durable on return
			key := fmt.Sprintf("%d", round)
			create(t, p, fact(key, "x"))
			if got, err := s.Get(ctx, "o", key); err != nil || got[0].Value != nil {
				break
			}
		}
	}
	stop()
	run.Wait()
	drain(t, p)
	if list, _, err := s.Since(t.Context(), "o", 0); len(list) != 20*11 || err != nil {
		t.Errorf("the store has %d facts, %v", len(list), err)
	}
}

// TestBounded: when the spool is full, facts are answered and counted as lost, and
// triggers are refused.
func TestBounded(t *testing.T) {
	s, p := setup(spool.Options{MaxBytes: 10_000})
	s.fail(true)
	big := strings.Repeat("x", 1000)
	for i := range 20 {
		create(t, p, fact(fmt.Sprint(i), big))
	}
	list, _, err := p.Since(t.Context(), "o", 0)
	if len(list) < 5 || len(list) > 9 || err != nil {
		t.Errorf("%d facts are kept in 10,000 bytes, %v", len(list), err)
	}
	var refused error
	for i := 0; refused == nil && i < 20; i++ {
		_, refused = p.Widen(t.Context(), avail.Trigger{Session: fmt.Sprint(i), Events: avail.Start}, time.Hour)
	}
	if !errors.Is(refused, store.ErrUnavailable) {
		t.Errorf("a full spool answers %v to triggers", refused)
	}
	if err := p.Close(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("writes are lost at the end: %v", err)
	}
	s.fail(false)
	drain(t, p)
	if stored, _, err := s.Since(t.Context(), "o", 0); len(stored) != len(list) || err != nil {
		t.Errorf("%d facts are stored, %d were kept, %v", len(stored), len(list), err)
	}
}
