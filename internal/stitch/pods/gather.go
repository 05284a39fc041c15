package pods

import (
	"context"

	"stitcher/internal/avail"
)

// Assets finds assets.
type Assets interface {
	Asset(ctx context.Context, id string) (*avail.Asset, error)
}

// Gather is the pod of a decision. reference is the name, in the assets, of the reference's
// rendition. The error is that of the assets.
func Gather(ctx context.Context, assets Assets, reference string, d *avail.Decision) (*Pod, error) {
	p := &Pod{Reference: reference}
	for _, it := range d.Items {
		a, err := assets.Asset(ctx, it.Asset)
		if err != nil {
			return nil, err
		}
		var marks []avail.Progress
		if it.Ad != nil {
			marks = it.Ad.Progress
		}
		p.Items, p.Kinds = append(p.Items, a.First(it.Segments)), append(p.Kinds, it.Kind)
		p.Progress = append(p.Progress, marks)
	}
	if d.Slate != nil {
		a, err := assets.Asset(ctx, d.Slate.Asset)
		if err != nil {
			return nil, err
		}
		p.Slate = a
	}
	return p, nil
}

// AdsOf are the ads among items that are stitched.
func AdsOf(items []avail.Item) []*avail.Ad {
	var list []*avail.Ad
	for i := range items {
		if items[i].Kind == avail.AdItem && items[i].Ad != nil {
			list = append(list, items[i].Ad)
		}
	}
	return list
}
