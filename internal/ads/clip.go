package ads

import (
	"context"

	"stitcher/internal/ads/pod"
	"stitcher/internal/avail"
)

// slate is what unfilled time shows; nil is content: none is configured or it is
// not prepared yet.
func (d *Decider) slate(ctx context.Context, r *Request) *avail.Asset {
	target := r.Settings.SlateURL
	if target == "" {
		return nil
	}
	asset, reason := d.lookup(ctx, r, slate(target))
	if reason != "" {
		d.log.InfoContext(ctx, "the slate can't be shown", "configuration", r.Session.Configuration, "reason", string(reason))
		return nil
	}
	return asset
}

func slate(target string) avail.Creative {
	return avail.Creative{Key: "slate " + target, URL: target}
}

// bumpers looks the configured clips up. They need an avail whose length is
// known, because otherwise the place of the last clip is not known.
func (d *Decider) bumpers(ctx context.Context, r *Request) pod.Bumpers {
	if r.Available <= 0 {
		return pod.Bumpers{}
	}
	b := pod.Bumpers{Start: d.clip(ctx, r, r.Settings.BumperStartURL), End: d.clip(ctx, r, r.Settings.BumperEndURL)}
	if b.Length() >= r.available() {
		return pod.Bumpers{} // nothing would be left for ads
	}
	return b
}

func bumper(target string) avail.Creative {
	return avail.Creative{Key: "bumper " + target, URL: target}
}

// Clips are the slate and the bumpers as creatives of a configuration, to be
// prepared before an avail asks for them.
func (s *Settings) Clips(configuration string) []avail.Creative {
	var list []avail.Creative
	if s.SlateURL != "" {
		list = append(list, slate(s.SlateURL))
	}
	for _, target := range []string{s.BumperStartURL, s.BumperEndURL} {
		if target != "" {
			list = append(list, bumper(target))
		}
	}
	for i := range list {
		list[i].Configuration = configuration
	}
	return list
}

// clip is a configured clip as an item.
func (d *Decider) clip(ctx context.Context, r *Request, target string) *avail.Item {
	if target == "" {
		return nil
	}
	asset, reason := d.lookup(ctx, r, bumper(target))
	if reason != "" {
		d.log.InfoContext(ctx, "a bumper can't be shown", "configuration", r.Session.Configuration, "reason", string(reason))
		return nil
	}
	return &avail.Item{Kind: avail.BumperItem, Asset: asset.ID, Duration: asset.Duration}
}
