package stitch

import "stitcher/internal/avail"

// pod is a decision with its assets at hand: the order of ad segments that an
// avail may list. Slate goes on for ever after the items.
type pod struct {
	items []*avail.Asset
	// kinds say what the items are.
	kinds []avail.ItemKind
	// progress are the offsets of the items' progress events.
	progress [][]avail.Progress
	slate    *avail.Asset
	// signals identify the items in manifests; nil where the session has none.
	signals []string
	// reference is the name, in the assets, of the reference's rendition.
	reference string
}

// item is the nth asset of the pod, nil past its end.
func (p *pod) item(n int) *avail.Asset {
	if n < len(p.items) {
		return p.items[n]
	}
	return p.slate
}

// segments is an asset's rendition of the reference.
func (p *pod) segments(a *avail.Asset) []avail.AssetSegment {
	if r := a.Rendition(p.reference); r != nil {
		return r.Segments
	}
	return nil
}

// listed counts the segments [o, o+l) of the pod for which d + o + l/2 is not
// past limit, and says how long they are and whether more would follow. An item that
// would begin after o.last is none of the pod's. Where limit is the end of the pod's last
// Period, the segment that contains it is listed, too.
func (p *pod) listed(d, limit int64, o opening) (count int, length int64, more bool) {
	for n := 0; ; n++ {
		a := p.item(n)
		if a == nil || length > o.last {
			return count, length, false
		}
		segs := p.segments(a)
		if len(segs) == 0 {
			return count, length, false
		}
		if o.least > 0 && length+o.least > limit {
			return count, length, true
		}
		for i := range segs {
			l := segs[i].Duration
			if beyond := d+length+l/2 > limit; beyond && !o.covers || o.covers && limit-length <= leastPart {
				return count, length, true
			}
			count++
			length += l
		}
	}
}

// span says how many items the first count segments come from.
func (p *pod) span(count int) int {
	n := 0
	for count > 0 {
		a := p.item(n)
		if a == nil {
			break
		}
		count -= len(p.segments(a))
		n++
	}
	return n
}

// kind is what item n is.
func (p *pod) kind(n int) avail.ItemKind {
	if n < len(p.kinds) {
		return p.kinds[n]
	}
	return avail.SlateItem
}

// signal identifies item n in manifests; "" is that it is not.
func (p *pod) signal(n int) string {
	if n < len(p.signals) {
		return p.signals[n]
	}
	return ""
}

// marks are the progress events of item n.
func (p *pod) marks(n int) []avail.Progress {
	if n < len(p.progress) {
		return p.progress[n]
	}
	return nil
}

// ends are the first and the last ad of the pod; -1 where it has none.
func (p *pod) ends() (first, last int) {
	first, last = -1, -1
	for n, k := range p.kinds {
		if k != avail.AdItem {
			continue
		}
		if first < 0 {
			first = n
		}
		last = n
	}
	return first, last
}

// all counts the segments of all items, without slate.
func (p *pod) all() (segments, items int) {
	for _, a := range p.items {
		segments += len(p.segments(a))
	}
	return segments, len(p.items)
}

// locate finds the segment with index j: its item, its place in it.
func (p *pod) locate(j int) (item, segment int, ok bool) {
	for n := 0; ; n++ {
		a := p.item(n)
		if a == nil {
			return 0, 0, false
		}
		k := len(p.segments(a))
		if k == 0 {
			return 0, 0, false
		}
		if j < k {
			return n, j, true
		}
		j -= k
	}
}
