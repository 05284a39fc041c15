package service

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// sessions are the sessions in memory. Dropping one loses nothing but time.
type sessions struct {
	limit int
	count atomic.Int64
	shard [64]struct {
		sync.RWMutex
		byID map[string]*viewing
		// unknown remembers ids that are in no store, so that guessing costs
		// the store nothing. It is cleared when it is full.
		unknown map[string]time.Time
	}
}

const (
	maxUnknown     = 256
	unknownRemains = 5 * time.Second
)

func newSessions(limit int) *sessions {
	m := &sessions{limit: limit}
	for i := range m.shard {
		m.shard[i].byID = map[string]*viewing{}
		m.shard[i].unknown = map[string]time.Time{}
	}
	return m
}

func (m *sessions) at(id string) int {
	h := uint32(2166136261)
	for i := range len(id) {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return int(h % uint32(len(m.shard)))
}

func (m *sessions) get(id string) *viewing {
	s := &m.shard[m.at(id)]
	s.RLock()
	defer s.RUnlock()
	return s.byID[id]
}

// full is whether no new session is taken.
func (m *sessions) full() bool { return int(m.count.Load()) >= m.limit }

const (
	// waySamples is how many sessions are compared to find one that gives way: enough
	// to be among the least recently used, few enough to cost nothing.
	waySamples = 64
	// inUse is how long a session does not give way after its last request: a player
	// asks more often, and a decision that it waits for has been made by then.
	inUse = 10 * time.Second
)

// giveWay drops and returns the least recently used of some sessions that are not in
// use, where there is no place for a new one. It is nil where there is a place, and
// where all are in use. The store keeps what is dropped.
func (m *sessions) giveWay(now time.Time) *viewing {
	if !m.full() {
		return nil
	}
	var oldest *viewing
	least, seen := now.Add(-inUse).UnixMicro(), 0
	first := rand.IntN(len(m.shard))
	for i := range m.shard {
		s := &m.shard[(first+i)%len(m.shard)]
		s.RLock()
		for _, x := range s.byID { // in random order
			if used := x.used.Load(); used < least {
				oldest, least = x, used
			}
			if seen++; seen%waySamples == 0 {
				break
			}
		}
		s.RUnlock()
		if seen >= waySamples && oldest != nil {
			break
		}
	}
	if oldest != nil {
		m.drop(oldest)
	}
	return oldest
}

// put adds x unless there is one by now, and returns the one that is there.
func (m *sessions) put(x *viewing) *viewing {
	s := &m.shard[m.at(x.ID)]
	s.Lock()
	defer s.Unlock()
	if old := s.byID[x.ID]; old != nil {
		return old
	}
	s.byID[x.ID] = x
	m.count.Add(1)
	return x
}

// missing notes that an id is in no store; absent says whether it was noted a
// moment ago.
func (m *sessions) missing(id string, now time.Time) {
	s := &m.shard[m.at(id)]
	s.Lock()
	defer s.Unlock()
	if len(s.unknown) >= maxUnknown {
		clear(s.unknown)
	}
	s.unknown[id] = now
}

func (m *sessions) absent(id string, now time.Time) bool {
	s := &m.shard[m.at(id)]
	s.RLock()
	defer s.RUnlock()
	at, ok := s.unknown[id]
	return ok && now.Sub(at) < unknownRemains
}

// drop removes x.
func (m *sessions) drop(x *viewing) {
	s := &m.shard[m.at(x.ID)]
	s.Lock()
	defer s.Unlock()
	if s.byID[x.ID] == x {
		delete(s.byID, x.ID)
		m.count.Add(-1)
	}
}

// sweep drops and returns the sessions that were not asked for within their
// time.
func (m *sessions) sweep(now time.Time) (dropped []*viewing) {
	for i := range m.shard {
		s := &m.shard[i]
		s.Lock()
		for id, x := range s.byID {
			if x.expired(now) {
				delete(s.byID, id)
				dropped = append(dropped, x)
			}
		}
		s.Unlock()
	}
	m.count.Add(int64(-len(dropped)))
	return dropped
}
