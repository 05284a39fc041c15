package pod

import "stitcher/internal/avail"

// Bumpers are the first and the last clip of a pod (reference §3.7); nil where
// none is configured or it is not prepared yet.
type Bumpers struct{ Start, End *avail.Item }

// Length is how much of the avail they take.
func (b Bumpers) Length() int64 {
	var sum int64
	for _, i := range []*avail.Item{b.Start, b.End} {
		if i != nil {
			sum += i.Duration
		}
	}
	return sum
}

// enclose puts the clips around the pod's ads, or around slate alone. Where slate
// fills the rest, all of it that is whole stands before the last clip, which is to
// be the last that is seen. Of an avail of an asset, whose pod is shown whole, it is
// all there will be. An avail that is content has none.
func (p *Pod) enclose() {
	b, slate, static := p.options.Bumpers, p.options.Slate, p.options.Static
	if len(p.items) == 0 && slate == nil {
		return
	}
	if b.Start != nil {
		p.items = append([]avail.Item{*b.Start}, p.items...)
	}
	if slate != nil && slate.Duration > 0 && (b.End != nil || static) {
		p.pad(slate, static)
	}
	if b.End != nil {
		p.items = append(p.items, *b.End)
	}
}

// pad adds slate as often as it is whole, and, to the end, the segments of it that
// fit.
func (p *Pod) pad(slate *avail.Asset, end bool) {
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
