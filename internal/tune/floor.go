// Package tune sets what the Go runtime does by itself to what suits a service that
// is asked in herds: when garbage is collected, and how many threads work.
package tune

// Keeper keeps collections rare while the heap is small, and has them at quiet
// moments.
//
// A service at rest lives in ten megabytes, and Go's collector lets such a heap
// double before it runs again. When an avail has a thousand viewers decide within
// a second it would run ten times in that second, and with ten thousand one of its
// runs takes a tenth of a second, in which all who allocate are made to help: the
// playlists of everybody wait. So the heap has memory in it that nobody ever
// touches, which the collector counts and the system never provides: as much may
// be allocated between two collections.
type Keeper struct {
	floor   uint64
	ballast []byte
}

const (
	// least and most bound the floor, in bytes; between them it is memory's
	// sixteenth part.
	least, most = 128 << 20, 1 << 30
	share       = 16
)

// Keep raises the floor for as long as the Keeper is there. memory is what the process may use,
// in bytes; 0 is unknown. Where the operator has set GOGC or GOMEMLIMIT that
// alone counts, and nothing is done.
func Keep(getenv func(string) string, memory uint64) *Keeper {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return &Keeper{}
	}
	floor := min(max(memory/share, least), most)
	return &Keeper{floor: floor, ballast: make([]byte, floor)}
}
