package stitch

import (
	"context"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/manifest/hls/dates"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
)

// run is a session's playback of one epoch of its stream: what each avail
// became, in order. Numbers and times of the output follow from it and from
// the templates alone.
type run struct {
	epoch origin.Epoch
	// begin is the reference's first segment in the session's first answer.
	begin int64
	// edge is the end of the newest view of the reference that the session was
	// answered from.
	edge int64
	// base sums up what came before the fills.
	base  fold
	fills []fill
}

// find is the fill of an avail, nil while it is undecided.
func (r *run) find(sequence int64) *fill {
	for i := len(r.fills) - 1; i >= 0; i-- {
		if r.fills[i].key.Sequence == sequence {
			return &r.fills[i]
		}
		if r.fills[i].key.Sequence < sequence {
			return nil
		}
	}
	return nil
}

// drift is the session's drift before fill i.
func (r *run) drift(i int) int64 {
	for i--; i >= 0; i-- {
		if !r.fills[i].content {
			return r.fills[i].drift
		}
	}
	return r.base.Drift
}

// number gives each pod that content has returned from what it adds to the
// discontinuity numbers. They follow from the reference, for all renditions
// (RFC 8216bis §6.2.2). spans are the avails from the first fill's on.
func (r *run) number(spans []*origin.Span, hold held) {
	sum := r.base.Number
	for k := range r.fills {
		f := &r.fills[k]
		switch {
		case f.empty():
			continue
		case f.numbered:
			sum = f.number
			continue
		case f.back == unknown:
			return
		}
		sp, next, ok := r.follows(spans, f, hold)
		if !ok {
			return
		}
		if next != nil {
			if next.listed == 0 {
				return // it may yet come to nothing
			}
			// It begins exactly where content would return, and counts its
			// first tag itself.
			f.number = sum + f.before + int64(f.items) - next.before
		} else {
			f.prior, f.after = sp.NumberBefore(f.back), sp.Number(f.back)
			if f.after == origin.Unknown {
				return // the reference has yet to show what returns
			}
			f.number = sum + f.before + int64(f.items) + 1 - f.after
		}
		f.numbered = true
		sum = f.number
	}
}

// follows is the span of a fill and, where another pod begins exactly where it
// ends, that pod. It answers false while it is undecided what comes there.
func (r *run) follows(spans []*origin.Span, f *fill, hold held) (sp *origin.Span, next *fill, ok bool) {
	for _, s := range spans {
		if s.Sequence == f.key.Sequence {
			sp = s
		}
		if s.Sequence <= f.key.Sequence || s.Sequence > f.back || s.End != origin.Open && s.End <= f.back && s.Sequence != f.back {
			continue
		}
		// An avail that begins here, or, after a pre-roll, is under way.
		n := r.find(s.Sequence)
		if n == nil && (!hold.active || hold.sequence <= f.back) {
			return nil, nil, false
		}
		if n != nil && !n.empty() && n.start == f.back {
			next = n
		}
	}
	return sp, next, sp != nil
}

// held is where the output stops because a decision is not there yet.
type held struct {
	active         bool
	sequence, time int64
	before         int64
	// avail is the position at which the avail begins.
	avail int64
}

// mediaOf is the playlist that a view of a rendition was read from.
func mediaOf(v *origin.View) *hls.Template { return v.Document.(*hls.Template) }

// mapper finds cuts; ledger.Stream is one.
type mapper interface {
	Cut(ctx context.Context, rendition string, v *origin.View, c ledger.Cut) (int64, bool, error)
}

// rendering is one answer being planned.
type rendering struct {
	run   *run
	cuts  mapper
	name  string // the rendition's name in the ledger
	n     int    // the rendition's n
	track string // the rendition's name in assets
	ref   *origin.View
	v     *origin.View
	hold  held
	plan  *hls.Plan
	pool  *adRuns
	off   switches
	// signaling is the scheme of the ads' signals.
	signaling string
	// assume is set where cuts may be assumed that other nodes may have found otherwise.
	assume bool
	// unsettled is set where other nodes may hold cuts that they have found.
	unsettled bool

	i      int   // the next segment of v
	limit  int64 // content that begins at or after this time waits
	stop   int64 // content from this number on waits
	splice bool  // the next content segment follows ads
	offset int64 // added to the origin's sequence numbers
	number int64 // added to the origin's discontinuity numbers
	first  bool  // nothing is listed yet
	static bool  // the stream is an asset: its pods are shown whole
	shift  int64 // added to the dates of content
	clock  int64 // the rendition's dates minus stream time, where only it has dates
}

const (
	noLimit = int64(1)<<62 - 1
	// limitSlack is the error of boundaries of different renditions.
	limitSlack = int64(60_000)
)

// adRuns lends out AdRun values so that planning allocates nothing when warm.
type adRuns struct{ list []hls.AdRun }

// render plans the rendition's playlist: everything that is listed of it now.
func (x *rendering) render(ctx context.Context) error {
	x.limit, x.stop, x.first = noLimit, noLimit, true
	x.plan.Shifts = x.plan.Shifts[:0]
	if x.v.Dated && !x.ref.Dated {
		x.clock = x.v.Segments[0].Time - x.v.Times[0]
	}
	x.offset, x.number = x.run.epoch.Sequence+x.run.base.Offsets[x.n], x.run.base.Number
	if !x.ref.Ended && !x.off.horizon {
		// What the timeline has not shown yet may turn out to be an avail.
		x.wait(x.ref.Edge())
	}
	if x.v.First >= x.v.Head() {
		// The first segment of an epoch follows nothing. The segments before it were
		// listed in the epoch before, if the origin did not start again.
		x.splice, x.i = true, x.v.Index(x.v.First)
	}
	if err := x.applyHold(ctx); err != nil {
		return err
	}
	for k := range x.run.fills {
		f := &x.run.fills[k]
		if f.empty() {
			continue
		}
		on, err := x.fill(ctx, k, f)
		if err != nil {
			return err
		}
		if !on {
			return nil
		}
	}
	x.content(noLimit)
	x.plan.Tail = x.i == len(x.v.Segments)
	return nil
}

// wait holds back content that may belong to what begins at a time. What was part
// of the timeline before then does not.
func (x *rendering) wait(at int64) {
	limit := at - x.v.Target/2 - limitSlack
	if i := x.v.Index(x.v.Fed); i > 0 && i < len(x.v.Times) && x.v.Times[i] <= at+limitSlack {
		limit = max(limit, x.v.Times[i])
	}
	x.limit = min(x.limit, limit)
}

// applyHold stops the output at the avail that is undecided. In a rendition in which it
// can't be filled no cut is recorded: its times are an estimate, and when they are known the
// cut would lie before segments that were listed.
func (x *rendering) applyHold(ctx context.Context) error {
	if !x.hold.active || x.off.hold {
		return nil
	}
	at, ok, err := x.cuts.Cut(ctx, x.name, x.v, ledger.Cut{
		Sequence: x.hold.sequence, Time: x.hold.time, Before: x.hold.before, After: origin.Unknown, Assume: x.assume, Unsettled: x.unsettled,
		Known: !x.v.Maps(x.hold.time),
	})
	if err != nil {
		return err
	}
	if ok {
		x.stop = max(at, x.v.Shown)
	} else {
		x.wait(x.hold.time)
	}
	return nil
}

// fill lists the content before a pod and what is listed of the pod, and
// leaves x after it. It answers false where the output ends in it.
func (x *rendering) fill(ctx context.Context, k int, f *fill) (bool, error) {
	from, ok, err := x.cut(ctx, ledger.Cut{
		Sequence: f.start, Time: f.time, Before: f.before, After: origin.Unknown,
	})
	if err != nil {
		return false, err
	}
	if ok && from == origin.Skipped {
		x.offset += int64(f.listed) // the numbers that its tags left with
		x.number = f.number
		return f.numbered, nil
	}
	if !ok && !x.v.Placed {
		// It is not known what of it comes after the pod, with other numbers. Avails are
		// content while the origin serves such a rendition, so the pods end.
		return false, nil
	}
	if !ok {
		x.wait(f.time)
		x.content(noLimit)
		return false, nil
	}
	back, err := x.back(ctx, k, f)
	if err != nil {
		return false, err
	}
	if back != unknown {
		back = max(back, from)
	}
	x.content(from)
	if x.i < len(x.v.Segments) && x.v.Sequence+int64(x.i) < from {
		return false, nil // held or waiting before the pod
	}
	passed := back != unknown && x.v.Head() >= back
	if f.back == f.start && x.v.Start() <= f.time+limitSlack {
		// A pod that replaces nothing stands before the segment it begins at,
		// which may be the first of the window.
		passed = back != unknown && x.v.Head() > back
	}
	x.signals(f)
	if !passed {
		x.ads(f, from)
	}
	if x.v.Ended && f.back != unknown && f.back >= x.ref.Next() {
		x.i = len(x.v.Segments) // nothing follows the pod
		x.pass(f)
		return true, nil
	}
	if back == unknown {
		return false, nil
	}
	x.pass(f)
	x.offset += int64(f.listed) - (back - from)
	x.number = f.number
	x.splice = x.v.Head() <= back
	x.i = max(x.i, int(max(0, back-x.v.Sequence)))
	return true, nil
}

// pass moves the dates of what follows a pod of an asset, by no more than keeps
// them from going back: a pod that replaced as much as it is long moves nothing.
// In a live stream dates are the time of day, and the next pod is fitted to what
// the last one went over by.
func (x *rendering) pass(f *fill) {
	if !x.static || f.empty() {
		return
	}
	by := max(0, x.shift+f.length()-(f.backTime-f.time)+999) / 1000 * 1000 // dates have milliseconds
	if by != x.shift {
		x.shift = by
		x.plan.Shifts = append(x.plan.Shifts, dates.Shift{At: f.backTime + x.clock, By: by})
	}
}

// back is the rendition's cut at which content returns after fill k; unknown
// while that is not certain, or what comes after has no number yet.
func (x *rendering) back(ctx context.Context, k int, f *fill) (int64, error) {
	if f.back == unknown || !f.numbered {
		return unknown, nil
	}
	cut := ledger.Cut{Sequence: f.back, Time: f.backTime, Before: f.prior, After: f.after, Back: true}
	if n := nextPod(x.run.fills[k+1:]); n != nil && n.start == f.back {
		cut = ledger.Cut{Sequence: n.start, Time: n.time, Before: n.before, After: origin.Unknown}
	}
	at, ok, err := x.cut(ctx, cut)
	if err != nil || !ok {
		return unknown, err
	}
	return max(at, 0), nil // one that is skipped lies before everything
}

// cut finds a boundary of the reference in the rendition.
func (x *rendering) cut(ctx context.Context, c ledger.Cut) (int64, bool, error) {
	c.Assume, c.Unsettled = x.assume, x.unsettled
	if x.off.numbers {
		c.Before, c.After = origin.Unknown, origin.Unknown
	}
	return x.cuts.Cut(ctx, x.name, x.v, c)
}

// content lists content segments up to number to, as far as they may be
// listed.
func (x *rendering) content(to int64) {
	from := x.i
	n := len(x.v.Segments)
	end := n
	if to < x.v.Next() {
		end = int(to - x.v.Sequence)
	}
	if x.stop < x.v.Next() {
		end = min(end, int(x.stop-x.v.Sequence))
	}
	end = max(end, from)
	if x.limit != noLimit {
		for end > from && x.v.Times[end-1] >= x.limit && x.v.Sequence+int64(end) > x.v.Shown {
			end--
		}
	}
	if end == from {
		return
	}
	x.header(x.v.Sequence+int64(from)+x.offset, x.v.Segments[from].Number+x.number, x.splice || x.v.Segments[from].Discontinuity)
	x.plan.Runs = append(x.plan.Runs, hls.Run{From: from, To: end, Splice: x.splice, Shift: x.shift})
	x.splice = false
	x.i = end
}

// header fixes the playlist's numbers by its first segment. A tag that stands
// before the first segment has not left yet (RFC 8216bis §6.2.2).
func (x *rendering) header(sequence, number int64, tagged bool) {
	if !x.first {
		return
	}
	x.first = false
	if tagged {
		number--
	}
	x.plan.Sequence, x.plan.Discontinuity = sequence, number
}

// signals identifies the ads of which the pod has listed a segment, until no segment of the
// playlist has their time any more. Where content returns before the ads' end, its dates are
// theirs, too.
func (x *rendering) signals(f *fill) {
	if x.signaling == "" || f.pod == nil || !x.v.Dated {
		return
	}
	start, left := f.time, f.listed
	for n := 0; left > 0; n++ {
		a := f.pod.item(n)
		if a == nil || f.pod.signals == nil {
			return
		}
		segments := f.pod.segments(a)
		if len(segments) == 0 {
			return
		}
		if data := f.pod.signal(n); data != "" && x.v.Start() < start+a.Duration {
			x.plan.Signals = append(x.plan.Signals, hls.Signal{
				Avail: f.key.Sequence, Position: n + 1, Class: x.signaling, Data: data,
				Start: start + x.clock + x.shift, Duration: a.Duration,
			})
		}
		for i := range segments {
			start += segments[i].Duration
		}
		left -= min(left, len(segments))
	}
}

// ads lists the pod's segments: those that the reference has revealed and that
// have not left at the head yet.
func (x *rendering) ads(f *fill, from int64) {
	gone := int64(-1) // how much of the pod lies before the window
	if x.v.Head() > from {
		gone = x.v.Start() - f.time
	}
	var length, refLength int64
	left := f.listed
	j := int64(0)
	for n := 0; left > 0; n++ {
		if f.pod == nil {
			return
		}
		a := f.pod.item(n)
		if a == nil {
			return
		}
		r := a.Rendition(x.track)
		if r == nil || len(r.Segments) == 0 {
			return
		}
		k := min(left, len(r.Segments))
		lo := 0
		itemLength := int64(0)
		for lo < k && gone >= 0 && length+r.Segments[lo].Duration <= gone {
			length += r.Segments[lo].Duration
			itemLength += r.Segments[lo].Duration
			lo++
		}
		if lo < k {
			gone = -1
			number := from + x.offset + j + int64(lo)
			x.header(number, f.before+x.number+int64(n)+1, lo == 0)
			run := hls.AdRun{
				Asset: a.ID, Rendition: r, From: lo, To: k,
				Discontinuity: lo == 0, Number: number,
			}
			if x.v.Dated {
				run.Time, run.Dated = f.time+x.clock+x.shift+refLength+itemLength, true
			}
			x.pool.list = append(x.pool.list, run)
			x.plan.Runs = append(x.plan.Runs, hls.Run{Ad: &x.pool.list[len(x.pool.list)-1]})
		}
		for _, s := range f.pod.segments(a) {
			refLength += s.Duration
		}
		left -= k
		j += int64(k)
	}
}
