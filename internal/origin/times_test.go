package origin

import (
	"runtime"
	"testing"
)

// TestTimesAreForgotten: a list of times is forgotten when no view has it any more.
func TestTimesAreForgotten(t *testing.T) {
	times := NewTimes()
	list := func() *View { return &View{Times: make([]int64, leastShared)} }
	func() {
		a, b := list(), list()
		times.Share(a)
		times.Share(b)
		if &a.Times[0] != &b.Times[0] {
			t.Error("equal times are kept twice")
		}
	}()
	for times.Bytes() > 0 { // cleanups run some time after a collection
		runtime.GC()
	}
	times.mu.Lock()
	defer times.mu.Unlock()
	if n := len(times.held); n > 0 {
		t.Errorf("%d lists are remembered", n)
	}
}
