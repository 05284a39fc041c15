package origin

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"weak"
)

// Times shares the times of views: a viewer's query makes a stream of its own, but the
// segments of a long playlist begin at the same times whatever the query. It keeps nothing
// alive: what no view has any more is forgotten. A nil *Times shares nothing.
type Times struct {
	bytes atomic.Int64
	mu    sync.Mutex
	held  map[timesKey]weak.Pointer[heldTimes]
}

type timesKey struct {
	hash  uint64
	count int
}

// heldTimes are the times of one or more views. They never change.
type heldTimes struct{ at []int64 }

// leastShared is the shortest list that is shared: short ones cost no more than what
// finds them.
const leastShared = 64

// NewTimes shares the times of all streams that have it.
func NewTimes() *Times { return &Times{held: map[timesKey]weak.Pointer[heldTimes]{}} }

// Bytes is how much memory the times take that are shared.
func (t *Times) Bytes() int64 {
	if t == nil {
		return 0
	}
	return t.bytes.Load()
}

// Share makes v have the times of another view, if one has the same. The times of v must
// not be changed after it.
func (t *Times) Share(v *View) {
	if t == nil || len(v.Times) < leastShared {
		return
	}
	key := timesKey{hashOf(v.Times), len(v.Times)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if x := t.held[key].Value(); x != nil && slices.Equal(x.at, v.Times) {
		v.Times, v.held = x.at, x
		return
	}
	x := &heldTimes{v.Times}
	v.held = x
	t.held[key] = weak.Make(x)
	t.bytes.Add(int64(8 * key.count))
	runtime.AddCleanup(x, t.forget, key)
}

// forget is called when nothing has the times of a key any more.
func (t *Times) forget(key timesKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held[key].Value() == nil {
		delete(t.held, key)
	}
	t.bytes.Add(int64(-8 * key.count))
}

func hashOf(list []int64) uint64 {
	h := uint64(14695981039346656037)
	for _, x := range list {
		h = (h ^ uint64(x)) * 1099511628211
	}
	return h
}
