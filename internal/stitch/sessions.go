package stitch

import (
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
		byID map[string]*session
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
		m.shard[i].byID = map[string]*session{}
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

func (m *sessions) get(id string) *session {
	s := &m.shard[m.at(id)]
	s.RLock()
	defer s.RUnlock()
	return s.byID[id]
}

// full is whether no new session is taken.
func (m *sessions) full() bool { return int(m.count.Load()) >= m.limit }

// put adds x unless there is one by now, and returns the one that is there.
func (m *sessions) put(x *session) *session {
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
func (m *sessions) drop(x *session) {
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
func (m *sessions) sweep(now time.Time) (dropped []*session) {
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
