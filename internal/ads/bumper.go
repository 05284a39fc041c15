package ads

import (
	"context"

	"stitcher/internal/avail"
)

// bumpers are the first and the last clip of a pod (reference §3.7); nil where
// none is configured or it is not prepared yet.
type bumpers struct{ start, end *avail.Item }

// length is how much of the avail they take.
func (b bumpers) length() int64 {
	var sum int64
	for _, i := range []*avail.Item{b.start, b.end} {
		if i != nil {
			sum += i.Duration
		}
	}
	return sum
}

// bumpers looks the configured clips up. They need an avail whose length is
// known, because otherwise the place of the last clip is not known.
func (d *Decider) bumpers(ctx context.Context, r *Request) bumpers {
	if r.Available <= 0 {
		return bumpers{}
	}
	b := bumpers{d.clip(ctx, r, r.Settings.BumperStartURL), d.clip(ctx, r, r.Settings.BumperEndURL)}
	if b.length() >= r.available() {
		return bumpers{} // nothing would be left for ads
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

// enclose puts the clips around the pod's ads, or around slate alone. Where slate
// fills the rest, all of it that is whole stands before the last clip, which is to
// be the last that is seen. Of an avail of an asset, whose pod is shown whole, it is
// all there will be. An avail that is content has none.
func (p *pod) enclose(b bumpers, slate *avail.Asset, static bool) {
	if len(p.items) == 0 && slate == nil {
		p.left += b.length()
		return
	}
	if b.start != nil {
		p.items = append([]avail.Item{*b.start}, p.items...)
	}
	if slate != nil && slate.Duration > 0 && (b.end != nil || static) {
		p.pad(slate, static)
	}
	if b.end != nil {
		p.items = append(p.items, *b.end)
	}
}

// pad adds slate as often as it is whole, and, to the end, the segments of it that
// fit.
func (p *pod) pad(slate *avail.Asset, end bool) {
	add := func(item avail.Item) {
		item.Kind = avail.SlateItem
		p.items = append(p.items, item)
		p.left -= item.Duration
	}
	for n := 0; p.left >= slate.Duration && n < maxSlates; n++ {
		add(avail.Item{Asset: slate.ID, Duration: slate.Duration})
	}
	if !end {
		return
	}
	for _, item := range cover(slate, p.left, p.left) {
		add(item)
	}
}

// maxSlates bounds the slates in a pod: a slate may be short and an avail long.
const maxSlates = 100
