package pods

import (
	"cmp"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// Account closes the books of an avail that ends at a stream time (design §5:
// every second of every avail is accounted for). cause is why ads of the pod
// were cut or dropped, if any were.
func (f *Fill) Account(sp *origin.Span, end int64, cause avail.Reason) avail.Account {
	a := avail.Account{Key: f.Key, Duration: end - sp.Start + sp.Late}
	a.Leave(avail.MarkerLate, sp.Late)
	if f.Content {
		a.Leave(cmp.Or(f.Reason, avail.AdsEmpty), end-sp.Start)
		return a
	}
	back := end
	if f.Back != Unknown {
		back = f.BackTime
	}
	// Ads may go on past an end that was not known when content was fixed to
	// return later.
	over := max(0, back-end)
	a.Duration += over
	a.Leave(cmp.Or(f.Lead, avail.AdsLate), f.Time-sp.Start)
	players := f.tally(&a, f.Room(sp))
	a.Change = a.Filled + a.Slate - (back - f.Time)
	rest := cmp.Or(f.Reason, avail.PodShort)
	if a.Cut+a.Dropped > 0 {
		a.Cause = cause
		if f.Listed == 0 {
			rest = cmp.Or(cause, avail.EarlyReturn)
		}
	}
	a.Leave(avail.LeftToPlayer, players)
	a.Leave(rest, a.Slate-players)
	a.Leave(rest, max(0, end-back))
	return a
}

// tally adds up the pod's listed segments, as far as there is room; players is the slate
// among them that is shown under ads of the player. An ad is shown where the middle of its
// last segment is.
func (f *Fill) tally(a *avail.Account, room int64) (players int64) {
	left := f.Listed
	for n := 0; f.Pod != nil; n++ {
		x := f.Pod.Item(n)
		if x == nil || n >= len(f.Pod.Items) && left == 0 {
			return players
		}
		segments := f.Pod.Segments(x)
		if len(segments) == 0 {
			return players
		}
		k := min(left, len(segments))
		left -= k
		whole := k == len(segments)
		var length int64
		for i := range k {
			l := min(segments[i].Duration, room)
			whole = whole && l >= segments[i].Duration/2
			length, room = length+l, room-l
		}
		switch kind := f.Pod.Kind(n); {
		case kind == avail.SlateItem:
			a.Slate += length
		case kind == avail.PlayerItem:
			a.Slate += length
			players += length
		case kind == avail.BumperItem:
			a.Filled += length
		case whole:
			a.Filled += length
			a.Shown++
		case k > 0:
			a.Filled += length
			a.Cut++
		default:
			a.Dropped++
		}
	}
	return players
}

// Restore makes the stored settlement the fill's.
func (f *Fill) Restore(st avail.Settlement, sp *origin.Span) {
	at, _ := sp.Time(st.Return)
	f.Listed, f.Items = st.Listed, st.Items
	f.Settle(st.Return, at, st.Drift)
	f.Numbered = f.Numbered || sp.Timed // there are no discontinuity numbers
}

// Unknown stands for a return that is not known yet.
const Unknown int64 = -1

// Fill is what one avail became in one session: a pod between two boundaries
// of the reference, or content. It is kept for as long as the session, so it
// is small; the pod goes when its segments have left all windows.
type Fill struct {
	Key avail.Key
	// Content is set where nothing is replaced.
	Content bool
	// Booked is set once its account is closed.
	Booked bool
	// Reason accounts for what the decision left unfilled, lead for what lies
	// before start.
	Reason, Lead avail.Reason
	// start, time and before are the boundary at which the pod begins: the
	// reference's segment there, its stream time, and the discontinuity
	// number of the segment before.
	Start, Time, Before int64
	Pod                 *Pod
	// Listed is how many ad segments are listed by now.
	Listed int
	// Back is the reference's first segment after the pod; unknown until
	// the settlement.
	Back     int64
	BackTime int64
	// Drift is by how much the output is ahead of the origin after the pod.
	Drift int64
	// Decided is when the decision was made, in Unix microseconds.
	Decided int64
	// Items is how many items the listed segments come from.
	Items int
	// Number is what is added to the origin's discontinuity numbers after the
	// pod; it is valid where numbered is set.
	Number   int64
	Numbered bool
	// Prior and after are the reference's discontinuity numbers on both sides of
	// the return, where it is numbered and no other pod begins there.
	Prior, After int64
}

// Empty is whether the avail is over and nothing was replaced.
func (f *Fill) Empty() bool {
	return f.Content || f.Back == f.Start && f.Listed == 0
}

// Advance lists what can be listed of f by the time the reference has reached
// edge, and settles it if that is possible (splicing.md, "A break, in order",
// 3–5). drift is the session's before f; next is the number after the last
// segment of the view. It says whether f is settled now.
func (f *Fill) Advance(sp *origin.Span, drift, edge, next int64) bool {
	if sp.Static {
		f.Listed, f.Items = f.Pod.all()
		at, _ := sp.Time(sp.End)
		f.Settle(sp.End, at, 0)
		return true
	}
	end := Unknown
	limit := edge - f.Time
	if sp.End != origin.Open && sp.End <= next {
		if t, ok := sp.Time(sp.End); ok {
			end = t - f.Time
			limit = min(limit, end)
		}
	}
	var length int64
	var more bool
	f.Listed, length, more = f.Pod.listed(drift, limit, openings(sp, f.Time, end, limit))
	f.Items = f.Pod.span(f.Listed)
	if sp.Timed {
		return f.exact(length, end, edge, more)
	}
	switch {
	case end != Unknown && more && f.Listed == 0:
		f.Settle(f.Start, f.Time, drift)
	case end != Unknown && more:
		f.Settle(sp.End, f.Time+end, drift+length-end)
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
		return opening{last: NoLimit}
	case end != Unknown:
		return opening{last: end - minPeriod, least: minPeriod, covers: limit == end}
	case sp.Duration > 0 && !sp.Bounded:
		return opening{last: sp.Start + sp.Duration - begin - minPeriod, least: minPeriod}
	}
	return opening{last: NoLimit, least: minPeriod}
}

// exact settles a pod on a timed timeline, where content can return at any time: at
// the end of the avail, or where the pod is shown to its end before that. Nothing is
// gained or lost, so there is no drift.
func (f *Fill) exact(length, end, edge int64, more bool) bool {
	switch {
	case end != Unknown && f.Listed == 0:
		f.Settle(f.Start, f.Time, 0)
	case end != Unknown && (more || length >= end):
		f.Settle(f.Start+end, f.Time+end, 0)
	case !more && f.Time+length <= edge:
		f.Settle(f.Start+length, f.Time+length, 0)
	default:
		return false
	}
	f.Numbered = true
	return true
}

// choose picks the boundary at which content returns after a pod that is shown
// to its end: the one that leaves the smallest drift, the earlier on a tie, as
// soon as a boundary past the target, or the end, is known. Where segments went
// by unseen before it, what was missed is not known: the drift stays as it was.
func (f *Fill) choose(sp *origin.Span, drift, length, end, next int64) bool {
	target := drift + length
	best, bestMiss, sure, unseen := Unknown, int64(1)<<62, end != Unknown, false
	var at int64
	last, lastTime := f.Start, f.Time
	for _, b := range sp.Bounds {
		if b.Sequence < f.Start || b.Sequence > next || sp.End != origin.Open && b.Sequence > sp.End {
			continue
		}
		d := target - (b.Time - f.Time)
		if miss := max(d, -d); miss < bestMiss {
			best, bestMiss, at = b.Sequence, miss, b.Time
		}
		if b.Sequence > last+1 && target > lastTime-f.Time && d < 0 {
			unseen = true // the target itself went by unseen
		}
		last, lastTime = b.Sequence, b.Time
		sure = sure || d <= 0
	}
	if !sure || best == Unknown {
		return false
	}
	if unseen {
		f.Settle(best, at, drift)
	} else {
		f.Settle(best, at, target-(at-f.Time))
	}
	return true
}

// Room is how much of the pod's time is shown: where the next Period begins, players cut
// what is listed.
func (f *Fill) Room(sp *origin.Span) int64 {
	if !sp.Timed || sp.Static || f.Back == Unknown {
		return NoLimit
	}
	return f.BackTime - f.Time
}

// Length is how long the items of the pod are; slate is not among them.
func (f *Fill) Length() int64 {
	var sum int64
	if f.Pod == nil {
		return 0 // its assets are gone, and with them their lengths
	}
	for _, a := range f.Pod.Items {
		for _, s := range f.Pod.Segments(a) {
			sum += s.Duration
		}
	}
	return sum
}

// Settle has content return at a boundary, its position and its stream time, with the drift after it.
func (f *Fill) Settle(back, at, drift int64) {
	f.Back, f.BackTime, f.Drift = back, at, drift
}

// NoLimit is a time, in microseconds, that nothing reaches.
const NoLimit = int64(1)<<62 - 1
