package memory

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// Outbox implements store.Outbox; it forgets nothing. It is safe for use by many
// goroutines.
type Outbox struct {
	now func() time.Time

	mu   sync.Mutex
	rows map[triggerKey]*row

	// Rollups take what is added; nil drops it.
	Rollups *Rollups
}

var _ store.Outbox = (*Outbox)(nil)

type triggerKey struct {
	session string
	avail   avail.Key
	ad      int
}

// row is a trigger with what came of it.
type row struct {
	avail.Trigger
	id          int
	sent        avail.Events
	due, leased int64 // Unix microseconds
	attempts    map[attemptKey]store.Attempt
}

type attemptKey struct {
	event avail.Events
	url   string
}

// NewOutbox makes an empty outbox with a clock.
func NewOutbox(now func() time.Time) *Outbox {
	return &Outbox{now: now, rows: map[triggerKey]*row{}}
}

func (m *Outbox) row(t avail.Trigger) *row { return m.rows[triggerKey{t.Session, t.Avail, t.Ad}] }

// Widen implements store.Outbox.
func (m *Outbox) Widen(_ context.Context, t avail.Trigger, _ time.Duration) (avail.Events, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.row(t)
	if r == nil {
		r = &row{Trigger: t, id: len(m.rows), attempts: map[attemptKey]store.Attempt{}}
		r.Events = 0
		m.rows[triggerKey{t.Session, t.Avail, t.Ad}] = r
	}
	added := t.Events &^ r.Events
	if added != 0 {
		r.Events |= added
		r.At, r.due = t.At, m.now().UnixMicro()
	}
	return added, nil
}

// Pending implements store.Outbox.
func (m *Outbox) Pending(_ context.Context, limit int, lease time.Duration) ([]store.Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	var due []*row
	for _, r := range m.rows {
		if r.sent != r.Events && r.due <= now.UnixMicro() && r.leased <= now.UnixMicro() {
			due = append(due, r)
		}
	}
	slices.SortFunc(due, func(a, b *row) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.id, b.id)) })
	var list []store.Claim
	for _, r := range due[:min(limit, len(due))] {
		r.leased = now.Add(lease).UnixMicro()
		t := r.Trigger
		t.Events &^= r.sent
		list = append(list, store.Claim{Trigger: t, Until: r.leased})
	}
	return list, nil
}

// Attempts implements store.Outbox.
func (m *Outbox) Attempts(_ context.Context, t avail.Trigger) ([]store.Attempt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []store.Attempt
	if r := m.row(t); r != nil {
		for _, a := range r.attempts {
			list = append(list, a)
		}
	}
	return list, nil
}

// Settle implements store.Outbox.
func (m *Outbox) Settle(_ context.Context, c store.Claim, sent avail.Events, tried []store.Attempt, due int64, adds ...store.EventAdd) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.row(c.Trigger)
	if r == nil {
		return nil
	}
	if r.Events&^r.sent&^c.Events != 0 {
		due = m.now().UnixMicro() // more was triggered meanwhile
	}
	for _, a := range adds {
		if a.Event&sent&^r.sent != 0 {
			m.Rollups.add(a.Add)
		}
	}
	for _, a := range tried {
		if a.Event&r.sent == 0 && a.News(r.attempts[attemptKey{a.Event, a.URL}]) {
			m.Rollups.add(a.Adds...)
		}
	}
	r.sent |= sent
	if r.leased == c.Until {
		r.due, r.leased = due, 0
	}
	if r.sent == r.Events {
		clear(r.attempts)
		return nil
	}
	for _, a := range tried {
		a.Adds = nil
		r.attempts[attemptKey{a.Event, a.URL}] = a
	}
	return nil
}

// Backlog implements store.Outbox.
func (m *Outbox) Backlog(context.Context) (count int, oldest int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if r.sent == r.Events {
			continue
		}
		if count == 0 || r.At < oldest {
			oldest = r.At
		}
		count++
	}
	return count, oldest, nil
}
