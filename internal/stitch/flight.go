package stitch

import "sync"

// flight lets one goroutine make what many want under a key.
type flight[T any] struct {
	mu   sync.Mutex
	made map[string]*flown[T]
}

type flown[T any] struct {
	done chan struct{}
	v    T
	err  error
}

// do returns what is kept under key, or makes it.
func (f *flight[T]) do(key string, limit int, create func() (T, error)) (T, error) {
	f.mu.Lock()
	if x := f.made[key]; x != nil {
		f.mu.Unlock()
		<-x.done
		return x.v, x.err
	}
	x := &flown[T]{done: make(chan struct{})}
	if f.made == nil {
		f.made = map[string]*flown[T]{}
	}
	if len(f.made) >= limit {
		for k, old := range f.made { // any that is finished may go: it can be made again
			select {
			case <-old.done:
				delete(f.made, k)
			default:
				continue
			}
			break
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
