package memory

import (
	"io/fs"
	"math"
	"runtime/debug"
	"testing"
	"testing/fstest"
)

func TestMemoryLimit(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"no control group", nil, math.MaxInt64},
		{"no limit", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, math.MaxInt64},
		{"a container", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "268435456\n"}, 256 << 20},
		{"a container of version 1", map[string]string{"sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n"}, 256 << 20},
		{"the least of a unit and its slice", map[string]string{
			"proc/self/cgroup":                                        "12:memory:/x\n0::/system.slice/stitcher.service\n",
			"sys/fs/cgroup/system.slice/memory.max":                   "536870912\n",
			"sys/fs/cgroup/system.slice/stitcher.service/memory.max":  "max\n",
			"sys/fs/cgroup/system.slice/stitcher.service/memory.high": "1073741824\n",
		}, 512 << 20},
		{"unreadable", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "much\n"}, math.MaxInt64},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := fstest.MapFS{}
			for name, text := range c.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := least(root); got != c.want {
				t.Errorf("the limit is %d, want %d", got, c.want)
			}
		})
	}
}

func TestOperatorsLimitStands(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	root := fstest.MapFS{"sys/fs/cgroup/memory.max": {Data: []byte("1073741824")}}
	Limit(root, func(name string) string { return map[string]string{"GOMEMLIMIT": "2GiB"}[name] })
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("with GOMEMLIMIT the limit is %d, was %d", got, before)
	}
	Limit(root, func(string) string { return "" })
	if got := debug.SetMemoryLimit(-1); got != (1<<30)/10*9 {
		t.Errorf("the limit is %d, want nine tenths of a GiB", got)
	}
}

// TestCacheBytes: a cache is a share of the memory that the process may use.
func TestCacheBytes(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	machine := fstest.MapFS{"proc/meminfo": {Data: []byte("MemFree: 1 kB\nMemTotal:        8388608 kB\nMemFree:  1 kB\n")}}
	for _, c := range []struct {
		name  string
		root  fs.FS
		limit int64
		want  int64
	}{
		{"a machine", machine, math.MaxInt64, 512 << 20},
		{"a limit", machine, 1 << 30, 64 << 20},
		{"a small container", machine, 128 << 20, 32 << 20},
		{"nothing is known", fstest.MapFS{}, math.MaxInt64, 256 << 20},
	} {
		debug.SetMemoryLimit(c.limit)
		if got := CacheBytes(c.root); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
