package flight

import "sync"

// AtOnce calls f with 0 to n-1, at most limit of them at a time, and returns when all have
// returned.
func AtOnce(n, limit int, f func(i int)) {
	var all sync.WaitGroup
	places := make(chan struct{}, limit)
	for i := range n {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			f(i)
		})
	}
	all.Wait()
}
