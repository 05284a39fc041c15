// Package memory is a store in memory, for tests. It keeps nothing over a restart.
package memory

import (
	"context"
	"sort"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// Facts implements store.Facts. It is safe for use by many goroutines.
type Facts struct {
	now func() time.Time

	mu     sync.Mutex
	owners map[string]*owner
	found  map[string]*found
	rev    int64

	// Rollups take what is added; nil drops it.
	Rollups *Rollups
}

var _ store.Facts = (*Facts)(nil)

// owner is what is stored of one owner.
type owner struct {
	expires time.Time // zero is never
	facts   map[string]avail.Fact
	log     []entry
	rev     int64
}

// entry is a write in the log; a later one of its key makes it void.
type entry struct {
	rev int64
	key string
}

// NewFacts makes an empty store with a clock.
func NewFacts(now func() time.Time) *Facts {
	return &Facts{now: now, owners: map[string]*owner{}, found: map[string]*found{}}
}

// Create implements store.Facts.
func (m *Facts) Create(_ context.Context, name string, ttl time.Duration, facts ...avail.Fact) ([]avail.Fact, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.write(name, ttl, facts), nil
}

// Append implements store.Facts.
func (m *Facts) Append(_ context.Context, name string, ttl time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if missed, at := m.since(name, rev); at != rev {
		return store.Appended{Facts: missed, Rev: at}, nil
	}
	stored := m.write(name, ttl, facts)
	return store.Appended{Written: true, Facts: stored, Rev: m.owners[name].rev}, nil
}

// Since implements store.Facts.
func (m *Facts) Since(_ context.Context, name string, rev int64) ([]avail.Fact, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	facts, at := m.since(name, rev)
	return facts, at, nil
}

// Get implements store.Facts.
func (m *Facts) Get(_ context.Context, name string, keys ...string) ([]avail.Fact, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]avail.Fact, len(keys))
	o := m.live(name)
	for i, k := range keys {
		out[i].Key = k
		if o != nil {
			if f, ok := o.facts[k]; ok {
				out[i] = f
			}
		}
	}
	return out, nil
}

// Drop implements store.Facts.
func (m *Facts) Drop(_ context.Context, name string, keys ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := m.live(name); o != nil {
		for _, k := range keys {
			delete(o.facts, k)
		}
	}
	return nil
}

// Touch implements store.Facts.
func (m *Facts) Touch(_ context.Context, ttl time.Duration, names ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range names {
		if o := m.live(name); o != nil && !o.expires.IsZero() {
			o.expires = m.now().Add(ttl)
		}
	}
	return nil
}

// Expires implements store.Facts.
func (m *Facts) Expires(_ context.Context, name string) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.live(name)
	if o == nil {
		return time.Time{}, nil
	}
	if o.expires.IsZero() {
		return store.Ever, nil
	}
	return o.expires, nil
}

// Recall implements store.Facts.
func (m *Facts) Recall(_ context.Context, name string) ([]avail.Fact, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.owners[name]
	if o == nil || !o.expires.IsZero() && m.now().Sub(o.expires) > store.Remains {
		return nil, nil
	}
	return o.since(0), nil
}

// live is an owner that has not expired, nil without.
func (m *Facts) live(name string) *owner {
	o := m.owners[name]
	if o == nil || !o.expires.IsZero() && !m.now().Before(o.expires) {
		return nil
	}
	return o
}

func (m *Facts) since(name string, rev int64) ([]avail.Fact, int64) {
	o := m.live(name)
	if o == nil {
		return nil, 0
	}
	return o.since(rev), o.rev
}

func (o *owner) since(rev int64) []avail.Fact {
	var out []avail.Fact
	for i := sort.Search(len(o.log), func(i int) bool { return o.log[i].rev > rev }); i < len(o.log); i++ {
		if f := o.facts[o.log[i].key]; f.Rev == o.log[i].rev {
			out = append(out, f)
		}
	}
	return out
}

// prune removes void entries once they are most of the log.
func (o *owner) prune() {
	if len(o.log) < 2*len(o.facts)+16 {
		return
	}
	kept := o.log[:0]
	for _, e := range o.log {
		if o.facts[e.key].Rev == e.rev {
			kept = append(kept, e)
		}
	}
	o.log = kept
}

func (m *Facts) write(name string, ttl time.Duration, facts []avail.Fact) []avail.Fact {
	o := m.live(name)
	if o == nil {
		o = &owner{facts: map[string]avail.Fact{}, expires: m.now()}
		m.owners[name] = o
	}
	if until := m.now().Add(ttl); ttl == 0 {
		o.expires = time.Time{}
	} else if !o.expires.IsZero() && until.After(o.expires) {
		o.expires = until
	}
	stored := make([]avail.Fact, len(facts))
	for i, f := range facts {
		old, ok := o.facts[f.Key]
		if ok && old.Rank >= f.Rank {
			stored[i] = old
			continue
		}
		m.rev++
		f.Rev, o.rev = m.rev, m.rev
		m.Rollups.add(f.Adds...)
		m.find(name, f.Found)
		f.Value, f.Adds, f.Found = append([]byte{}, f.Value...), nil, avail.Found{}
		o.facts[f.Key], stored[i] = f, f
		o.log = append(o.log, entry{f.Rev, f.Key})
	}
	o.prune()
	return stored
}
