package dash

import (
	"errors"
	"fmt"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// periods reads the Periods and places them on the timeline.
func (c *compiler) periods() error {
	base := c.baseOf(c.root, c.o.Base)
	c.clocks(c.root, c.o.Base)
	for _, n := range c.root.Children {
		if n.Name != "Period" || n.Prefix != c.root.Prefix || c.removed(n) {
			continue
		}
		if len(c.t.periods) == mostPeriods {
			return fmt.Errorf("more than %d Periods", mostPeriods)
		}
		p := period{node: n, id: n.Get("id"), Bounds: addressing.Bounds{Origin: c.t.origin, End: -1}}
		if err := c.place(&p); err != nil {
			return fmt.Errorf("in Period %q: %w", markup.Excerpt(p.id), err)
		}
		c.t.periods = append(c.t.periods, p)
	}
	if len(c.t.periods) == 0 {
		return errors.New("there is no Period")
	}
	for i := range c.t.periods {
		p := &c.t.periods[i]
		if err := c.sets(p, base); err != nil {
			return fmt.Errorf("in Period %q: %w", markup.Excerpt(p.id), err)
		}
		if err := c.events(p); err != nil {
			return fmt.Errorf("in Period %q: %w", markup.Excerpt(p.id), err)
		}
	}
	return nil
}

// place finds where a Period begins and where the one before it ends (ISO/IEC
// 23009-1 §5.3.2.1).
func (c *compiler) place(p *period) error {
	var before *period
	if n := len(c.t.periods); n > 0 {
		before = &c.t.periods[n-1]
	}
	length := int64(-1)
	if v, ok := p.node.Attr("duration"); ok {
		ns, err := quantity.ParseDuration(v)
		if err != nil {
			return fmt.Errorf("duration: %w", err)
		}
		length = ns
	}
	v, stated := p.node.Attr("start")
	switch {
	case stated:
		ns, err := quantity.ParseDuration(v)
		if err != nil {
			return fmt.Errorf("start: %w", err)
		}
		p.Start, p.stated = ns, true
	case before != nil && before.early:
		p.early = true
	case before != nil && before.End >= 0:
		p.Start = before.End
	case before == nil && !c.t.dynamic:
	default:
		p.early = true
	}
	if p.early {
		return nil
	}
	if p.Start > quantity.Farthest*quantity.Second {
		return errors.New("starts more than 140 years after the presentation")
	}
	if before != nil && !before.early {
		if p.Start < before.Start {
			return fmt.Errorf("starts before Period %q, which stands before it", markup.Excerpt(before.id))
		}
		before.End = p.Start
	}
	switch {
	case length >= 0:
		p.End = p.Start + length
	case c.t.total >= 0:
		p.End = max(c.t.total*1000, p.Start)
	}
	return nil
}

// sets reads the AdaptationSets of a Period.
func (c *compiler) sets(p *period, base string) error {
	base = c.within(p.node, base)
	reader := addressing.Reader{Bounds: p.Bounds, Dynamic: c.t.dynamic, URL: c.url, Found: c.found}
	above, err := reader.Read(p.node, nil)
	if err != nil {
		return err
	}
	for _, n := range p.node.Children {
		if n.Name != "AdaptationSet" || n.Prefix != p.node.Prefix || c.removed(n) {
			continue
		}
		set := adaptation{node: n, index: len(p.sets)}
		if err := c.set(p, &set, &reader, above, base); err != nil {
			return fmt.Errorf("in AdaptationSet %d: %w", set.index, err)
		}
		p.sets = append(p.sets, set)
	}
	p.refer()
	return nil
}

func (c *compiler) set(p *period, s *adaptation, reader *addressing.Reader, above []*addressing.Address, base string) error {
	base = c.within(s.node, base)
	above, err := reader.Read(s.node, above)
	if err != nil {
		return err
	}
	for _, n := range s.node.Children {
		if n.Name != "Representation" || n.Prefix != s.node.Prefix || c.removed(n) {
			continue
		}
		if c.tracks++; c.tracks > mostTracks {
			return fmt.Errorf("more than %d Representations", mostTracks)
		}
		r := representation{node: n, id: n.Get("id"), early: c.early(c.root, p.node, s.node, n)}
		base := c.within(n, base)
		own, err := reader.Read(n, above)
		if err != nil {
			return fmt.Errorf("in Representation %q: %w", markup.Excerpt(r.id), err)
		}
		// The most specific of the element's kinds that is there serves.
		if len(own) > 0 {
			r.address = own[len(own)-1]
		}
		c.describe(s, &r)
		r.urls = addressing.URLs{Base: base, ID: r.id, Bandwidth: r.track.Bandwidth}
		if r.address.File() {
			c.file(n, s.node, p.node)
		}
		s.reps = append(s.reps, r)
	}
	if len(s.reps) > 0 {
		s.kind = s.reps[0].kind
	}
	return nil
}

// refer chooses the representation that feeds the timeline: the first video, else
// the first audio, that has segments.
func (p *period) refer() {
	for _, kind := range []string{"video", "audio"} {
		for i := range p.sets {
			s := &p.sets[i]
			for k := range s.reps {
				if s.kind == kind && s.reps[k].feeds() {
					p.reference = &s.reps[k]
					return
				}
			}
		}
	}
}

func (r *representation) feeds() bool {
	return r.address.File() || r.address.Lists()
}
