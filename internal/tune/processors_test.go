package tune

import (
	"runtime"
	"testing"
)

// TestProcessors: two more threads work than there are processors, unless the
// operator says how many.
func TestProcessors(t *testing.T) {
	before := runtime.GOMAXPROCS(3)
	defer runtime.GOMAXPROCS(before)
	set := map[string]string{"GOMAXPROCS": "3"}
	if n := Processors(func(name string) string { return set[name] }); n != 3 || runtime.GOMAXPROCS(0) != 3 {
		t.Errorf("%d processors, %d threads", n, runtime.GOMAXPROCS(0))
	}
	if n := Processors(func(string) string { return "" }); n != 3 || runtime.GOMAXPROCS(0) != 5 {
		t.Errorf("%d processors, %d threads", n, runtime.GOMAXPROCS(0))
	}
}
