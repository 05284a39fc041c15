package cue

import (
	"slices"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash/quantity"
	"stitcher/internal/manifest/scte35"
)

// byPeriod finds the Periods that are avails: those with an ad event at their start,
// or that such an event covers.
func (s *scanner) byPeriod() {
	var last *Avail
	for i := range s.periods {
		p := &s.periods[i]
		at, until := p.From, p.Until
		q, out := s.opens(i, at, until)
		if last != nil && last.End == at && last.closed && s.goesOn(last, q, out, at, until) {
			// One break in several Periods.
			last.End, last.closed = until, until != quantity.Never
			s.avails = append(s.avails, i)
			continue
		}
		if q == nil {
			continue
		}
		s.avails = append(s.avails, i)
		o := s.avail(q, out, at)
		o.Signal.Bounded = true
		o.End, o.closed = until, until != quantity.Never
		if p.ID != "" {
			o.Signal.EventID = p.ID
		}
		s.open = append(s.open, o)
		last = &s.open[len(s.open)-1]
	}
	for i := range s.open {
		o := &s.open[i]
		s.inside(o)
		if o.Signal.Duration == 0 && o.closed {
			o.Signal.Duration = o.End - o.At
		}
		s.add(o)
	}
}

// opens is the cue that makes a Period an avail.
func (s *scanner) opens(period int, at, until int64) (*placed, *scte35.Signal) {
	for k := range s.cues {
		q := &s.cues[k]
		out := q.signal(scte35.Out)
		if out == nil {
			continue
		}
		length := q.duration(out)
		switch {
		case q.At > at+edge:
			return nil, nil
		case !s.o.Dynamic && length > 0 && until != quantity.Never && until-at > 2*length+10_000_000:
			// The Period is the programme, with a break at its start.
			continue
		case q.At >= at-edge:
		case q.period == period && (length == 0 || q.At+length > at+edge):
		case length > 0 && until != quantity.Never && q.At+length >= until-edge:
		default:
			continue
		}
		return q, out
	}
	return nil, nil
}

// goesOn is whether a Period continues the avail of the Period before it: the event
// covers it, or its own event repeats the one before.
func (s *scanner) goesOn(last *Avail, q *placed, out *scte35.Signal, at, until int64) bool {
	if q == nil {
		return false
	}
	announced := last.Signal.Duration
	if out.EventID == last.event && q.At < at-edge {
		return true // the same event, which began in the Period before
	}
	if out.EventID != last.event && out.EventID != 0 {
		return false
	}
	if announced == 0 {
		return until == quantity.Never || out.Duration == 0 && q.Length == 0
	}
	return at < last.At+announced-edge
}

// avail is what a cue opens at a time.
func (s *scanner) avail(q *placed, out *scte35.Signal, at int64) Avail {
	q.used = true
	signal := manifest.SectionSignal(*out, q.section)
	signal.Duration = q.duration(out)
	return Avail{At: at, End: quantity.Never, Signal: signal, event: out.EventID}
}

// inside uses the cues within an avail that a Period makes: they open nothing, and
// one that returns ends it.
func (s *scanner) inside(o *Avail) {
	for k := range s.cues {
		q := &s.cues[k]
		if q.At < o.At-edge || q.At >= o.End {
			continue
		}
		if q.At > o.At+edge {
			if s.ends(q, o) {
				o.End, o.closed = q.At, true
			} else if q.signal(scte35.In) != nil && q.signal(scte35.Out) == nil {
				continue // the end of an ad in the break: the reader of the marks knows
			}
		}
		if q.signal(scte35.Overlay) == nil && q.signal(scte35.OverlayEnd) == nil {
			q.used = true
		}
	}
}

// ends is whether a cue ends an avail.
func (s *scanner) ends(q *placed, o *Avail) bool {
	if slices.Contains(q.cancels, o.event) {
		return true
	}
	in := q.signal(scte35.In)
	return in != nil && (!in.Type.Within(o.Signal.Type) || in.EventID == o.event)
}
