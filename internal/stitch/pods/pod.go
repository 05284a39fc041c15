// Package pods is what the avails of a session became: pods between two boundaries of the
// reference, or content. Only Gather does I/O, by what it is given.
package pods

import "stitcher/internal/avail"

// Pod is a decision with its assets at hand: the order of ad segments that an
// avail may list. Slate goes on for ever after the items.
type Pod struct {
	Items []*avail.Asset
	// Kinds say what the items are.
	Kinds []avail.ItemKind
	// Progress are the offsets of the items' progress events.
	Progress [][]avail.Progress
	Slate    *avail.Asset
	// Signals identify the items in manifests; nil where the session has none.
	Signals []string
	// Reference is the name, in the assets, of the reference's rendition.
	Reference string
}

// Item is the nth asset of the pod, nil past its end.
func (p *Pod) Item(n int) *avail.Asset {
	if n < len(p.Items) {
		return p.Items[n]
	}
	return p.Slate
}

// Segments is an asset's rendition of the reference.
func (p *Pod) Segments(a *avail.Asset) []avail.AssetSegment {
	if r := a.Rendition(p.Reference); r != nil {
		return r.Segments
	}
	return nil
}

// listed counts the segments [o, o+l) of the pod for which d + o + l/2 is not
// past limit, and says how long they are and whether more would follow. An item that
// would begin after o.last is none of the pod's. Where limit is the end of the pod's last
// Period, the segment that contains it is listed, too.
func (p *Pod) listed(d, limit int64, o opening) (count int, length int64, more bool) {
	for n := 0; ; n++ {
		a := p.Item(n)
		if a == nil || length > o.last {
			return count, length, false
		}
		segs := p.Segments(a)
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
func (p *Pod) span(count int) int {
	n := 0
	for count > 0 {
		a := p.Item(n)
		if a == nil {
			break
		}
		count -= len(p.Segments(a))
		n++
	}
	return n
}

// Kind is what item n is.
func (p *Pod) Kind(n int) avail.ItemKind {
	if n < len(p.Kinds) {
		return p.Kinds[n]
	}
	return avail.SlateItem
}

// Signal identifies item n in manifests; "" is that it is not.
func (p *Pod) Signal(n int) string {
	if n < len(p.Signals) {
		return p.Signals[n]
	}
	return ""
}

// Marks are the progress events of item n.
func (p *Pod) Marks(n int) []avail.Progress {
	if n < len(p.Progress) {
		return p.Progress[n]
	}
	return nil
}

// Ends are the first and the last ad of the pod; -1 where it has none.
func (p *Pod) Ends() (first, last int) {
	first, last = -1, -1
	for n, k := range p.Kinds {
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
func (p *Pod) all() (segments, items int) {
	for _, a := range p.Items {
		segments += len(p.Segments(a))
	}
	return segments, len(p.Items)
}

// Locate finds the segment with index j: its item, its place in it.
func (p *Pod) Locate(j int) (item, segment int, ok bool) {
	for n := 0; ; n++ {
		a := p.Item(n)
		if a == nil {
			return 0, 0, false
		}
		k := len(p.Segments(a))
		if k == 0 {
			return 0, 0, false
		}
		if j < k {
			return n, j, true
		}
		j -= k
	}
}

// Before is how long the items before one are, in microseconds.
func (p *Pod) Before(item int) (d int64) {
	for n := range item {
		for _, x := range p.Segments(p.Item(n)) {
			d += x.Duration
		}
	}
	return d
}
