package cue

import (
	"slices"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/scte35"
)

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
