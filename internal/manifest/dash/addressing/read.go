package addressing

import (
	"fmt"
	"strconv"
	"strings"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// Reader reads the addresses of a Period.
type Reader struct {
	Bounds
	// Dynamic is whether MPD@type is dynamic.
	Dynamic bool
	// URL is an attribute that is a URL, as the output has it, and whether it is there;
	// template is whether it has identifiers between "$".
	URL func(n *markup.Node, name string, template bool) (text string, ok bool)
	// Found has the addresses by their elements; Read adds to it.
	Found map[*markup.Node]*Address
}

// Read reads the SegmentTemplate, SegmentList and SegmentBase of an element:
// those above it where it has none of its own, which otherwise inherit from those of
// the same name (ISO/IEC 23009-1 §5.3.9.1). The last is the one in effect.
func (d *Reader) Read(n *markup.Node, above []*Address) ([]*Address, error) {
	out := above
	for _, kind := range []Kind{Single, List, Template} {
		own := n.Child(kind.Element())
		if own == nil {
			continue
		}
		a := &Address{kind: kind, scale: 1, number: 1}
		for _, inherited := range above {
			if inherited.kind == kind {
				*a = *inherited
			}
		}
		a.node, a.bounds = own, d.Bounds
		d.Found[own] = a
		if err := d.address(a); err != nil {
			return nil, fmt.Errorf("%s: %w", kind.Element(), err)
		}
		next := make([]*Address, 0, len(out)+1)
		for _, x := range out {
			if x.kind != kind {
				next = append(next, x)
			}
		}
		out = append(next, a)
	}
	return out, nil
}

// address reads an element's own attributes and children over what it inherits.
func (d *Reader) address(a *Address) error {
	n := a.node
	for _, f := range []struct {
		name string
		to   *int64
	}{
		{"timescale", &a.scale}, {"presentationTimeOffset", &a.offset}, {"startNumber", &a.number},
		{"duration", &a.length}, {"endNumber", &a.last},
	} {
		v, ok := n.Attr(f.name)
		if !ok {
			continue
		}
		x, err := quantity.ParseTicks(v)
		if err != nil {
			return fmt.Errorf("%s %q: %w", f.name, markup.Excerpt(v), err)
		}
		*f.to = x
	}
	if a.scale <= 0 || a.scale > quantity.MaxScale {
		return fmt.Errorf("timescale %d", a.scale)
	}
	if v, ok := n.Attr("eptDelta"); ok {
		x, err := strconv.ParseInt(strings.TrimSpace(v), 10, 54)
		if err != nil {
			return fmt.Errorf("eptDelta %q: not an integer below 2^53", markup.Excerpt(v))
		}
		a.delta = x
	}
	if n.Find("availabilityTimeOffset") != nil {
		a.early = TimeOffset(n)
	}
	if a.offset/a.scale > quantity.Farthest {
		return fmt.Errorf("presentationTimeOffset %d: more than 140 years", a.offset)
	}
	d.files(a)
	line := n.Child("SegmentTimeline")
	a.inner = markup.Span{}
	if line != nil {
		a.timeline = true
		if err := d.timeline(a, line); err != nil {
			return fmt.Errorf("in SegmentTimeline: %w", err)
		}
	}
	if line == nil && !a.timeline {
		d.uniform(a)
	}
	if a.kind == List && line != nil {
		a.clip(int64(len(a.urls)))
	}
	return a.bounded()
}

// TimeOffset is an element's availabilityTimeOffset in microseconds. What is no number (INF
// is for what is complete anyhow) changes nothing.
func TimeOffset(n *markup.Node) int64 {
	ns, err := quantity.ParseDuration("PT" + strings.TrimSpace(n.Get("availabilityTimeOffset")) + "S")
	if err != nil {
		return 0
	}
	return ns / 1000
}

// bounded is an error where segments are farther away than can be computed with.
func (a *Address) bounded() error {
	for i := range a.runs {
		r := &a.runs[i]
		if r.t < 0 && r.t < a.offset-quantity.MaxTicks || r.d/a.scale > quantity.Farthest || r.t/a.scale > quantity.Farthest {
			return fmt.Errorf("segments at %d of %d ticks are more than 140 years away", r.t, r.d)
		}
		if r.n != countless && (r.end() > quantity.MaxTicks || r.end()/a.scale > quantity.Farthest) {
			return fmt.Errorf("%d segments of %d ticks at %d end more than 140 years away", r.n, r.d, r.t)
		}
	}
	return nil
}

// files reads the URLs of an address.
func (d *Reader) files(a *Address) {
	n := a.node
	if v, ok := d.URL(n, "media", a.kind == Template); ok {
		a.media = v
	}
	if v, ok := d.URL(n, "initialization", a.kind == Template); ok {
		a.init = v
	}
	d.URL(n, "index", a.kind == Template)
	if x := n.Child("Initialization"); x != nil {
		v, _ := d.URL(x, "sourceURL", false)
		a.initRange = parseRange(x.Get("range"))
		a.initRange.URI = v
		if a.kind == Single && v == "" {
			a.initRange.URI = "."
		}
	}
	for _, name := range []string{"RepresentationIndex", "BitstreamSwitching"} {
		if x := n.Child(name); x != nil {
			d.URL(x, "sourceURL", false)
		}
	}
	if a.kind != List {
		return
	}
	var urls []segmentURL
	for _, x := range n.Children {
		if x.Name != "SegmentURL" {
			continue
		}
		u := segmentURL{Span: markup.Span{From: x.Span.From, To: x.Span.To}}
		u.media, _ = d.URL(x, "media", false)
		d.URL(x, "index", false)
		u.at = parseRange(x.Get("mediaRange"))
		urls = append(urls, u)
	}
	a.urlSpan = markup.Span{}
	if len(urls) > 0 {
		a.urls, a.urlSpan = urls, markup.Span{From: urls[0].From, To: urls[len(urls)-1].To}
	}
}
