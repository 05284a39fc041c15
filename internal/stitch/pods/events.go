package pods

import "stitcher/internal/avail"

// Events are what the request of segment k of an ad implies: a quartile or an
// offset of progress lies in the segment that it ends in or that contains it
// (reference §6.1). Of an ad that is cut, what lies behind the cut is not shown; it is
// complete where the middle of its last segment is shown.
func Events(segments []avail.AssetSegment, k int, progress []avail.Progress, shown int64) avail.Events {
	var total, before int64
	for i, s := range segments {
		if i < k {
			before += s.Duration
		}
		total += s.Duration
	}
	after := before + segments[k].Duration
	last := k == len(segments)-1 && before+segments[k].Duration/2 <= shown
	if last {
		shown = after
	}
	var e avail.Events
	if k == 0 {
		e |= avail.Loaded | avail.Impression | avail.CreativeView | avail.Start
	}
	for i, q := range []avail.Events{avail.FirstQuartile, avail.Midpoint, avail.ThirdQuartile} {
		if at := total * int64(i+1) / 4; before < at && at <= min(after, shown) {
			e |= q
		}
	}
	if last {
		e |= avail.Complete
	}
	return e | avail.ProgressIn(progress, before, min(after, shown), total)
}

// Watched are the events of segment k of an item in a rendition, if so much of the item is shown:
// those of an ad, and of the break at the pod's ends.
func (p *Pod) Watched(item int, r *avail.AssetRendition, k int, shown int64) avail.Events {
	if p.Kind(item) != avail.AdItem {
		return 0
	}
	events := Events(r.Segments, k, p.Marks(item), shown)
	first, last := p.Ends()
	if item == first && k == 0 {
		events |= avail.BreakStart
	}
	if item == last && events&avail.Complete != 0 {
		events |= avail.BreakEnd
	}
	return events
}
