package tune

import (
	"bytes"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// Memory is how much the process may use, in bytes, by what Linux says under
// root: the machine's, or the least limit of its control groups where that is
// less. 0 is unknown.
func Memory(root fs.FS) uint64 {
	memory := uint64(math.MaxUint64)
	if b, err := fs.ReadFile(root, "proc/meminfo"); err == nil {
		if f := bytes.Fields(b); len(f) > 1 && string(f[0]) == "MemTotal:" {
			if kb, err := strconv.ParseUint(string(f[1]), 10, 54); err == nil {
				memory = kb << 10
			}
		}
	}
	for _, name := range limits(root) {
		b, err := fs.ReadFile(root, name)
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseUint(string(bytes.TrimSpace(b)), 10, 64); err == nil { // "max" is none
			memory = min(memory, limit)
		}
	}
	if memory == math.MaxUint64 {
		return 0
	}
	return memory
}

// limits are the files with the limits of the process's control groups, its own
// and those around it: a container sees its own at the top, a systemd unit's is
// further down.
func limits(root fs.FS) []string {
	var names []string
	up := func(top, group string, files ...string) {
		for group = path.Clean("/" + group); ; group = path.Dir(group) {
			for _, file := range files {
				names = append(names, path.Join(top, group, file))
			}
			if group == "/" {
				return
			}
		}
	}
	const two, one = "sys/fs/cgroup", "sys/fs/cgroup/memory"
	b, _ := fs.ReadFile(root, "proc/self/cgroup") // without it the tops are looked at
	for line := range strings.Lines("0::/\n0:memory:/\n" + string(b)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(f) < 3:
		case f[1] == "":
			up(two, f[2], "memory.max", "memory.high")
		case f[1] == "memory":
			up(one, f[2], "memory.limit_in_bytes")
		}
	}
	return names
}
