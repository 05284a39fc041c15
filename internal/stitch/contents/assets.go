package contents

import (
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/stitch/layouts"
)

// Assets finds prepared creatives by id.
type Assets interface {
	Asset(ctx context.Context, id string) (*avail.Asset, error)
}

// NamedAssets gives prepared creatives with the renditions that a layout has,
// under its names. A profile names its renditions in an order of its own, so that
// contents with equal renditions share assets; which of them a layout's are is known
// by the profile that the asset was made for.
type NamedAssets struct {
	assets   Assets
	profiles *Profiler
	layout   *layouts.Layout
}

// NamedAssets gives assets with the renditions of a layout, under its names.
func (p *Profiler) NamedAssets(assets Assets, l *layouts.Layout) *NamedAssets {
	return &NamedAssets{assets: assets, profiles: p, layout: l}
}

// Asset implements Assets.
func (x *NamedAssets) Asset(ctx context.Context, id string) (*avail.Asset, error) {
	a, err := x.assets.Asset(ctx, id)
	if err != nil || a.Profile == "" {
		return a, err
	}
	if kept := x.layout.Tracked.Asset(id); kept != nil {
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
	x.layout.Tracked.Keep(id, &out)
	return &out, nil
}
