// Package memory tells how much memory the process may use.
package memory

import (
	"io/fs"
	"math"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// Limit tells the runtime how much memory the process may use, so that it
// collects garbage more often before the kernel kills the process. It is nine
// tenths of the least limit among the process's control groups: stacks of C code
// and mapped files are outside of the runtime's count. A GOMEMLIMIT that the
// operator has set stands; without a limit nothing is set.
func Limit(root fs.FS, getenv func(string) string) {
	if limit := least(root); getenv("GOMEMLIMIT") == "" && limit < math.MaxInt64 {
		debug.SetMemoryLimit(limit / 10 * 9)
	}
}

// least is the least limit of the process's control group and those around
// it, in bytes: a container sees its own as the root of the tree, the one of a
// systemd unit is further down. Without any it is math.MaxInt64.
func least(root fs.FS) int64 {
	const tree = "sys/fs/cgroup"
	files := []string{tree + "/memory/memory.limit_in_bytes"} // version 1, in a container
	own, _ := fs.ReadFile(root, "proc/self/cgroup")           // version 2 is the line "0::/group"
	_, group, _ := strings.Cut("\n"+string(own), "\n0::")
	group, _, _ = strings.Cut(group, "\n")
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		files = append(files, path.Join(tree, group, "memory.max"), path.Join(tree, group, "memory.high"))
		if group == "/" {
			break
		}
	}
	bytes := int64(math.MaxInt64)
	for _, name := range files {
		text, _ := fs.ReadFile(root, name) // no file and "max" are no limit
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			bytes = min(bytes, n)
		}
	}
	return bytes
}

// CacheBytes is the bound of one cache in memory: a sixteenth of what the process may
// use, which is the runtime's limit or else the memory of the machine. It is never
// less than 32 MiB, so that a small container holds a few long playlists.
func CacheBytes(root fs.FS) int64 {
	most := debug.SetMemoryLimit(-1)
	text, _ := fs.ReadFile(root, "proc/meminfo") // no file: another system than Linux
	_, total, _ := strings.Cut("\n"+string(text), "\nMemTotal:")
	total, _, _ = strings.Cut(total, " kB")
	if n, err := strconv.ParseInt(strings.TrimSpace(total), 10, 64); err == nil {
		most = min(most, n<<10)
	}
	if most == math.MaxInt64 {
		return 256 << 20 // nothing is known
	}
	return max(most/16, 32<<20)
}
