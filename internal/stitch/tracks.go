package stitch

import (
	"context"
	"sync"

	"stitcher/internal/avail"
)

// maxTracked bounds the assets of a layout that are kept under its names.
const maxTracked = 256

// tracked are assets whose renditions are named as a layout names its own.
type tracked struct {
	mu   sync.Mutex
	byID map[string]*avail.Asset
}

// layoutAssets gives prepared creatives with the renditions that a layout has,
// under its names. A profile names its renditions in an order of its own, so that
// contents with equal renditions share assets; which of them a layout's are is known
// by the profile that the asset was made for.
type layoutAssets struct {
	assets   Assets
	profiles *profiler
	layout   *layout
}

// Asset implements Assets.
func (x *layoutAssets) Asset(ctx context.Context, id string) (*avail.Asset, error) {
	a, err := x.assets.Asset(ctx, id)
	if err != nil || a.Profile == "" {
		return a, err
	}
	t := &x.layout.tracked
	t.mu.Lock()
	kept := t.byID[id]
	t.mu.Unlock()
	if kept != nil {
		return kept, nil
	}
	names, err := x.profiles.tracks(ctx, x.layout, a.Profile)
	if err != nil || names == nil {
		return a, err
	}
	out := *a
	out.Renditions = make([]avail.AssetRendition, 0, len(names))
	for i, name := range names {
		if r := a.Rendition(name); r != nil {
			named := *r
			named.Name = x.layout.Renditions[i].Track
			out.Renditions = append(out.Renditions, named)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byID == nil || len(t.byID) >= maxTracked {
		t.byID = map[string]*avail.Asset{}
	}
	t.byID[id] = &out
	return &out, nil
}
