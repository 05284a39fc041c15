package tune

import (
	"bytes"
	"io/fs"
	"math"
	"strconv"
)

// Memory is how much the process may use, in bytes, by what Linux says under
// root: the machine's, or its control group's limit where that is less. 0 is
// unknown.
func Memory(root fs.FS) uint64 {
	memory := uint64(math.MaxUint64)
	if b, err := fs.ReadFile(root, "proc/meminfo"); err == nil {
		if f := bytes.Fields(b); len(f) > 1 && string(f[0]) == "MemTotal:" {
			if kb, err := strconv.ParseUint(string(f[1]), 10, 54); err == nil {
				memory = kb << 10
			}
		}
	}
	for _, name := range []string{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"} {
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
