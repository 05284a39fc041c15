package dash

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// addresses reads the SegmentTemplate, SegmentList and SegmentBase of an element:
// those above it where it has none of its own, which otherwise inherit from those of
// the same name (ISO/IEC 23009-1 §5.3.9.1). The last is the one in effect.
func (c *compiler) addresses(p *period, n *markup.Node, above []*address) ([]*address, error) {
	out := above
	for _, kind := range []addressing{single, list, template} {
		own := n.Child(elements[kind])
		if own == nil {
			continue
		}
		a := &address{kind: kind, scale: 1, number: 1}
		for _, inherited := range above {
			if inherited.kind == kind {
				*a = *inherited
			}
		}
		a.node = own
		c.own[p.node] = append(c.own[p.node], a)
		if err := c.address(p, a); err != nil {
			return nil, fmt.Errorf("%s: %w", elements[kind], err)
		}
		next := make([]*address, 0, len(out)+1)
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
func (c *compiler) address(p *period, a *address) error {
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
			return fmt.Errorf("%s %q: %w", f.name, cut(v), err)
		}
		*f.to = x
	}
	if a.scale <= 0 || a.scale > quantity.MaxScale {
		return fmt.Errorf("timescale %d", a.scale)
	}
	if v, ok := n.Attr("eptDelta"); ok {
		x, err := strconv.ParseInt(strings.TrimSpace(v), 10, 54)
		if err != nil {
			return fmt.Errorf("eptDelta %q: not an integer below 2^53", cut(v))
		}
		a.delta = x
	}
	if n.Find("availabilityTimeOffset") != nil {
		a.early = timeOffset(n)
	}
	if a.offset/a.scale > quantity.Farthest {
		return fmt.Errorf("presentationTimeOffset %d: more than 140 years", a.offset)
	}
	c.files(a)
	line := n.Child("SegmentTimeline")
	a.inner = span{}
	if line != nil {
		a.timeline = true
		if err := c.timeline(p, a, line); err != nil {
			return fmt.Errorf("in SegmentTimeline: %w", err)
		}
	}
	if line == nil && !a.timeline {
		c.uniform(p, a)
	}
	if a.kind == list && line != nil {
		a.clip(int64(len(a.urls)))
	}
	return a.bounded()
}

// timeOffset is an element's availabilityTimeOffset in microseconds. What is no number (INF
// is for what is complete anyhow) changes nothing.
func timeOffset(n *markup.Node) int64 {
	ns, err := quantity.ParseDuration("PT" + strings.TrimSpace(n.Get("availabilityTimeOffset")) + "S")
	if err != nil {
		return 0
	}
	return ns / 1000
}

// bounded is an error where segments are farther away than can be computed with.
func (a *address) bounded() error {
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

// uniform makes the segments of @duration.
func (c *compiler) uniform(p *period, a *address) {
	a.runs, a.open = nil, false
	if a.length <= 0 || a.kind == single {
		if a.kind == list && len(a.urls) > 0 || a.kind == template && a.media != "" {
			// One segment that is the whole Period.
			if n := c.length(p, a); n > 0 {
				a.runs = []run{{t: a.offset, d: n, n: 1}}
			}
		}
		return
	}
	r := run{t: a.offset + a.delta, d: a.length, n: countless}
	switch {
	case a.kind == list:
		r.n = int64(len(a.urls))
	case a.last > 0:
		r.n = max(a.last-a.number+1, 0)
	case p.end >= 0 && !c.t.dynamic:
		r.n = (c.length(p, a) - a.delta + r.d - 1) / r.d
	default:
		a.open = true
	}
	if r.n > 0 {
		a.runs = []run{r}
	}
}

// length is how long the Period is in ticks; 0 where it is open.
func (c *compiler) length(p *period, a *address) int64 {
	if p.end < 0 {
		return 0
	}
	return quantity.Ticks(floorMicros(p.end-p.start), 0, a.scale)
}

// clip keeps the first n segments.
func (a *address) clip(n int64) {
	for i := range a.runs {
		r := &a.runs[i]
		if r.index+r.n < n {
			continue
		}
		if r.n = n - r.index; r.n <= 0 {
			a.runs = a.runs[:i]
		} else {
			a.runs = a.runs[:i+1]
		}
		a.open = false
		return
	}
}

// timeline reads a SegmentTimeline.
func (c *compiler) timeline(p *period, a *address, n *markup.Node) error {
	a.runs, a.open = make([]run, 0, len(n.Children)), false
	inner := n.Inner()
	a.inner = span{inner.From, inner.To}
	var at, index int64
	for i, s := range n.Children {
		if s.Name != "S" {
			continue
		}
		r, repeat, err := c.entry(s, at)
		if err != nil {
			return fmt.Errorf("in S %d: %w", i, err)
		}
		if r.d == 0 {
			continue // it lists nothing
		}
		r.index = index
		if last := len(a.runs) - 1; last >= 0 && a.runs[last].n == countless {
			before := &a.runs[last]
			if before.n = (r.t - before.t + before.d - 1) / before.d; before.n <= 0 {
				return fmt.Errorf("begin of S %d is before the one that repeats until it", i)
			}
			r.index = before.index + before.n
		} else if last >= 0 && r.t < a.runs[last].t {
			return fmt.Errorf("t of S %d, %d, is before the one before it", i, r.t)
		}
		r.n = repeat + 1
		if repeat < 0 {
			r.n = countless
		}
		a.runs = append(a.runs, r)
		if r.n != countless {
			if at = r.end(); at > quantity.MaxTicks {
				return fmt.Errorf("end of S %d exceeds 2^60", i)
			}
		}
		index = r.index + r.n
	}
	last := len(a.runs) - 1
	if last < 0 || a.runs[last].n != countless {
		return nil
	}
	r := &a.runs[last]
	if p.end < 0 || c.t.dynamic {
		a.open = true
		return nil
	}
	r.n = (a.offset + c.length(p, a) - r.t + r.d - 1) / r.d
	if r.n <= 0 {
		a.runs = a.runs[:last]
	}
	return nil
}

// entry reads an S whose default time is at.
func (c *compiler) entry(s *markup.Node, at int64) (r run, repeat int64, err error) {
	r = run{t: at, span: span{s.Span.From, s.Span.To}, name: s.NameEnd()}
	for i := range s.Attrs {
		a := &s.Attrs[i]
		where := span{a.Value.From, a.Value.To}
		raw := string(s.Source(a.Value))
		switch a.Name {
		case "t":
			r.t, err = quantity.ParseTicks(raw)
			r.at = where
		case "d":
			r.d, err = quantity.ParseTicks(raw)
		case "r":
			repeat, err = parseRepeat(raw)
			r.repeat = where
		case "n":
			r.number, err = quantity.ParseTicks(raw)
			r.numbered = where
		}
		if err != nil {
			return run{}, 0, fmt.Errorf("%s %q: %w", a.Name, cut(raw), err)
		}
	}
	return r, repeat, nil
}

func parseRepeat(s string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	switch {
	case err != nil:
		return 0, errors.New("not an integer")
	case n < -1:
		return 0, errors.New("negative, and not -1")
	case n >= countless-1:
		return 0, errors.New("too large")
	}
	return n, nil
}
