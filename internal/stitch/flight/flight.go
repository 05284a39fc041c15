// Package flight makes a value once for all goroutines that want it under a key.
package flight

import "sync"

// Group lets one goroutine make what many want under a key.
type Group[T any] struct {
	mu   sync.Mutex
	made map[string]*flown[T]
	// turn counts the sweeps.
	turn int
}

type flown[T any] struct {
	done chan struct{}
	v    T
	err  error
	// used is the turn in which it was last asked for.
	used int
}

// finished is whether it is made.
func (x *flown[T]) finished() bool {
	select {
	case <-x.done:
		return true
	default:
		return false
	}
}

// Has is whether something is kept under key, or being made.
func (f *Group[T]) Has(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.made[key] != nil
}

// Do returns what is kept under key, or makes it.
func (f *Group[T]) Do(key string, limit int, create func() (T, error)) (T, error) {
	f.mu.Lock()
	if x := f.made[key]; x != nil {
		x.used = f.turn
		f.mu.Unlock()
		<-x.done
		return x.v, x.err
	}
	x := &flown[T]{done: make(chan struct{}), used: f.turn}
	if f.made == nil {
		f.made = map[string]*flown[T]{}
	}
	if len(f.made) >= limit {
		for k, old := range f.made { // any that is finished may go: it can be made again
			if old.finished() {
				delete(f.made, k)
				break
			}
		}
	}
	f.made[key] = x
	f.mu.Unlock()
	x.v, x.err = create()
	if x.err != nil {
		f.mu.Lock()
		if f.made[key] == x {
			delete(f.made, key)
		}
		f.mu.Unlock()
	}
	close(x.done)
	return x.v, x.err
}

// All is what is kept.
func (f *Group[T]) All() (kept []T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.made {
		if x.finished() && x.err == nil {
			kept = append(kept, x.v)
		}
	}
	return kept
}

// Sweep drops what was not asked for since the sweep before and inUse does not want,
// and gives the rest. What is asked for again is made again.
func (f *Group[T]) Sweep(inUse func(T) bool) (kept []T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, x := range f.made {
		switch {
		case !x.finished():
		case x.used == f.turn || inUse(x.v):
			kept = append(kept, x.v)
		default:
			delete(f.made, key)
		}
	}
	f.turn++
	return kept
}
