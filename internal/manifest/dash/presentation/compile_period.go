package presentation

import (
	"errors"
	"fmt"

	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
	"stitcher/internal/manifest/dash/track"
)

// periods reads the Periods and places them on the timeline.
func (c *compiler) periods() error {
	base := c.baseOf(c.root, c.o.Base)
	c.clocks(c.root, c.o.Base)
	for _, n := range c.root.Children {
		if n.Name != "Period" || n.Prefix != c.root.Prefix || c.removed(n) {
			continue
		}
		if len(c.t.Periods) == mostPeriods {
			return fmt.Errorf("more than %d Periods", mostPeriods)
		}
		p := Period{Node: n, ID: n.Get("id"), Bounds: addressing.Bounds{Origin: c.t.Origin, End: -1}}
		if err := c.place(&p); err != nil {
			return fmt.Errorf("in Period %q: %w", markup.Excerpt(p.ID), err)
		}
		c.t.Periods = append(c.t.Periods, p)
	}
	if len(c.t.Periods) == 0 {
		return errors.New("there is no Period")
	}
	for i := range c.t.Periods {
		p := &c.t.Periods[i]
		if err := c.sets(p, base); err != nil {
			return fmt.Errorf("in Period %q: %w", markup.Excerpt(p.ID), err)
		}
		if err := c.events(p); err != nil {
			return fmt.Errorf("in Period %q: %w", markup.Excerpt(p.ID), err)
		}
	}
	return nil
}

// place finds where a Period begins and where the one before it ends (ISO/IEC
// 23009-1 §5.3.2.1).
func (c *compiler) place(p *Period) error {
	var before *Period
	if n := len(c.t.Periods); n > 0 {
		before = &c.t.Periods[n-1]
	}
	length := int64(-1)
	if v, ok := p.Node.Attr("duration"); ok {
		ns, err := quantity.ParseDuration(v)
		if err != nil {
			return fmt.Errorf("duration: %w", err)
		}
		length = ns
	}
	v, stated := p.Node.Attr("start")
	switch {
	case stated:
		ns, err := quantity.ParseDuration(v)
		if err != nil {
			return fmt.Errorf("start: %w", err)
		}
		p.Start, p.Stated = ns, true
	case before != nil && before.Early:
		p.Early = true
	case before != nil && before.End >= 0:
		p.Start = before.End
	case before == nil && !c.t.dynamic:
	default:
		p.Early = true
	}
	if p.Early {
		return nil
	}
	if p.Start > quantity.Farthest*quantity.Second {
		return errors.New("starts more than 140 years after the presentation")
	}
	if before != nil && !before.Early {
		if p.Start < before.Start {
			return fmt.Errorf("starts before Period %q, which stands before it", markup.Excerpt(before.ID))
		}
		before.End = p.Start
	}
	switch {
	case length >= 0:
		p.End = p.Start + length
	case c.t.Total >= 0:
		p.End = max(c.t.Total*1000, p.Start)
	}
	return nil
}

// sets reads the AdaptationSets of a Period.
func (c *compiler) sets(p *Period, base string) error {
	base = c.within(p.Node, base)
	reader := addressing.Reader{Bounds: p.Bounds, Dynamic: c.t.dynamic, URL: c.url, Found: c.found}
	above, err := reader.Read(p.Node, nil)
	if err != nil {
		return err
	}
	for _, n := range p.Node.Children {
		if n.Name != "AdaptationSet" || n.Prefix != p.Node.Prefix || c.removed(n) {
			continue
		}
		set := Set{Node: n, Index: len(p.Sets)}
		if err := c.set(p, &set, &reader, above, base); err != nil {
			return fmt.Errorf("in AdaptationSet %d: %w", set.Index, err)
		}
		p.Sets = append(p.Sets, set)
	}
	p.refer()
	return nil
}

func (c *compiler) set(p *Period, s *Set, reader *addressing.Reader, above []*addressing.Address, base string) error {
	base = c.within(s.Node, base)
	above, err := reader.Read(s.Node, above)
	if err != nil {
		return err
	}
	for _, n := range s.Node.Children {
		if n.Name != "Representation" || n.Prefix != s.Node.Prefix || c.removed(n) {
			continue
		}
		if c.tracks++; c.tracks > mostTracks {
			return fmt.Errorf("more than %d Representations", mostTracks)
		}
		r := Representation{Node: n, Early: c.early(c.root, p.Node, s.Node, n)}
		base := c.within(n, base)
		own, err := reader.Read(n, above)
		if err != nil {
			return fmt.Errorf("in Representation %q: %w", markup.Excerpt(n.Get("id")), err)
		}
		// The most specific of the element's kinds that is there serves.
		if len(own) > 0 {
			r.Address = own[len(own)-1]
		}
		r.Track = track.Of(s.Node, n)
		r.Track.Set, r.Track.Timescale = s.Index, r.Address.Scale()
		r.URLs = addressing.URLs{Base: base, ID: r.Track.ID, Bandwidth: r.Track.Bandwidth}
		if r.Address.File() {
			c.file(n, s.Node, p.Node)
		}
		s.Reps = append(s.Reps, r)
	}
	if len(s.Reps) > 0 {
		s.Kind = s.Reps[0].Track.Kind
	}
	return nil
}

// refer chooses the representation that feeds the timeline: the first video, else
// the first audio, that has segments.
func (p *Period) refer() {
	for _, kind := range []string{"video", "audio"} {
		for i := range p.Sets {
			s := &p.Sets[i]
			for k := range s.Reps {
				if s.Kind == kind && s.Reps[k].feeds() {
					p.Reference = &s.Reps[k]
					return
				}
			}
		}
	}
}

func (r *Representation) feeds() bool {
	return r.Address.File() || r.Address.Lists()
}
