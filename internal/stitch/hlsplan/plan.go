// Package hlsplan plans the media playlists of a session.
package hlsplan

import (
	"context"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/manifest/hls/dates"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/pods"
)

// Mapper finds cuts; ledger.Stream is one.
type Mapper interface {
	Cut(ctx context.Context, rendition string, v *origin.View, c ledger.Cut) (int64, bool, error)
}

// Input is what the playlist of one rendition is planned from.
type Input struct {
	Run  *pods.Run
	Cuts Mapper
	// Name is the rendition's name in the ledger, N its place in the layout, Track its name
	// in assets.
	Name  string
	N     int
	Track string
	// Ref and View are the newest views of the timeline and of the rendition.
	Ref, View *origin.View
	// Hold is where the output stops because a decision is awaited.
	Hold pods.Held
	// Signaling is the scheme of the ads' signals; "" is none.
	Signaling string
	// Static is set where the stream is an asset: its pods are shown whole.
	Static bool
	// Assume is set where cuts may be assumed that other nodes may have found otherwise.
	Assume bool
	// Unsettled is set where other nodes may hold cuts that they have found.
	Unsettled bool
	Off       Switches
}

// Switches turn rules of the planner off. The zero value has every rule on, and only the test
// that the simulation notices the absence of each sets one.
type Switches struct {
	// Horizon lists other renditions past what the reference has shown.
	Horizon bool
	// Hold lists content while a decision is awaited.
	Hold bool
	// Numbers maps cuts by time alone, whatever the discontinuity numbers are.
	Numbers bool
}

// rendering is one answer being planned.
type rendering struct {
	Input
	plan *hls.Plan
	pool *Pool

	i      int   // the next segment of the view
	limit  int64 // content that begins at or after this time waits
	stop   int64 // content from this number on waits
	splice bool  // the next content segment follows ads
	offset int64 // added to the origin's sequence numbers
	number int64 // added to the origin's discontinuity numbers
	first  bool  // nothing is listed yet
	shift  int64 // added to the dates of content
	clock  int64 // the rendition's dates minus stream time, where only it has dates
}

// Plan plans everything that is listed of a rendition now. It takes the memory of pool and of
// out, and writes nothing but cuts. Out has no runs where nothing can be listed.
func Plan(ctx context.Context, in Input, out *hls.Plan, pool *Pool) error {
	out.Runs, out.Signals, out.Tail = out.Runs[:0], out.Signals[:0], false
	pool.list = pool.list[:0]
	x := rendering{Input: in, plan: out, pool: pool}
	return x.render(ctx)
}

// limitSlack is the error of boundaries of different renditions, in microseconds.
const limitSlack = int64(60_000)

// Pool lends out AdRun values so that planning allocates nothing when warm.
type Pool struct{ list []hls.AdRun }

// render plans the rendition's playlist: everything that is listed of it now.
func (x *rendering) render(ctx context.Context) error {
	x.limit, x.stop, x.first = pods.NoLimit, pods.NoLimit, true
	x.plan.Shifts = x.plan.Shifts[:0]
	if x.View.Dated && !x.Ref.Dated {
		x.clock = x.View.Segments[0].Time - x.View.Times[0]
	}
	x.offset, x.number = x.Run.Epoch.Sequence+x.Run.Base.Offsets[x.N], x.Run.Base.Number
	if !x.Ref.Ended && !x.Off.Horizon {
		// What the timeline has not shown yet may turn out to be an avail.
		x.wait(x.Ref.Edge())
	}
	if x.View.First >= x.View.Head() {
		// The first segment of an epoch follows nothing. The segments before it were
		// listed in the epoch before, if the origin did not start again.
		x.splice, x.i = true, x.View.Index(x.View.First)
	}
	if err := x.applyHold(ctx); err != nil {
		return err
	}
	for k := range x.Run.Fills {
		f := &x.Run.Fills[k]
		if f.Empty() {
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
	x.content(pods.NoLimit)
	x.plan.Tail = x.i == len(x.View.Segments)
	return nil
}

// wait holds back content that may belong to what begins at a time. What was part
// of the timeline before then does not.
func (x *rendering) wait(at int64) {
	limit := at - x.View.Target/2 - limitSlack
	if i := x.View.Index(x.View.Fed); i > 0 && i < len(x.View.Times) && x.View.Times[i] <= at+limitSlack {
		limit = max(limit, x.View.Times[i])
	}
	x.limit = min(x.limit, limit)
}

// applyHold stops the output at the avail that is undecided. In a rendition in which it
// can't be filled no cut is recorded: its times are an estimate, and when they are known the
// cut would lie before segments that were listed.
func (x *rendering) applyHold(ctx context.Context) error {
	if !x.Hold.Active || x.Off.Hold {
		return nil
	}
	at, ok, err := x.Cuts.Cut(ctx, x.Name, x.View, ledger.Cut{
		Sequence: x.Hold.Sequence, Time: x.Hold.Time, Before: x.Hold.Before, After: origin.Unknown, Assume: x.Assume, Unsettled: x.Unsettled,
		Known: !x.View.Maps(x.Hold.Time),
	})
	if err != nil {
		return err
	}
	if ok {
		x.stop = max(at, x.View.Shown)
	} else {
		x.wait(x.Hold.Time)
	}
	return nil
}

// fill lists the content before a pod and what is listed of the pod, and
// leaves x after it. It answers false where the output ends in it.
func (x *rendering) fill(ctx context.Context, k int, f *pods.Fill) (bool, error) {
	from, ok, err := x.cut(ctx, ledger.Cut{
		Sequence: f.Start, Time: f.Time, Before: f.Before, After: origin.Unknown,
	})
	if err != nil {
		return false, err
	}
	if ok && from == origin.Skipped {
		x.offset += int64(f.Listed) // the numbers that its tags left with
		x.number = f.Number
		return f.Numbered, nil
	}
	if !ok && !x.View.Placed {
		// It is not known what of it comes after the pod, with other numbers. Avails are
		// content while the origin serves such a rendition, so the pods end.
		return false, nil
	}
	if !ok {
		x.wait(f.Time)
		x.content(pods.NoLimit)
		return false, nil
	}
	back, err := x.back(ctx, k, f)
	if err != nil {
		return false, err
	}
	if back != pods.Unknown {
		back = max(back, from)
	}
	x.content(from)
	if x.i < len(x.View.Segments) && x.View.Sequence+int64(x.i) < from {
		return false, nil // held or waiting before the pod
	}
	passed := back != pods.Unknown && x.View.Head() >= back
	if f.Back == f.Start && x.View.Start() <= f.Time+limitSlack {
		// A pod that replaces nothing stands before the segment it begins at,
		// which may be the first of the window.
		passed = back != pods.Unknown && x.View.Head() > back
	}
	x.signals(f)
	if !passed {
		x.ads(f, from)
	}
	if x.View.Ended && f.Back != pods.Unknown && f.Back >= x.Ref.Next() {
		x.i = len(x.View.Segments) // nothing follows the pod
		x.pass(f)
		return true, nil
	}
	if back == pods.Unknown {
		return false, nil
	}
	x.pass(f)
	x.offset += int64(f.Listed) - (back - from)
	x.number = f.Number
	x.splice = x.View.Head() <= back
	x.i = max(x.i, int(max(0, back-x.View.Sequence)))
	return true, nil
}

// pass moves the dates of what follows a pod of an asset, by no more than keeps
// them from going back: a pod that replaced as much as it is long moves nothing.
// In a live stream dates are the time of day, and the next pod is fitted to what
// the last one went over by.
func (x *rendering) pass(f *pods.Fill) {
	if !x.Static || f.Empty() {
		return
	}
	by := max(0, x.shift+f.Length()-(f.BackTime-f.Time)+999) / 1000 * 1000 // dates have milliseconds
	if by != x.shift {
		x.shift = by
		x.plan.Shifts = append(x.plan.Shifts, dates.Shift{At: f.BackTime + x.clock, By: by})
	}
}

// back is the rendition's cut at which content returns after fill k; unknown
// while that is not certain, or what comes after has no number yet.
func (x *rendering) back(ctx context.Context, k int, f *pods.Fill) (int64, error) {
	if f.Back == pods.Unknown || !f.Numbered {
		return pods.Unknown, nil
	}
	cut := ledger.Cut{Sequence: f.Back, Time: f.BackTime, Before: f.Prior, After: f.After, Back: true}
	if n := pods.First(x.Run.Fills[k+1:]); n != nil && n.Start == f.Back {
		cut = ledger.Cut{Sequence: n.Start, Time: n.Time, Before: n.Before, After: origin.Unknown}
	}
	at, ok, err := x.cut(ctx, cut)
	if err != nil || !ok {
		return pods.Unknown, err
	}
	return max(at, 0), nil // one that is skipped lies before everything
}

// cut finds a boundary of the reference in the rendition.
func (x *rendering) cut(ctx context.Context, c ledger.Cut) (int64, bool, error) {
	c.Assume, c.Unsettled = x.Assume, x.Unsettled
	if x.Off.Numbers {
		c.Before, c.After = origin.Unknown, origin.Unknown
	}
	return x.Cuts.Cut(ctx, x.Name, x.View, c)
}

// content lists content segments up to number to, as far as they may be
// listed.
func (x *rendering) content(to int64) {
	from := x.i
	n := len(x.View.Segments)
	end := n
	if to < x.View.Next() {
		end = int(to - x.View.Sequence)
	}
	if x.stop < x.View.Next() {
		end = min(end, int(x.stop-x.View.Sequence))
	}
	end = max(end, from)
	if x.limit != pods.NoLimit {
		for end > from && x.View.Times[end-1] >= x.limit && x.View.Sequence+int64(end) > x.View.Shown {
			end--
		}
	}
	if end == from {
		return
	}
	x.header(x.View.Sequence+int64(from)+x.offset, x.View.Segments[from].Number+x.number, x.splice || x.View.Segments[from].Discontinuity)
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
func (x *rendering) signals(f *pods.Fill) {
	if x.Signaling == "" || f.Pod == nil || !x.View.Dated {
		return
	}
	start, left := f.Time, f.Listed
	for n := 0; left > 0; n++ {
		a := f.Pod.Item(n)
		if a == nil || f.Pod.Signals == nil {
			return
		}
		segments := f.Pod.Segments(a)
		if len(segments) == 0 {
			return
		}
		if data := f.Pod.Signal(n); data != "" && x.View.Start() < start+a.Duration {
			x.plan.Signals = append(x.plan.Signals, hls.Signal{
				Avail: f.Key.Sequence, Position: n + 1, Class: x.Signaling, Data: data,
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
func (x *rendering) ads(f *pods.Fill, from int64) {
	gone := int64(-1) // how much of the pod lies before the window
	if x.View.Head() > from {
		gone = x.View.Start() - f.Time
	}
	var length, refLength int64
	left := f.Listed
	j := int64(0)
	for n := 0; left > 0; n++ {
		if f.Pod == nil {
			return
		}
		a := f.Pod.Item(n)
		if a == nil {
			return
		}
		r := a.Rendition(x.Track)
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
			x.header(number, f.Before+x.number+int64(n)+1, lo == 0)
			run := hls.AdRun{
				Asset: a.ID, Rendition: r, From: lo, To: k,
				Discontinuity: lo == 0, Number: number,
			}
			if x.View.Dated {
				run.Time, run.Dated = f.Time+x.clock+x.shift+refLength+itemLength, true
			}
			x.pool.list = append(x.pool.list, run)
			x.plan.Runs = append(x.plan.Runs, hls.Run{Ad: &x.pool.list[len(x.pool.list)-1]})
		}
		for _, s := range f.Pod.Segments(a) {
			refLength += s.Duration
		}
		left -= k
		j += int64(k)
	}
}
