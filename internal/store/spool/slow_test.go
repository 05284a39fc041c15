package spool_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
	"stitcher/internal/store/spool"
)

// late is a store that takes its time.
type late struct {
	*memory.Facts
	store.Outbox
	by atomic.Int64
}

func (l *late) wait(ctx context.Context) error {
	select {
	case <-time.After(time.Duration(l.by.Load())):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *late) Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) ([]avail.Fact, error) {
	if err := l.wait(ctx); err != nil {
		return nil, err
	}
	return l.Facts.Create(ctx, owner, ttl, facts...)
}

func (l *late) Append(ctx context.Context, owner string, ttl time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	if err := l.wait(ctx); err != nil {
		return store.Appended{}, err
	}
	return l.Facts.Append(ctx, owner, ttl, rev, facts...)
}

func (l *late) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	if err := l.wait(ctx); err != nil {
		return nil, 0, err
	}
	return l.Facts.Since(ctx, owner, rev)
}

// TestSlowStore: a store that takes about as long as callers wait is away all the time, not
// away and back again and again, and patient reads have their answers. Once it is quick it
// is back.
func TestSlowStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l := &late{Facts: memory.NewFacts(time.Now), Outbox: memory.NewOutbox(time.Now)}
		p := spool.New(l, spool.Options{Shared: true})
		go p.Run(ctx)
		if _, err := l.Facts.Create(ctx, "o", time.Hour, fact("a", "1")); err != nil {
			t.Fatal(err)
		}
		for i := range 30 {
			l.by.Store(int64(time.Duration(490+i%2*20) * time.Millisecond))
			time.Sleep(time.Second)
			if _, _, err := p.Since(store.Patiently(ctx), "o", 0); err != nil {
				t.Errorf("a patient read fails: %v", err)
			}
		}
		if _, _, err := p.Since(ctx, "o", 0); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("another read is answered %v", err)
		}
		if list := p.Outages(); len(list) != 1 || !list[0].Ended.IsZero() {
			t.Errorf("the outages are %v, want one that goes on", list)
		}
		l.by.Store(int64(50 * time.Millisecond))
		time.Sleep(time.Second)
		if list := p.Outages(); len(list) != 1 || list[0].Ended.IsZero() {
			t.Errorf("once the store is quick the outages are %v", list)
		}
	})
}
