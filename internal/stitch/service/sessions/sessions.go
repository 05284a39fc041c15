// Package sessions is the sessions that a process has in memory.
package sessions

import (
	"iter"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Session is a session in memory.
type Session interface {
	comparable
	// Key is its id.
	Key() string
	// LastUsed is when it was last asked for, in Unix microseconds.
	LastUsed() int64
	// Expired is whether it was not asked for within its time.
	Expired(now time.Time) bool
}

// Map is the sessions in memory, by id. Dropping one loses nothing but time. It is safe for use
// by many goroutines.
type Map[S Session] struct {
	limit int
	count atomic.Int64
	shard [64]struct {
		sync.RWMutex
		byID map[string]S
		// unknown remembers ids that are in no store, so that guessing costs
		// the store nothing. It is cleared when it is full.
		unknown map[string]time.Time
	}
}

const (
	maxUnknown     = 256
	unknownRemains = 5 * time.Second
)

// New is a map with places for some sessions.
func New[S Session](limit int) *Map[S] {
	m := &Map[S]{limit: limit}
	for i := range m.shard {
		m.shard[i].byID = map[string]S{}
		m.shard[i].unknown = map[string]time.Time{}
	}
	return m
}

func (m *Map[S]) at(id string) int {
	h := uint32(2166136261)
	for i := range len(id) {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return int(h % uint32(len(m.shard)))
}

// Get is the session of an id; the zero value if it is not there.
func (m *Map[S]) Get(id string) S {
	s := &m.shard[m.at(id)]
	s.RLock()
	defer s.RUnlock()
	return s.byID[id]
}

// Count is how many sessions there are.
func (m *Map[S]) Count() int { return int(m.count.Load()) }

// Full is whether no new session is taken.
func (m *Map[S]) Full() bool { return m.Count() >= m.limit }

const (
	// waySamples is how many sessions are compared to find one that gives way: enough
	// to be among the least recently used, few enough to cost nothing.
	waySamples = 64
	// InUse is how long a session does not give way after its last request: a player
	// asks more often, and a decision that it waits for has been made by then.
	InUse = 10 * time.Second
)

// GiveWay drops and returns the least recently used of some sessions that are not in
// use, where there is no place for a new one. It is false where there is a place, and
// where all are in use. The store keeps what is dropped.
func (m *Map[S]) GiveWay(now time.Time) (oldest S, found bool) {
	if !m.Full() {
		return oldest, false
	}
	least, seen := now.Add(-InUse).UnixMicro(), 0
	first := rand.IntN(len(m.shard))
	for i := range m.shard {
		s := &m.shard[(first+i)%len(m.shard)]
		s.RLock()
		for _, x := range s.byID { // in random order
			if used := x.LastUsed(); used < least {
				oldest, least, found = x, used, true
			}
			if seen++; seen%waySamples == 0 {
				break
			}
		}
		s.RUnlock()
		if seen >= waySamples && found {
			break
		}
	}
	if found {
		m.Drop(oldest)
	}
	return oldest, found
}

// Put adds x unless there is one by now, and returns the one that is there.
func (m *Map[S]) Put(x S) S {
	s := &m.shard[m.at(x.Key())]
	s.Lock()
	defer s.Unlock()
	if old, ok := s.byID[x.Key()]; ok {
		return old
	}
	s.byID[x.Key()] = x
	m.count.Add(1)
	return x
}

// Missing notes that an id is in no store.
func (m *Map[S]) Missing(id string, now time.Time) {
	s := &m.shard[m.at(id)]
	s.Lock()
	defer s.Unlock()
	if len(s.unknown) >= maxUnknown {
		clear(s.unknown)
	}
	s.unknown[id] = now
}

// Absent says whether an id was noted a moment ago to be in no store.
func (m *Map[S]) Absent(id string, now time.Time) bool {
	s := &m.shard[m.at(id)]
	s.RLock()
	defer s.RUnlock()
	at, ok := s.unknown[id]
	return ok && now.Sub(at) < unknownRemains
}

// Drop removes x.
func (m *Map[S]) Drop(x S) {
	s := &m.shard[m.at(x.Key())]
	s.Lock()
	defer s.Unlock()
	if there, ok := s.byID[x.Key()]; ok && there == x {
		delete(s.byID, x.Key())
		m.count.Add(-1)
	}
}

// Sweep drops and returns the sessions that were not asked for within their
// time.
func (m *Map[S]) Sweep(now time.Time) (dropped []S) {
	for i := range m.shard {
		s := &m.shard[i]
		s.Lock()
		for id, x := range s.byID {
			if x.Expired(now) {
				delete(s.byID, id)
				dropped = append(dropped, x)
			}
		}
		s.Unlock()
	}
	m.count.Add(int64(-len(dropped)))
	return dropped
}

// All yields all sessions. What it calls must not use the map.
func (m *Map[S]) All() iter.Seq[S] {
	return func(yield func(S) bool) {
		for i := range m.shard {
			if !m.each(i, yield) {
				return
			}
		}
	}
}

// each yields the sessions of a shard.
func (m *Map[S]) each(i int, yield func(S) bool) bool {
	s := &m.shard[i]
	s.RLock()
	defer s.RUnlock()
	for _, x := range s.byID {
		if !yield(x) {
			return false
		}
	}
	return true
}
