package tune

import (
	"testing"
	"testing/fstest"
)

func TestMemory(t *testing.T) {
	const info = "MemTotal:       2048000 kB\nMemFree: 1 kB\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  uint64
	}{
		{"no Linux", nil, 0},
		{"the machine's", map[string]string{"proc/meminfo": info}, 2048000 << 10},
		{"no limit", map[string]string{"proc/meminfo": info, "sys/fs/cgroup/memory.max": "max\n"}, 2048000 << 10},
		{"the container's", map[string]string{"proc/meminfo": info, "sys/fs/cgroup/memory.max": "536870912\n"}, 512 << 20},
		{"the container's, version 1", map[string]string{"proc/meminfo": info, "sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912\n"}, 512 << 20},
		{"version 1 without a limit", map[string]string{"proc/meminfo": info, "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 2048000 << 10},
		{"a systemd unit's", map[string]string{
			"proc/meminfo": info, "proc/self/cgroup": "0::/system.slice/stitcher.service\n",
			"sys/fs/cgroup/system.slice/stitcher.service/memory.max": "max\n", "sys/fs/cgroup/system.slice/stitcher.service/memory.high": "268435456\n",
		}, 256 << 20},
		{"that of what is around it", map[string]string{
			"proc/meminfo": info, "proc/self/cgroup": "1:name=systemd:/x\n0::/a.slice/b.service\n",
			"sys/fs/cgroup/a.slice/memory.max": "134217728\n", "sys/fs/cgroup/a.slice/b.service/memory.max": "536870912\n",
		}, 128 << 20},
		{"a unit's, version 1", map[string]string{
			"proc/meminfo": info, "proc/self/cgroup": "7:cpu:/c\n5:memory:/system.slice/s.service\n",
			"sys/fs/cgroup/memory/system.slice/s.service/memory.limit_in_bytes": "268435456\n",
		}, 256 << 20},
		{"a group that climbs", map[string]string{
			"proc/meminfo": info, "proc/self/cgroup": "0::/../../x\n", "sys/fs/cgroup/memory.max": "536870912\n",
		}, 512 << 20},
		{"rubbish", map[string]string{"proc/meminfo": "MemTotal: x"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := fstest.MapFS{}
			for name, text := range c.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := Memory(root); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}
