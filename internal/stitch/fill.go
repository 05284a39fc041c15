package stitch

import (
	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// undecided stands for a return that is not known yet.
const unknown int64 = -1

// fill is what one avail became in one session: a pod between two boundaries
// of the reference, or content. It is kept for as long as the session, so it
// is small; the pod goes when its segments have left all windows.
type fill struct {
	key avail.Key
	// content is set where nothing is replaced.
	content bool
	// booked is set once its account is closed.
	booked bool
	// reason accounts for what the decision left unfilled, lead for what lies
	// before start.
	reason, lead avail.Reason
	// start, time and before are the boundary at which the pod begins: the
	// reference's segment there, its stream time, and the discontinuity
	// number of the segment before.
	start, time, before int64
	pod                 *pod
	// listed is how many ad segments are listed by now.
	listed int
	// back is the reference's first segment after the pod; unknown until
	// the settlement.
	back     int64
	backTime int64
	// drift is by how much the output is ahead of the origin after the pod.
	drift int64
	// decided is when the decision was made, in Unix microseconds.
	decided int64
	// items is how many items the listed segments come from.
	items int
	// number is what is added to the origin's discontinuity numbers after the
	// pod; it is valid where numbered is set.
	number   int64
	numbered bool
	// prior and after are the reference's discontinuity numbers on both sides of
	// the return, where it is numbered and no other pod begins there.
	prior, after int64
}

// empty is whether the avail is over and nothing was replaced.
func (f *fill) empty() bool {
	return f.content || f.back == f.start && f.listed == 0
}

// advance lists what can be listed of f by the time the reference has reached
// edge, and settles it if that is possible (splicing.md, "A break, in order",
// 3–5). drift is the session's before f; next is the number after the last
// segment of the view. It says whether f is settled now.
func (f *fill) advance(sp *origin.Span, drift, edge, next int64) bool {
	if sp.Static {
		f.listed, f.items = f.pod.all()
		at, _ := sp.Time(sp.End)
		f.settle(sp.End, at, 0)
		return true
	}
	end := unknown
	limit := edge - f.time
	if sp.End != origin.Open && sp.End <= next {
		if t, ok := sp.Time(sp.End); ok {
			end = t - f.time
			limit = min(limit, end)
		}
	}
	var length int64
	var more bool
	f.listed, length, more = f.pod.listed(drift, limit, openings(sp, f.time, end, limit))
	f.items = f.pod.span(f.listed)
	if sp.Timed {
		return f.exact(length, end, edge, more)
	}
	switch {
	case end != unknown && more && f.listed == 0:
		f.settle(f.start, f.time, drift)
	case end != unknown && more:
		f.settle(sp.End, f.time+end, drift+length-end)
	case !more:
		return f.choose(sp, drift, length, end, next)
	default:
		return false
	}
	return true
}

// opening says when an item of a pod may begin.
type opening struct {
	// last is how far after the begin of the pod an item may begin at most.
	last int64
	// least is how much of the item's time has to be published.
	least int64
	// covers is set where the avail's end is known and published: players cut a Period
	// where the next one begins, and its segments must reach to there (P12).
	covers bool
}

// leastPart is how much of an ad segment is worth listing. A Period may end a frame
// before the next begins.
const leastPart = 20_000

// openings are those of a pod that begins at a time, in an avail that ends so long after
// that, or unknown. In an MPD no Period with an ad is shorter than minPeriod, wherever the
// avail ends: what is listed can't be taken back.
func openings(sp *origin.Span, begin, end, limit int64) opening {
	switch {
	case !sp.Timed:
		return opening{last: noLimit}
	case end != unknown:
		return opening{last: end - minPeriod, least: minPeriod, covers: limit == end}
	case sp.Duration > 0 && !sp.Bounded:
		return opening{last: sp.Start + sp.Duration - begin - minPeriod, least: minPeriod}
	}
	return opening{last: noLimit, least: minPeriod}
}

// exact settles a pod on a timed timeline, where content can return at any time: at
// the end of the avail, or where the pod is shown to its end before that. Nothing is
// gained or lost, so there is no drift.
func (f *fill) exact(length, end, edge int64, more bool) bool {
	switch {
	case end != unknown && f.listed == 0:
		f.settle(f.start, f.time, 0)
	case end != unknown && (more || length >= end):
		f.settle(f.start+end, f.time+end, 0)
	case !more && f.time+length <= edge:
		f.settle(f.start+length, f.time+length, 0)
	default:
		return false
	}
	f.numbered = true
	return true
}

// choose picks the boundary at which content returns after a pod that is shown
// to its end: the one that leaves the smallest drift, the earlier on a tie, as
// soon as a boundary past the target, or the end, is known. Where segments went
// by unseen before it, what was missed is not known: the drift stays as it was.
func (f *fill) choose(sp *origin.Span, drift, length, end, next int64) bool {
	target := drift + length
	best, bestMiss, sure, unseen := unknown, int64(1)<<62, end != unknown, false
	var at int64
	last, lastTime := f.start, f.time
	for _, b := range sp.Bounds {
		if b.Sequence < f.start || b.Sequence > next || sp.End != origin.Open && b.Sequence > sp.End {
			continue
		}
		d := target - (b.Time - f.time)
		if miss := abs(d); miss < bestMiss {
			best, bestMiss, at = b.Sequence, miss, b.Time
		}
		if b.Sequence > last+1 && target > lastTime-f.time && d < 0 {
			unseen = true // the target itself went by unseen
		}
		last, lastTime = b.Sequence, b.Time
		sure = sure || d <= 0
	}
	if !sure || best == unknown {
		return false
	}
	if unseen {
		f.settle(best, at, drift)
	} else {
		f.settle(best, at, target-(at-f.time))
	}
	return true
}

// room is how much of the pod's time is shown: where the next Period begins, players cut
// what is listed.
func (f *fill) room(sp *origin.Span) int64 {
	if !sp.Timed || sp.Static || f.back == unknown {
		return noLimit
	}
	return f.backTime - f.time
}

// length is how long the items of the pod are; slate is not among them.
func (f *fill) length() int64 {
	var sum int64
	if f.pod == nil {
		return 0 // its assets are gone, and with them their lengths
	}
	for _, a := range f.pod.items {
		for _, s := range f.pod.segments(a) {
			sum += s.Duration
		}
	}
	return sum
}

func (f *fill) settle(back, at, drift int64) {
	f.back, f.backTime, f.drift = back, at, drift
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
