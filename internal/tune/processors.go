package tune

import "runtime"

// spare is how many threads may work beyond the processors that there are.
const spare = 2

// Processors is how many processors there are for the process, and lets two more
// threads work. While a herd decides, its work and the store's writer go on
// without a pause, each on a thread; on a small machine these were all, and
// viewers who need a moment waited in Go's queue for one of them to use its ten
// milliseconds up. The system's scheduler shares a processor sooner. Where the
// operator has set GOMAXPROCS that alone counts.
func Processors(getenv func(string) string) int {
	n := runtime.GOMAXPROCS(0)
	if getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(n + spare)
	}
	return n
}
