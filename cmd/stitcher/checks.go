package main

import (
	"context"
	"fmt"
	"syscall"

	"stitcher/internal/blob"
	"stitcher/internal/httpapi/admin"
	"stitcher/internal/transcodecache"
)

// leastFree is how much room the data directory needs, in bytes: a transaction of
// the store and one short ad.
const leastFree = 64 << 20

// checks are what /readyz looks at. Without a store of its own a node can begin no
// session, and a node without ffmpeg was installed wrongly: viewers should go
// elsewhere. What may come over all nodes at once, such as the loss of a store that
// they share, only degrades: content, and the ads that are prepared, go on.
func checks(dataDir string, s *state, held func() error, cache *transcodecache.Cache, blobs blob.Store) []admin.Check {
	list := []admin.Check{
		{Name: "store", Check: s.Ping, Degrades: s.shared()},
		{Name: "ffmpeg", Check: cache.Tools},
		{Name: "encoders", Check: cache.Encoders, Degrades: true},
		{Name: "disk", Check: func(context.Context) error { return room(dataDir, leastFree) }, Degrades: true},
		{Name: "store_size", Check: func(context.Context) error { return s.full() }, Degrades: true},
		{Name: "writes", Check: func(context.Context) error { return held() }, Degrades: true},
	}
	if blobs != nil {
		list = append(list, admin.Check{Name: "renditions", Check: blobs.Check, Degrades: true})
	}
	return list
}

// room reports a directory whose file system has less than least bytes left.
func room(dir string, least uint64) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("read the free space of %s: %w", dir, err)
	}
	if left := fs.Bavail * uint64(fs.Bsize); left < least {
		return fmt.Errorf("%d MB are free in %s; %d MB are needed", left>>20, dir, least>>20)
	}
	return nil
}
