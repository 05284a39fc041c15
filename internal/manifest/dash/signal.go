package dash

import (
	"cmp"
	"slices"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/scte35"
)

const (
	// edge is how far an event may be from the start of a Period and be at it:
	// packagers round the one and cut the other at a frame.
	edge = 500_000
	// same is how far the times of one event may be apart in two Periods.
	same = 100_000
)

// mark is a signal at a time of the stream, in Unix microseconds.
type mark struct {
	at     int64
	signal manifest.Signal
	unread string
}

// opening is an avail that the MPD's events announce.
type opening struct {
	at int64
	// end is never while nothing says where it ends; closed is whether an In
	// stands there.
	end    int64
	closed bool
	signal manifest.Signal
	event  uint32
}

// scan reads the marks and the avails of all Periods. It depends on the MPD alone.
func (t *Template) scan() {
	s := scanner{t: t}
	s.collect()
	if !t.single {
		s.byPeriod()
	}
	s.byTime()
	s.overlays()
	slices.SortStableFunc(s.marks, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(rank(a.signal.Kind), rank(b.signal.Kind)))
	})
	slices.SortStableFunc(s.open, func(a, b opening) int { return cmp.Compare(a.at, b.at) })
	t.marks, t.openings = s.marks, s.open
}

// rank puts what ends before what begins.
func rank(k manifest.SignalKind) int {
	switch k {
	case manifest.In:
		return 0
	case manifest.OverlayEnd:
		return 1
	case manifest.Out, manifest.Cont, manifest.Overlay:
	}
	return 2
}

type scanner struct {
	t     *Template
	cues  []placed
	marks []mark
	open  []opening
}

// placed is a cue and the Period that lists it.
type placed struct {
	*cue
	period int
	used   bool
}

// collect lists the cues in order of time, each once: packagers repeat an event in
// every Period, and at every refresh.
func (s *scanner) collect() {
	for i := range s.t.periods {
		p := &s.t.periods[i]
		if p.early {
			continue
		}
		for k := range p.cues {
			q := &p.cues[k]
			if q.unread != "" {
				s.marks = append(s.marks, mark{at: q.at, unread: q.unread})
				continue
			}
			s.cues = append(s.cues, placed{cue: q, period: i})
		}
	}
	slices.SortStableFunc(s.cues, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	kept := s.cues[:0]
	for _, q := range s.cues {
		repeated := false
		for k := len(kept) - 1; k >= 0 && q.at-kept[k].at <= same && !repeated; k-- {
			repeated = equal(kept[k].cue, q.cue)
		}
		if !repeated {
			kept = append(kept, q)
		}
	}
	s.cues = kept
}

// equal is whether two cues at one time say the same.
func equal(a, b *cue) bool {
	return a.section == b.section || slices.EqualFunc(a.signals, b.signals, func(x, y scte35.Signal) bool {
		return x.Kind == y.Kind && x.EventID == y.EventID && x.Type == y.Type
	}) && slices.Equal(a.cancels, b.cancels)
}

// byPeriod finds the Periods that are avails: those with an ad event at their start,
// or that such an event covers.
func (s *scanner) byPeriod() {
	var last *opening
	for i := range s.t.periods {
		p := &s.t.periods[i]
		if p.early {
			continue
		}
		at, until := s.t.at(p), s.t.until(p)
		q, out := s.opens(i, at, until)
		if last != nil && last.end == at && last.closed && s.goesOn(last, q, out, at, until) {
			// One break in several Periods.
			last.end, last.closed = until, until != never
			p.avail = true
			continue
		}
		if q == nil {
			continue
		}
		p.avail = true
		o := s.avail(q, out, at)
		o.signal.Bounded = true
		o.end, o.closed = until, until != never
		if p.id != "" {
			o.signal.EventID = p.id
		}
		s.open = append(s.open, o)
		last = &s.open[len(s.open)-1]
	}
	for i := range s.open {
		o := &s.open[i]
		s.inside(o)
		if o.signal.Duration == 0 && o.closed {
			o.signal.Duration = o.end - o.at
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
		case q.at > at+edge:
			return nil, nil
		case !s.t.dynamic && length > 0 && until != never && until-at > 2*length+10_000_000:
			// The Period is the programme, with a break at its start.
			continue
		case q.at >= at-edge:
		case q.period == period && (length == 0 || q.at+length > at+edge):
		case length > 0 && until != never && q.at+length >= until-edge:
		default:
			continue
		}
		return q, out
	}
	return nil, nil
}

// goesOn is whether a Period continues the avail of the Period before it: the event
// covers it, or its own event repeats the one before.
func (s *scanner) goesOn(last *opening, q *placed, out *scte35.Signal, at, until int64) bool {
	if q == nil {
		return false
	}
	announced := last.signal.Duration
	if out.EventID == last.event && q.at < at-edge {
		return true // the same event, which began in the Period before
	}
	if out.EventID != last.event && out.EventID != 0 {
		return false
	}
	if announced == 0 {
		return until == never || out.Duration == 0 && q.length == 0
	}
	return at < last.at+announced-edge
}

// avail is what a cue opens at a time.
func (s *scanner) avail(q *placed, out *scte35.Signal, at int64) opening {
	q.used = true
	signal := manifest.SectionSignal(*out, q.section)
	signal.Duration = q.duration(out)
	return opening{at: at, end: never, signal: signal, event: out.EventID}
}

// inside uses the cues within an avail that a Period makes: they open nothing, and
// one that returns ends it.
func (s *scanner) inside(o *opening) {
	for k := range s.cues {
		q := &s.cues[k]
		if q.at < o.at-edge || q.at >= o.end {
			continue
		}
		if q.at > o.at+edge {
			if s.ends(q, o) {
				o.end, o.closed = q.at, true
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
func (s *scanner) ends(q *placed, o *opening) bool {
	if slices.Contains(q.cancels, o.event) {
		return true
	}
	in := q.signal(scte35.In)
	return in != nil && (!in.Type.Within(o.signal.Type) || in.EventID == o.event)
}

// byTime makes avails of the ad events that stand within Periods.
func (s *scanner) byTime() {
	from := len(s.open)
	for k := range s.cues {
		q := &s.cues[k]
		if out := q.signal(scte35.Out); out != nil && !q.used {
			o := s.avail(q, out, q.at)
			if n := o.signal.Duration; n > 0 {
				o.end, o.closed = q.at+n, true
			}
			s.open = append(s.open, o)
		}
	}
	for i := from; i < len(s.open); i++ {
		s.close(i)
	}
	kept := s.open[:from]
	for i := from; i < len(s.open); i++ {
		if o := &s.open[i]; o.end > o.at {
			s.add(o)
			kept = append(kept, *o)
		}
	}
	s.open = kept
	// An end whose beginning is not listed any more.
	for k := range s.cues {
		q := &s.cues[k]
		if in := q.signal(scte35.In); in != nil && !q.used {
			s.marks = append(s.marks, mark{at: q.at, signal: manifest.SectionSignal(*in, q.section)})
		}
	}
}

// close finds the end of the avail i.
func (s *scanner) close(i int) {
	o := &s.open[i]
	for k := range s.cues {
		q := &s.cues[k]
		if slices.Contains(q.cancels, o.event) && q.at <= o.at {
			o.end = o.at // it never was
			return
		}
		if q.at <= o.at || q.at >= o.end {
			continue
		}
		if s.ends(q, o) {
			q.used = true
			o.end, o.closed = q.at, true
			break
		}
	}
	for k := range s.open {
		// The next avail ends this one, unless it lies within.
		n := &s.open[k]
		if n.at > o.at && n.at <= o.end && !n.signal.Type.Within(o.signal.Type) && !(n.event == o.event && n.at < o.end) {
			o.end, o.closed = n.at, false
		}
	}
}

// add marks the beginning and the end of an avail.
func (s *scanner) add(o *opening) {
	s.marks = append(s.marks, mark{at: o.at, signal: o.signal})
	if o.closed {
		in := manifest.Signal{Kind: manifest.In, Elapsed: -1, EventID: o.signal.EventID, Type: o.signal.Type}
		s.marks = append(s.marks, mark{at: o.end, signal: in})
	}
}

// overlays marks overlays; they keep their own times.
func (s *scanner) overlays() {
	for k := range s.cues {
		q := &s.cues[k]
		if over := q.signal(scte35.Overlay); over != nil {
			signal := manifest.SectionSignal(*over, q.section)
			signal.Duration = q.duration(over)
			s.marks = append(s.marks, mark{at: q.at, signal: signal})
		}
		if end := q.signal(scte35.OverlayEnd); end != nil {
			s.marks = append(s.marks, mark{at: q.at, signal: manifest.SectionSignal(*end, q.section)})
		}
	}
}
