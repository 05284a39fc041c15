package listing

import (
	"strings"

	"stitcher/internal/manifest/dash/check/quantity"
	"stitcher/internal/manifest/dash/check/rule"
)

// source is how a Representation's segments are addressed: the elements of one
// kind from the Representation up to the Period, whose attributes are inherited.
type source []*node

func (c source) get(name string) (string, *node) {
	for _, n := range c {
		if s, ok := n.get(name); ok {
			return s, n
		}
	}
	return "", nil
}

func (c source) child(name string) *node {
	for _, n := range c {
		if x := n.child(name); x != nil {
			return x
		}
	}
	return nil
}

// address lists the segments of a Representation.
func (r *reader) address(x *Representation, p *Period, chain []*node, where rule.Place) {
	var c source
	kind := ""
	for _, name := range []string{"SegmentTemplate", "SegmentList", "SegmentBase"} {
		found := source{}
		lowest := 0
		for level := len(chain) - 1; level >= 0; level-- {
			if n := chain[level].child(name); n != nil {
				found = append(found, n)
				lowest = max(lowest, level)
			}
		}
		if len(found) > 0 && (kind == "" || lowest > levelOf(chain, kind)) {
			c, kind = found, name
		}
	}
	number := func(name string, without int64) int64 {
		if _, n := c.get(name); n != nil {
			return r.number(n, name, without, where)
		}
		return without
	}
	if x.Timescale = number("timescale", 1); x.Timescale <= 0 {
		r.found.Add(rule.AttributeMalformed, where, "timescale is %d", x.Timescale)
		x.Timescale = 1
	}
	x.Offset = number("presentationTimeOffset", 0)
	first := number("startNumber", 1)
	x.Initialization, _ = c.get("initialization")
	if n := c.child("Initialization"); n != nil && x.Initialization == "" {
		x.Initialization = n.value("sourceURL")
	}
	switch kind {
	case "SegmentTemplate":
		x.Media, _ = c.get("media")
	case "SegmentList":
		for _, level := range c {
			if len(x.URLs) > 0 {
				break
			}
			for _, n := range level.children {
				if n.name != "SegmentURL" {
					continue
				}
				if media, ok := n.get("media"); ok && n.value("mediaRange") == "" {
					x.URLs = append(x.URLs, media)
				} else {
					x.Single = true
				}
			}
		}
	}
	if x.Single = x.Single || x.Media == "" && len(x.URLs) == 0 && kind != "SegmentList"; x.Single {
		x.URLs = nil
		return
	}
	if line := c.child("SegmentTimeline"); line != nil {
		r.timeline(x, p, line, first, where)
		return
	}
	d := number("duration", 0)
	if d < 0 || d == 0 && len(x.URLs) != 1 && x.Media != "" && strings.Contains(x.Media, "$Number") {
		r.found.Add(rule.AttributeMissing, where, "neither SegmentTimeline nor duration says how long segments are")
		return
	}
	// eptDelta is where the first segment begins before the Period: one that straddles
	// a break.
	delta := number("eptDelta", 0)
	n := int64(Countless)
	if last := number("endNumber", 0); last > 0 {
		n = max(last-first+1, 0)
	} else if r.ended != quantity.Unknown && d > 0 {
		n = max((x.ticks(r.ended-p.Start)-delta+d-1)/d, 0)
	}
	if kind == "SegmentList" {
		n = int64(len(x.URLs))
	} else if d == 0 {
		n = 1 // one file
	}
	x.Nominal = true
	if n > 0 {
		x.Runs = []Run{{Time: x.Offset + delta, Duration: d, Count: min(n, Countless), Number: first}}
	}
}

// levelOf is the lowest level of a chain that has an element.
func levelOf(chain []*node, name string) int {
	for level := len(chain) - 1; level >= 0; level-- {
		if chain[level].child(name) != nil {
			return level
		}
	}
	return -1
}

// ticks is a duration in microseconds as ticks, rounded down.
func (r *Representation) ticks(us int64) int64 {
	us = max(us, 0)
	whole := quantity.Times(us/1_000_000, r.Timescale)
	return quantity.Sum(whole, quantity.Times(us%1_000_000, min(r.Timescale, quantity.Most>>20))/1_000_000)
}

// mostTime is beyond what players that count in floating point can tell apart (U2).
const mostTime = 1 << 53

// timeline lists the segments of a SegmentTimeline, run by run: a run of 2^40
// segments is one.
func (r *reader) timeline(x *Representation, p *Period, line *node, number int64, where rule.Place) {
	at := int64(0)
	for i, n := range line.children {
		if n.name != "S" {
			continue
		}
		where.Line = n.line
		at = r.number(n, "t", at, where)
		number = r.number(n, "n", number, where)
		d := r.number(n, "d", 0, where)
		count := r.number(n, "r", 0, where)
		if d <= 0 || at < 0 || count < -1 {
			r.found.Add(rule.TimelineMalformed, where, "an S has t=%d d=%d r=%d", at, d, count)
			return
		}
		switch {
		case count >= 0:
			count++
		case i+1 < len(line.children) && line.children[i+1].value("t") != "":
			count = max((r.number(line.children[i+1], "t", at, where)-at+d-1)/d, 0)
		case r.ended != quantity.Unknown:
			count = max((x.ticks(r.ended-p.Start)+x.Offset-at+d-1)/d, 0)
		default:
			count = Countless
		}
		run := Run{Time: at, Duration: d, Count: min(count, Countless), Number: number}
		if end := run.End(); end >= mostTime && run.Count < Countless {
			r.found.Add(rule.TimeTooLarge, where, "media times reach %d, and players count to 2^53", end)
		}
		at, number = run.End(), quantity.Sum(number, run.Count)
		if run.Count == 0 {
			continue
		}
		if k := len(x.Runs) - 1; k >= 0 {
			last := &x.Runs[k]
			if last.Duration == d && last.End() == run.Time && last.Number+last.Count == run.Number {
				last.Count = min(last.Count+run.Count, Countless)
				continue
			}
		}
		x.Runs = append(x.Runs, run)
	}
}
