// Package heap sets when the process collects its garbage.
package heap

import "runtime"

// Floor is how much memory may be allocated between two collections of a small
// heap, in bytes.
const Floor = 128 << 20

// KeepFloor makes collections of a small heap rare, until release is called. A
// service at rest lives in ten megabytes, and Go's collector lets such a heap
// double before it runs again: when an avail has a thousand viewers decide within
// a second it would run ten times in that second, and everybody's playlists
// would wait (p99 3.5 to 4 times that at rest; 1.4 to 1.7 times without). So
// the heap has memory in it that nobody ever touches, which the collector counts
// and the system never provides. Where the operator has set GOGC or GOMEMLIMIT
// that alone counts.
func KeepFloor(getenv func(string) string) (release func()) {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	ballast := make([]byte, Floor)
	return func() { runtime.KeepAlive(ballast) }
}
