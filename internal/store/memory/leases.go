package memory

import (
	"context"
	"sync"
	"time"

	"stitcher/internal/store"
)

// Leases implements store.Leases. It is safe for use by many goroutines.
type Leases struct {
	now func() time.Time

	mu   sync.Mutex
	held map[string]held
}

var _ store.Leases = (*Leases)(nil)

type held struct {
	owner string
	until time.Time
}

// NewLeases makes leases with a clock.
func NewLeases(now func() time.Time) *Leases {
	return &Leases{now: now, held: map[string]held{}}
}

// Lease implements store.Leases.
func (m *Leases) Lease(_ context.Context, key, owner string, ttl time.Duration) (bool, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if h, ok := m.held[key]; ok && now.Before(h.until) && h.owner != owner {
		return false, h.until, nil
	}
	m.held[key] = held{owner, now.Add(ttl)}
	return true, now.Add(ttl), nil
}

// Extend implements store.Leases.
func (m *Leases) Extend(_ context.Context, key, owner string, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if h := m.held[key]; h.owner != owner || !now.Before(h.until) {
		return false, nil
	}
	m.held[key] = held{owner, now.Add(ttl)}
	return true, nil
}

// Release implements store.Leases.
func (m *Leases) Release(_ context.Context, key, owner string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held[key].owner == owner {
		delete(m.held, key)
	}
	return nil
}
