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
