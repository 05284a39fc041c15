package markers

import (
	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
)

// asset reads the markers of an asset that had ended when it was first seen
// (reference §3.3). A pair of Out and In at one segment, or an Out of no
// length, is an insertion before it, before the last segment after it; an Out
// with a length, with an In of its own, or with segments after it that are marked
// as inside an avail, is a replacement of what is between. What opens again inside
// it is a repeat. An asset without markers has one avail, at its start.
func (sc *scanner) asset() {
	v := sc.v
	marked := false
	end := 0
	for i := range v.Segments {
		seg := &v.Segments[i]
		if i < end {
			continue
		}
		for k := range seg.Signals {
			if seg.Signals[k].Kind == manifest.Overlay {
				sc.overlay(i, v.Position(i), &seg.Signals[k])
			}
			if seg.Signals[k].Kind != manifest.Out {
				continue
			}
			marked = true
			from, to := i, i
			if !closed(seg.Signals[k+1:]) {
				to = sc.closeAt(i, &seg.Signals[k])
			}
			end = to
			if from == to && i == len(v.Segments)-1 {
				from, to = i+1, i+1
			}
			sc.static(from, to, &seg.Signals[k])
			break
		}
	}
	if !marked {
		sc.static(0, 0, nil)
	}
}

// continued is whether signals say that their segment lies inside an avail.
func continued(signals []manifest.Signal) bool {
	for i := range signals {
		if signals[i].Kind == manifest.Cont {
			return true
		}
	}
	return false
}

// closed is whether signals hold an In.
func closed(signals []manifest.Signal) bool {
	for i := range signals {
		if signals[i].Kind == manifest.In {
			return true
		}
	}
	return false
}

// closes is the segment of the next In after i, false if no In comes before the
// next avail; in that case it is the segment at which that begins, or the end.
func (sc *scanner) closes(i int, opened *manifest.Signal) (int, bool) {
	for j := i + 1; j < len(sc.v.Segments); j++ {
		for k := range sc.v.Segments[j].Signals {
			sig := &sc.v.Segments[j].Signals[k]
			if sig.Kind != manifest.In && sig.Kind != manifest.Out || partOf(sig, opened, sc.v.Times[j]-sc.v.Times[i]) {
				continue
			}
			return j, sig.Kind == manifest.In
		}
	}
	return len(sc.v.Segments), false
}

// partOf says whether a marker that stands some time after an opening tells of the
// same avail: a repeat, or an ad in the break (field failures B-31 and B-33).
func partOf(sig, opened *manifest.Signal, elapsed int64) bool {
	same := sig.EventID != "" && sig.EventID == opened.EventID
	within := opened.Duration > 0 && elapsed < opened.Duration-Slack
	if inner := sig.Type.Within(opened.Type); sig.Kind == manifest.In {
		return inner && !same
	} else if inner && (within || opened.Duration == 0) {
		return true
	}
	unnamed := sig.EventID == "" || opened.EventID == ""
	return within && (same || unnamed)
}

// closeAt is the boundary at which an avail that opens at segment i ends: at its
// In, nearest to its length, or after the last segment that is marked as inside of
// it. It is i where nothing says so.
func (sc *scanner) closeAt(i int, opened *manifest.Signal) int {
	next, in := sc.closes(i, opened)
	if in {
		return next
	}
	if opened.Duration == 0 {
		j := i + 1
		for j < next && continued(sc.v.Segments[j].Signals) {
			j++
		}
		if j == i+1 {
			return i
		}
		return j
	}
	best, miss := i, int64(1)<<62
	for j := i; j <= next; j++ {
		e := sc.v.Times[j] - sc.v.Times[i] - opened.Duration
		if e < 0 {
			e = -e
		}
		if e < miss {
			best, miss = j, e
		}
	}
	return best
}

// static records an avail between two boundaries of the asset; without a signal
// it is the one of an asset that has no markers.
func (sc *scanner) static(from, to int, sig *manifest.Signal) {
	v := sc.v
	before := v.Segments[len(v.Segments)-1].Number
	if from < len(v.Segments) {
		before = v.NumberBefore(from)
	}
	a := avail.Avail{
		Key:   avail.Key{Epoch: v.Epoch.Index, Sequence: v.Position(from)},
		Start: v.Times[from], Before: before, Static: true, Timed: v.Timed, Seen: sc.now.UnixMicro(),
	}
	switch from {
	case 0:
		a.Place = avail.AtStart
	case len(v.Segments):
		a.Place = avail.AtEnd
	}
	if sig != nil {
		a.Duration, a.EventID, a.Cue, a.Assets = sig.Duration, sig.EventID, sig.Cue, sig.Assets
		a.Type = uint8(sig.Type)
		if a.Duration == 0 {
			a.Duration = v.Times[to] - v.Times[from] // what it replaces is known
		}
	} else {
		a.Unmarked, a.Length = true, v.Edge()-v.Start()
	}
	sc.begin(a)
	for j := from + 1; j <= to; j++ {
		sc.bound(origin.Bound{Sequence: v.Position(j), Time: v.Times[j], Before: v.Segments[j-1].Number})
	}
	sc.end(v.Position(to), origin.EndAnnounced)
	if to < len(v.Segments) {
		n := len(sc.spans) - 1
		sc.resume(n, v.Segments[to].Number)
	}
}
