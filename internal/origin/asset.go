package origin

import (
	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
)

// asset reads the markers of an asset that had ended when it was first seen
// (reference §3.3). A pair of Out and In at one segment, or an Out of no
// length, is an insertion before it, before the last segment after it; an Out
// with a length, or with an In of its own, is a replacement of what is between. An asset without markers has one avail, at
// its start.
func (sc *scanner) asset() {
	v := sc.v
	marked := false
	for i := range v.Segments {
		seg := &v.Segments[i]
		for k := range seg.Signals {
			if seg.Signals[k].Kind != hls.Out {
				continue
			}
			marked = true
			from, to := i, i
			if sig := &seg.Signals[k]; !closed(seg.Signals[k+1:]) && (sig.Duration > 0 || sc.closes(i) > i) {
				to = sc.closeAt(i, sig.Duration)
			}
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

// closed is whether signals hold an In.
func closed(signals []hls.Signal) bool {
	for i := range signals {
		if signals[i].Kind == hls.In {
			return true
		}
	}
	return false
}

// closes is the segment of the next In after i; -1 if there is none before the
// next Out.
func (sc *scanner) closes(i int) int {
	for j := i + 1; j < len(sc.v.Segments); j++ {
		for _, sig := range sc.v.Segments[j].Signals {
			switch sig.Kind {
			case hls.In:
				return j
			case hls.Out:
				return -1
			}
		}
	}
	return -1
}

// closeAt is the boundary at which a replacement that begins at segment i ends:
// at its In, or nearest to its length.
func (sc *scanner) closeAt(i int, duration int64) int {
	if j := sc.closes(i); j > 0 {
		return j
	}
	best, miss := i, int64(1)<<62
	for j := i; j <= len(sc.v.Segments); j++ {
		e := sc.v.Times[j] - sc.v.Times[i] - duration
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
func (sc *scanner) static(from, to int, sig *hls.Signal) {
	v := sc.v
	before := v.Segments[len(v.Segments)-1].Number
	if from < len(v.Segments) {
		before = v.NumberBefore(from)
	}
	a := avail.Avail{
		Key:   avail.Key{Epoch: v.Epoch.Index, Sequence: v.Sequence + int64(from)},
		Start: v.Times[from], Before: before, Static: true, Seen: sc.now.UnixMicro(),
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
		sc.bound(Bound{Sequence: v.Sequence + int64(j), Time: v.Times[j], Before: v.Segments[j-1].Number})
	}
	sc.end(v.Sequence+int64(to), EndAnnounced)
	if to < len(v.Segments) {
		n := len(sc.spans) - 1
		sc.resume(n, v.Segments[to].Number)
	}
}
