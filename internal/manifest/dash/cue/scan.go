package cue

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

// Never is later than any time.
const Never = 1 << 62

// Period is a Period of the MPD with its events.
type Period struct {
	ID string
	// From and Until are Unix microseconds of the stream; Until is Never where the
	// Period is open.
	From, Until int64
	Cues        []Cue
}

// Mark is a signal at a time of the stream.
type Mark struct {
	// At is in Unix microseconds.
	At     int64
	Signal manifest.Signal
	// Unread, if it is set, is an event that could not be understood; there is no
	// Signal then.
	Unread string
}

// Avail is what the events say of one.
type Avail struct {
	// At and End are Unix microseconds of the stream; End is Never while nothing says
	// where it is.
	At, End int64
	// Signal opens it.
	Signal manifest.Signal
	// closed is whether an In stands at End.
	closed bool
	event  uint32
}

// Options say how events are understood.
type Options struct {
	// SinglePeriod makes each event an avail at its own time, even where it stands at
	// the start of a Period.
	SinglePeriod bool
	// Dynamic is whether the MPD is.
	Dynamic bool
}

// Scanned is what the events of an MPD say.
type Scanned struct {
	// Marks and Avails are in order of time.
	Marks  []Mark
	Avails []Avail
	// Periods are the indexes of those that are avails.
	Periods []int
}

// Scan reads the events of all Periods, which are in order.
func Scan(periods []Period, o Options) Scanned {
	s := scanner{o: o, periods: periods}
	s.collect()
	if !o.SinglePeriod {
		s.byPeriod()
	}
	s.byTime()
	s.overlays()
	slices.SortStableFunc(s.marks, func(a, b Mark) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(rank(a.Signal.Kind), rank(b.Signal.Kind)))
	})
	slices.SortStableFunc(s.open, func(a, b Avail) int { return cmp.Compare(a.At, b.At) })
	return Scanned{Marks: s.marks, Avails: s.open, Periods: s.avails}
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
	o       Options
	periods []Period
	cues    []placed
	marks   []Mark
	open    []Avail
	avails  []int
}

// placed is a cue and the Period that lists it.
type placed struct {
	*Cue
	period int
	used   bool
}

// collect lists the cues in order of time, each once: packagers repeat an event in
// every Period, and at every refresh.
func (s *scanner) collect() {
	for i := range s.periods {
		p := &s.periods[i]
		for k := range p.Cues {
			q := &p.Cues[k]
			if q.unread != "" {
				s.marks = append(s.marks, Mark{At: q.At, Unread: q.unread})
				continue
			}
			s.cues = append(s.cues, placed{Cue: q, period: i})
		}
	}
	slices.SortStableFunc(s.cues, func(a, b placed) int { return cmp.Compare(a.At, b.At) })
	kept := s.cues[:0]
	for _, q := range s.cues {
		repeated := false
		for k := len(kept) - 1; k >= 0 && q.At-kept[k].At <= same && !repeated; k-- {
			repeated = equal(kept[k].Cue, q.Cue)
		}
		if !repeated {
			kept = append(kept, q)
		}
	}
	s.cues = kept
}

// equal is whether two cues at one time say the same.
func equal(a, b *Cue) bool {
	return a.section == b.section || slices.EqualFunc(a.signals, b.signals, func(x, y scte35.Signal) bool {
		return x.Kind == y.Kind && x.EventID == y.EventID && x.Type == y.Type
	}) && slices.Equal(a.cancels, b.cancels)
}

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
			last.End, last.closed = until, until != Never
			s.avails = append(s.avails, i)
			continue
		}
		if q == nil {
			continue
		}
		s.avails = append(s.avails, i)
		o := s.avail(q, out, at)
		o.Signal.Bounded = true
		o.End, o.closed = until, until != Never
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
		case !s.o.Dynamic && length > 0 && until != Never && until-at > 2*length+10_000_000:
			// The Period is the programme, with a break at its start.
			continue
		case q.At >= at-edge:
		case q.period == period && (length == 0 || q.At+length > at+edge):
		case length > 0 && until != Never && q.At+length >= until-edge:
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
		return until == Never || out.Duration == 0 && q.Length == 0
	}
	return at < last.At+announced-edge
}

// avail is what a cue opens at a time.
func (s *scanner) avail(q *placed, out *scte35.Signal, at int64) Avail {
	q.used = true
	signal := manifest.SectionSignal(*out, q.section)
	signal.Duration = q.duration(out)
	return Avail{At: at, End: Never, Signal: signal, event: out.EventID}
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

// byTime makes avails of the ad events that stand within Periods.
func (s *scanner) byTime() {
	from := len(s.open)
	for k := range s.cues {
		q := &s.cues[k]
		if out := q.signal(scte35.Out); out != nil && !q.used {
			o := s.avail(q, out, q.At)
			if n := o.Signal.Duration; n > 0 {
				o.End, o.closed = q.At+n, true
			}
			s.open = append(s.open, o)
		}
	}
	for i := from; i < len(s.open); i++ {
		s.close(i)
	}
	kept := s.open[:from]
	for i := from; i < len(s.open); i++ {
		if o := &s.open[i]; o.End > o.At {
			s.add(o)
			kept = append(kept, *o)
		}
	}
	s.open = kept
	// An end whose beginning is not listed any more.
	for k := range s.cues {
		q := &s.cues[k]
		if in := q.signal(scte35.In); in != nil && !q.used {
			s.marks = append(s.marks, Mark{At: q.At, Signal: manifest.SectionSignal(*in, q.section)})
		}
	}
}

// close finds the end of the avail i.
func (s *scanner) close(i int) {
	o := &s.open[i]
	for k := range s.cues {
		q := &s.cues[k]
		if slices.Contains(q.cancels, o.event) && q.At <= o.At {
			o.End = o.At // it never was
			return
		}
		if q.At <= o.At || q.At >= o.End {
			continue
		}
		if s.ends(q, o) {
			q.used = true
			o.End, o.closed = q.At, true
			break
		}
	}
	for k := range s.open {
		// The next avail ends this one, unless it lies within.
		n := &s.open[k]
		if n.At > o.At && n.At <= o.End && !n.Signal.Type.Within(o.Signal.Type) && !(n.event == o.event && n.At < o.End) {
			o.End, o.closed = n.At, false
		}
	}
}

// add marks the beginning and the end of an avail.
func (s *scanner) add(o *Avail) {
	s.marks = append(s.marks, Mark{At: o.At, Signal: o.Signal})
	if o.closed {
		in := manifest.Signal{Kind: manifest.In, Elapsed: -1, EventID: o.Signal.EventID, Type: o.Signal.Type}
		s.marks = append(s.marks, Mark{At: o.End, Signal: in})
	}
}

// overlays marks overlays; they keep their own times.
func (s *scanner) overlays() {
	for k := range s.cues {
		q := &s.cues[k]
		if over := q.signal(scte35.Overlay); over != nil {
			signal := manifest.SectionSignal(*over, q.section)
			signal.Duration = q.duration(over)
			s.marks = append(s.marks, Mark{At: q.At, Signal: signal})
		}
		if end := q.signal(scte35.OverlayEnd); end != nil {
			s.marks = append(s.marks, Mark{At: q.At, Signal: manifest.SectionSignal(*end, q.section)})
		}
	}
}
