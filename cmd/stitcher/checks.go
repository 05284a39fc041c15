package main

import (
	"context"

	"stitcher/cmd/stitcher/datadir"
	"stitcher/cmd/stitcher/stores"
	"stitcher/internal/blob"
	"stitcher/internal/httpapi/admin"
	"stitcher/internal/transcodecache"
)

// checks are what /readyz looks at. Without a store of its own a node can begin no
// session, and a node without ffmpeg was installed wrongly: viewers should go
// elsewhere. What may come over all nodes at once, such as the loss of a store that
// they share, only degrades: content, and the ads that are prepared, go on.
func checks(dataDir string, s *stores.State, held func() error, cache *transcodecache.Cache, blobs blob.Store) []admin.Check {
	list := []admin.Check{
		{Name: "store", Check: s.Ping, Degrades: s.Shared()},
		{Name: "ffmpeg", Check: cache.Tools},
		{Name: "encoders", Check: cache.Encoders, Degrades: true},
		{Name: "disk", Check: func(context.Context) error { return datadir.Room(dataDir, datadir.LeastFree) }, Degrades: true},
		{Name: "store_size", Check: func(context.Context) error { return s.Full() }, Degrades: true},
		{Name: "writes", Check: func(context.Context) error { return held() }, Degrades: true},
	}
	if blobs != nil {
		list = append(list, admin.Check{Name: "renditions", Check: blobs.Check, Degrades: true})
	}
	return list
}
