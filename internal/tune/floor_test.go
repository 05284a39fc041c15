package tune

import (
	"runtime"
	"testing"
)

// waste is where garbage goes, so that it is allocated.
var waste *[1 << 10]byte

// collections is how often the collector runs while 100 MB of garbage are made.
func collections(env map[string]string) uint32 {
	k := Keep(func(name string) string { return env[name] }, 0)
	defer runtime.KeepAlive(k)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 << 10 {
		waste = new([1 << 10]byte)
	}
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
}

// TestKeep: garbage of 100 MB is no reason to collect, unless the operator
// has said when to.
func TestKeep(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		rare bool
	}{
		{"by default", nil, true},
		{"GOGC is set", map[string]string{"GOGC": "100"}, false},
		{"GOMEMLIMIT is set", map[string]string{"GOMEMLIMIT": "512MiB"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if n := collections(c.env); (n <= 1) != c.rare {
				t.Errorf("%d collections", n)
			}
		})
	}
}
