package markers

import (
	"cmp"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/manifest/scte35"
	"stitcher/internal/origin"
)

// Slack is the difference of durations and boundaries that are taken to be the same,
// because encoders round to frames.
const Slack = 30_000

// Known is what the ledger has of a stream before a view is read.
type Known struct {
	// Spans are the avails of the view's epoch, in order.
	Spans []*origin.Span
	// Scanned is the last number whose markers were read before; -1 before the first.
	Scanned int64
	// Grown is when this node first saw the timeline's newest segment; zero where it has
	// not seen it come.
	Grown time.Time
	// Overlay is the newest overlay; nil without one.
	Overlay *avail.Avail
	// Maximum is how long an avail without announced duration may last, in microseconds.
	Maximum int64
}

// Read reads the markers of a view of the timeline and returns what they add to the
// ledger. Only segments that were not seen before count. A marker that appears on a segment
// that was seen is late, because viewers were already shown the segment as content.
func Read(k Known, v *origin.View, now time.Time) []avail.Fact {
	sc := scanner{known: k, v: v, now: now, spans: k.Spans, scanned: k.Scanned}
	if v.Ended && sc.scanned < 0 && len(sc.spans) == 0 {
		sc.asset()
	} else if len(sc.spans) == 0 || !sc.spans[0].Static {
		sc.live()
	}
	return sc.facts
}

// live reads the markers of a stream that goes on, or has just ended.
func (sc *scanner) live() {
	sc.unseen()
	for i := range sc.v.Segments {
		sc.segment(i)
	}
	if sc.v.Ended && sc.open() != nil {
		sc.end(sc.v.Next(), origin.EndStream)
	}
}

// scanner proposes what a view adds to the ledger.
type scanner struct {
	known Known
	v     *origin.View
	now   time.Time
	// scanned is the last number whose markers were read before; -1 before the first.
	scanned int64
	spans   []*origin.Span // the ledger's and what is new; elements are replaced, never edited
	facts   []avail.Fact
	// pending is why the open avail ends at the first segment that was not seen
	// before; "" where it does not.
	pending origin.EndCause
	// overlays are those that the view adds.
	overlays []avail.Avail
}

// open is the last avail if its end is not known, as a copy that may change.
func (sc *scanner) open() *origin.Span {
	if n := len(sc.spans); n > 0 && sc.spans[n-1].End == origin.Open {
		return sc.spans[n-1]
	}
	return nil
}

// unseen handles segments of an open avail that left the window before any node saw them.
// The avail ends at the head, unless the head's markers say that it continues, or the head
// lies before its announced end.
func (sc *scanner) unseen() {
	open := sc.open()
	head := sc.v.Head()
	if n := len(sc.spans) - 1; n >= 0 && open == nil && sc.spans[n].After == origin.Unknown && sc.spans[n].End < head {
		// The segment at which content went on went by unseen too.
		sc.resume(n, sc.v.NumberBefore(0))
	}
	if open == nil || head <= open.Sequence {
		return
	}
	if _, ok := open.Time(head); ok {
		return
	}
	at := sc.v.Start()
	goesOn := open.Duration > 0 && at-open.Start < open.Duration-Slack
	for _, sig := range sc.v.Segments[0].Signals {
		goesOn = goesOn || sig.Kind == manifest.Cont
	}
	sc.bound(origin.Bound{Sequence: head, Time: at, Before: sc.v.NumberBefore(0)})
	if !goesOn {
		sc.end(head, origin.EndUnseen)
	}
}

// segment reads segment i.
func (sc *scanner) segment(i int) {
	seg := &sc.v.Segments[i]
	q := sc.v.Position(i)
	fresh := q > sc.scanned
	if fresh {
		if o := sc.open(); o != nil && q > o.Sequence && (sc.leaps(i) || sc.pending != "") {
			sc.end(q, cmp.Or(sc.pending, origin.EndLeap))
		}
		sc.pending = ""
	}
	for k := range seg.Signals {
		sig := &seg.Signals[k]
		switch sig.Kind {
		case manifest.In:
			if o := sc.open(); fresh && o != nil && q > o.Sequence && ends(sig, o) {
				sc.end(q, origin.EndSignal)
			} else if !fresh && sc.v.Timed && o != nil && q > o.Sequence && ends(sig, o) {
				// Its end was announced when what follows had been published already.
				sc.pending = origin.EndSignal
			}
		case manifest.Overlay:
			if fresh {
				sc.overlay(i, q, sig)
			}
		case manifest.Out:
			sc.out(i, q, sig, fresh, k)
		case manifest.Cont:
			if i == 0 && fresh && len(sc.spans) == 0 && sc.scanned < 0 && SignalOut(seg) == nil {
				sc.joined(q, sig)
			}
		}
	}
	sc.grow(i, q)
	sc.after(i, q)
}

// ends says whether an In closes the open avail: the end of an ad in a break
// does not end the break (field failure B-33).
func ends(sig *manifest.Signal, open *origin.Span) bool {
	inner := sig.Type.Within(scte35.Type(open.Type))
	return !inner || sig.EventID != "" && sig.EventID == open.EventID
}

// after notes the discontinuity number with which content goes on at the end
// of an avail.
func (sc *scanner) after(i int, q int64) {
	for n := len(sc.spans) - 1; n >= 0 && n >= len(sc.spans)-2; n-- {
		if sp := sc.spans[n]; sp.End == q && sp.After == origin.Unknown {
			sc.resume(n, sc.v.Segments[i].Number)
		}
	}
}

// resume notes the discontinuity number with which content goes on after span
// n.
func (sc *scanner) resume(n int, number int64) {
	sc.change(n).After = number
	sc.propose("after/"+sc.spans[n].String(), number)
}

// out reads a marker that opens an avail at q, or repeats one.
func (sc *scanner) out(i int, q int64, sig *manifest.Signal, fresh bool, k int) {
	if closed(sc.v.Segments[i].Signals[k+1:]) {
		return // opened and closed at one place: nothing to replace in a live stream
	}
	if sc.repeat(i, q, sig) {
		return
	}
	a := avail.Avail{
		Key:   avail.Key{Epoch: sc.v.Epoch.Index, Sequence: q},
		Start: sc.v.Times[i], Duration: sig.Duration,
		EventID: sig.EventID, Type: uint8(sig.Type), Cue: sig.Cue, Assets: sig.Assets,
		Before: sc.v.NumberBefore(i), Seen: sc.now.UnixMicro(), Timed: sc.v.Timed, Bounded: sig.Bounded,
	}
	if !fresh {
		j := sc.v.Index(sc.scanned + 1)
		if j >= len(sc.v.Segments) {
			return // the marker is still there when the next segment is
		}
		if sc.named(sig.EventID) || sc.closedBetween(i, j) {
			return
		}
		a.Late = sc.v.Times[j] - a.Start
		a.Sequence, a.Start, a.Before = sc.v.Position(j), sc.v.Times[j], sc.v.NumberBefore(j)
		if a.Duration > 0 {
			if a.Duration -= a.Late; a.Duration <= Slack {
				return
			}
		}
	}
	if o := sc.open(); o != nil {
		sc.end(a.Sequence, origin.EndNext)
	}
	sc.begin(a)
}

// named says whether an id is that of a recent avail. A marker on an old segment with such
// an id is one that a packager keeps at the head of its window, and not a late one. If an
// origin gives all its avails the same id, its late avails are therefore content.
func (sc *scanner) named(id string) bool {
	const recent = 8
	for n := len(sc.spans) - 1; n >= 0 && n >= len(sc.spans)-recent; n-- {
		if id != "" && sc.spans[n].EventID == id {
			return true
		}
	}
	return false
}

// closedBetween says whether an In stands between segments i and j.
func (sc *scanner) closedBetween(i, j int) bool {
	for k := i + 1; k <= j; k++ {
		if closed(sc.v.Segments[k].Signals) {
			return true
		}
	}
	return false
}

// joined records an avail of which only the middle was ever seen, so that
// repeats of its marker open nothing.
func (sc *scanner) joined(q int64, sig *manifest.Signal) {
	a := avail.Avail{
		Key: avail.Key{Epoch: sc.v.Epoch.Index, Sequence: q}, Start: sc.v.Times[0],
		EventID: sig.EventID, Before: sc.v.NumberBefore(0), Seen: sc.now.UnixMicro(), Joined: true,
		Timed: sc.v.Timed, Bounded: sig.Bounded,
	}
	if sig.Duration > 0 && sig.Elapsed >= 0 && sig.Duration-sig.Elapsed > Slack {
		a.Duration = sig.Duration - sig.Elapsed
	}
	sc.begin(a)
}

// repeat says whether an Out at q tells of an avail that is known: it stands
// at that avail's start, or inside it with its id, or, where no ids are given,
// within the duration it announced (field failure B-31). Ids alone prove
// nothing: one origin gives every avail the id 1. What begins within an open
// avail by its type, an ad in a break, is part of that avail (B-33).
func (sc *scanner) repeat(i int, q int64, sig *manifest.Signal) bool {
	for n := len(sc.spans) - 1; n >= 0; n-- {
		sp := sc.spans[n]
		at := sc.v.Times[i]
		if q == sp.Sequence || q < sp.Sequence && at >= sp.Start-sp.Late-Slack {
			return true
		}
		if q < sp.Sequence {
			continue
		}
		if sp.End != origin.Open {
			return q < sp.End
		}
		if sig.EventID != "" && sig.EventID == sp.EventID || sig.Type.Within(scte35.Type(sp.Type)) {
			return true
		}
		unnamed := sig.EventID == "" || sp.EventID == ""
		return unnamed && sp.Duration > 0 && at-sp.Start < sp.Duration-Slack
	}
	return false
}

// grow adds the end of segment i to the open avail and ends it where its
// announced or greatest duration is reached.
func (sc *scanner) grow(i int, q int64) {
	o := sc.open()
	if o == nil || q < o.Sequence {
		return
	}
	end := sc.v.Times[i] + sc.v.Segments[i].Duration
	next := sc.v.Position(i + 1)
	if _, ok := o.Time(next); ok {
		return
	}
	before, ok := o.Time(q)
	if !ok {
		return
	}
	sc.bound(origin.Bound{Sequence: next, Time: end, Before: sc.v.Segments[i].Number})
	limit, cause := o.Duration, origin.EndAnnounced
	if limit == 0 || o.Bounded {
		limit, cause = sc.known.Maximum, origin.EndMaximum
	}
	past := end - o.Start - limit
	if limit == 0 || past < -Slack {
		return
	}
	if short := limit - (before - o.Start); q > o.Sequence && short < past {
		sc.end(q, cause)
	} else {
		sc.end(next, cause)
	}
}

// leaps says whether the clock of the origin jumps at segment i: a date that is
// further from the end of the segment before than a segment may be long.
func (sc *scanner) leaps(i int) bool {
	if i == 0 || !sc.v.Segments[i].Discontinuity {
		return false
	}
	step := sc.v.Times[i] - sc.v.Times[i-1] - sc.v.Segments[i-1].Duration
	return step > sc.v.Target || step < -sc.v.Target
}

func (sc *scanner) begin(a avail.Avail) {
	a.Grown = sc.grown(a.Sequence)
	sc.spans = append(sc.spans[:len(sc.spans):len(sc.spans)], origin.NewSpan(a))
	sc.propose("avail/"+a.String(), a)
}

// grown is when the segment before q was first seen, in Unix microseconds; 0 is
// unknown.
func (sc *scanner) grown(q int64) int64 {
	at := sc.known.Grown
	if q-1 > sc.scanned {
		at = sc.now
	}
	if at.IsZero() || sc.scanned < 0 {
		return 0
	}
	return at.UnixMicro()
}

func (sc *scanner) bound(b origin.Bound) {
	o := sc.change(len(sc.spans) - 1)
	o.Bounds = append(o.Bounds, b)
	sc.propose(origin.BoundKey(o.Key, b.Sequence), b)
}

func (sc *scanner) end(q int64, cause origin.EndCause) {
	o := sc.change(len(sc.spans) - 1)
	o.End, o.Cause = q, cause
	sc.propose("end/"+o.String(), origin.EndRecord{End: q, Cause: cause})
}

// change replaces span n by a copy, so that readers of the old one are not
// disturbed.
func (sc *scanner) change(n int) *origin.Span {
	c := *sc.spans[n]
	c.Bounds = append(make([]origin.Bound, 0, len(c.Bounds)+1), c.Bounds...)
	sc.spans = append([]*origin.Span(nil), sc.spans...)
	sc.spans[n] = &c
	return &c
}

func (sc *scanner) propose(key string, v any) {
	sc.facts = append(sc.facts, avail.Fact{Key: key, Value: origin.Encode(v)})
}

// SignalOut is the segment's marker that opens an avail, nil if it has none.
func SignalOut(seg *manifest.Segment) *manifest.Signal {
	for i := range seg.Signals {
		if seg.Signals[i].Kind == manifest.Out {
			return &seg.Signals[i]
		}
	}
	return nil
}
