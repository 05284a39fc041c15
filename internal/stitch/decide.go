package stitch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/suppression"
)

// settle brings the run up to date with the reference view: every avail that
// it shows is decided or holds the output back, every pod is listed as far as
// it may be. Decisions and settlements are stored before they are used.
func (s *Playback) settle(ctx context.Context, r *pods.Run, ref *origin.View, p Patience) (pods.Held, error) {
	s.batch = nil
	if err := s.enter(ctx, r, ref, p); err != nil {
		return pods.Held{}, err
	}
	r.Edge = max(r.Edge, ref.Edge())
	spans := r.Open(s.Spans(r.Epoch.Index))
	for i := 0; i < len(spans); i++ {
		sp := spans[i]
		if !sp.Static && sp.End != origin.Open && sp.End <= r.Begin {
			continue // it was over before the session came
		}
		if sp.Sequence >= ref.Next() && !sp.Static {
			break
		}
		f := r.Find(sp.Sequence)
		o := s.known.OwnOf(sp)
		if o != nil {
			if err := s.follow(ctx, o, f, ref); err != nil {
				return pods.Held{}, err
			}
		}
		if f == nil {
			h, err := s.decide(ctx, r, sp, ref, p)
			if err != nil || h.Active {
				return h, err
			}
			f = &r.Fills[len(r.Fills)-1]
			if len(s.breaks) > 0 {
				if err := s.known.Place(sp, s.breaks, ref); err != nil {
					return pods.Held{}, err
				}
				s.breaks = nil
				spans = r.Open(s.Spans(r.Epoch.Index))
			}
		}
		if st, ok := s.known.Settlements.Get(sp.Key); ok && !f.Content && f.Back == pods.Unknown {
			f.Restore(st, sp)
			s.known.Settlements.Remove(sp.Key)
		}
		if !f.Content && f.Back == pods.Unknown {
			if err := s.proceed(ctx, r, f, sp, ref); err != nil {
				return pods.Held{}, err
			}
			if o != nil && f.Back == pods.Unknown {
				break // what comes after a pre-roll waits for its end
			}
		}
		if sp.End <= ref.Next() {
			if err := s.book(ctx, f, sp); err != nil {
				return pods.Held{}, err
			}
		}
	}
	return pods.Held{}, nil
}

// proceed lists what can be listed of a pod and stores its settlement.
func (s *Playback) proceed(ctx context.Context, r *pods.Run, f *pods.Fill, sp *origin.Span, ref *origin.View) error {
	k := len(r.Fills) - 1
	for k > 0 && &r.Fills[k] != f {
		k--
	}
	edge := ref.Edge()
	if s.off.revealed {
		edge += 60_000_000
	}
	if s.off.nearest && sp.End == origin.Open || !f.Advance(sp, r.Drift(k), edge, ref.Next()) {
		return nil
	}
	if at, ok := sp.Time(sp.End); s.off.nearest && ok {
		f.Settle(sp.End, at, f.Drift+f.BackTime-at)
	}
	var st avail.Settlement
	own := avail.Settlement{Listed: f.Listed, Items: f.Items, Return: f.Back, Drift: f.Drift}
	if err := s.record(ctx, "settlement/"+f.Key.String(), own, &st); err != nil {
		if f = r.Find(sp.Sequence); f != nil { // what others wrote may have moved it
			f.Back = pods.Unknown
		}
		return err
	}
	f.Restore(st, sp)
	return nil
}

// decide adds the avail's fill to the run, or says where the output is held
// back until the decision is there.
func (s *Playback) decide(ctx context.Context, r *pods.Run, sp *origin.Span, ref *origin.View, p Patience) (pods.Held, error) {
	if d, ok := s.known.Decisions.Get(sp.Key); ok {
		if err := s.add(ctx, r, sp, d); err != nil {
			return pods.Held{}, err
		}
		s.known.Decisions.Remove(sp.Key)
		if r.Fills[len(r.Fills)-1].Booked {
			s.ended(sp)
		}
		return pods.Held{}, nil
	}
	if s.Unstored {
		return pods.Held{}, s.leave(ctx, r, sp, avail.StoreFull)
	}
	if s.replayed {
		return s.heldAt(sp, s.pend(sp, p.Now)), nil
	}
	if o := s.known.OwnOf(sp); o != nil {
		if r.TooClose(sp, sp.Start, ref.Target) {
			return pods.Held{}, s.leave(ctx, r, sp, avail.TooClose)
		}
		d := o.Decision
		d.Start = sp.Sequence
		return pods.Held{}, s.store(ctx, r, sp, d)
	}
	open := s.windowOf(r, sp)
	if open.Reason != "" {
		return pods.Held{}, s.store(ctx, r, sp, avail.Decision{Start: sp.Sequence, Reason: open.Reason})
	}
	w := s.pend(sp, p.Now)
	content, err := s.Outages.Doubt(s.matterOf(sp, ref, w, p.Now), p.Now)
	if errors.Is(err, outage.ErrDisputed) {
		err = s.lookAgain(ctx, p.Now)
	}
	if err != nil {
		return pods.Held{}, err
	}
	if content {
		err := s.store(ctx, r, sp, avail.Decision{Start: sp.Sequence, Reason: avail.StoreAway})
		if err == nil && w.answered() {
			s.drop(w.answer.Items, avail.StoreAway)
		}
		return pods.Held{}, err
	}
	if ref.Head() > sp.Sequence || sp.Joined {
		return pods.Held{}, s.leave(ctx, r, sp, avail.JoinedMidBreak)
	}
	if open.Wait || open.From != 0 {
		return s.part(ctx, r, sp, ref, open, p)
	}
	if r.TooClose(sp, sp.Start, ref.Target) {
		return pods.Held{}, s.leave(ctx, r, sp, avail.TooClose)
	}
	if err := s.begin(ctx, sp, p.Now); err != nil {
		return pods.Held{}, err
	}
	return s.await(ctx, r, sp, ref, w, p)
}

// windowOf is what suppression and the pre-roll leave of an avail.
func (s *Playback) windowOf(r *pods.Run, sp *origin.Span) suppression.Window {
	rule := suppression.Rule{Suppression: s.Suppression, Own: s.known.Own}
	if r == s.runs[0] {
		rule.Edge = s.known.Edge
	}
	return rule.Of(r, sp)
}

// part decides on what is left of an avail from a boundary on. Until that is
// known, and while its decision is awaited, content is shown.
func (s *Playback) part(ctx context.Context, r *pods.Run, sp *origin.Span, ref *origin.View, open suppression.Window, p Patience) (pods.Held, error) {
	w := s.pend(sp, p.Now)
	w.lead = avail.Suppressed
	from := open.From
	if open.Wait {
		from = ref.Next()
	}
	if err := s.show(ctx, sp, w, from); err != nil {
		return pods.Held{}, err
	}
	if open.Wait {
		return s.heldAt(sp, w), nil
	}
	if !w.asked && !w.elsewhere {
		w.begun = p.Now
	}
	if err := s.begin(ctx, sp, p.Now); err != nil {
		return pods.Held{}, err
	}
	return s.await(ctx, r, sp, ref, w, p)
}

// show records that an avail is content up to a boundary, before it is.
func (s *Playback) show(ctx context.Context, sp *origin.Span, w *pending, to int64) error {
	if to <= max(w.late, sp.Sequence) {
		return nil
	}
	if err := s.recordFirst(ctx, "late/"+sp.String()+"/"+fmt.Sprint(to), to, new(int64)); err != nil {
		return err
	}
	w.late = to
	return nil
}

// await accepts an answer that is there, or says where the output is held back
// until it is.
func (s *Playback) await(ctx context.Context, r *pods.Run, sp *origin.Span, ref *origin.View, w *pending, p Patience) (pods.Held, error) {
	if w.answered() {
		return pods.Held{}, s.accept(ctx, r, sp, w, ref)
	}
	edge := ref.Edge()
	room := sp.Start-ref.Start() >= 3*ref.Target
	if ref.Ended || w.late == 0 && (p.first || edge-sp.Start > ref.Target || !room) {
		if p.Exhausted {
			return pods.Held{}, s.leave(ctx, r, sp, avail.AdsTimeout)
		}
		if err := s.ahead(ctx, r, sp, ref, p.Now); err != nil {
			return pods.Held{}, err
		}
		return pods.Held{}, &Wait{pending: w, Whole: ref.Ended}
	}
	if left := prefetchPause - p.Now.Sub(w.begun); left > 0 && w.late == 0 && s.known.Prefetches.Any() {
		return pods.Held{}, &Wait{pending: w, AtMost: left}
	}
	if p.Now.Before(s.holdEnd(sp, ref)) {
		return s.heldAt(sp, w), nil
	}
	if left := s.holdTime(ref) - p.Now.Sub(w.begun); left > 0 {
		// Others saw the avail before this session did and have used its hold
		// up, or no request came in time. Most answers come at once, so its requests
		// wait that long, all of them: players ask for audio and video together.
		return pods.Held{}, &Wait{pending: w, AtMost: left}
	}
	if p.Now.Sub(w.begun) >= s.Rules.Budget || sp.End != origin.Open && ref.Next() >= sp.End {
		return pods.Held{}, s.leave(ctx, r, sp, avail.AdsTimeout)
	}
	// A late start: what is published by now is shown as content, and the pod
	// may still begin after it.
	if err := s.show(ctx, sp, w, ref.Next()); err != nil {
		return pods.Held{}, err
	}
	return s.heldAt(sp, w), nil
}

// ahead starts the decisions of the avails that follow sp in the window, so that
// a first answer with many of them waits once and not once for each.
func (s *Playback) ahead(ctx context.Context, r *pods.Run, sp *origin.Span, ref *origin.View, now time.Time) error {
	for _, later := range s.Stream.Spans(r.Epoch.Index) {
		if later.Sequence <= sp.Sequence || later.Sequence >= ref.Next() || later.Joined {
			continue
		}
		if _, ok := s.known.Decisions.Get(later.Key); !ok {
			if err := s.begin(ctx, later, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// heldAt stops the output at the avail's start, or at what was shown of it.
func (s *Playback) heldAt(sp *origin.Span, w *pending) pods.Held {
	h := pods.Held{Active: true, Sequence: sp.Sequence, Time: sp.Start, Before: sp.Before, Avail: sp.Sequence}
	if w.late > 0 {
		if t, ok := sp.Time(w.late); ok {
			h.Sequence, h.Time, h.Before = w.late, t, sp.NumberBefore(w.late)
		}
	}
	return h
}

// holdTime is how long the output may end before an undecided avail: players
// expect an update within 1.5 target durations (RFC 8216bis §6.2.1), of which
// the origin has used one and the template's refresh interval a part.
func (s *Playback) holdTime(ref *origin.View) time.Duration {
	target := time.Duration(ref.Target) * time.Microsecond
	return max(0, min(s.Rules.Budget, target/2-s.env.Refresh(target)))
}

// holdEnd is until when an answer may end before an undecided avail. Where the
// avail was seen late, because no player asked for a while, players have had nothing
// new for longer than the origin's own pace, and would have nothing for another
// half a target duration after such an answer.
func (s *Playback) holdEnd(sp *origin.Span, ref *origin.View) time.Time {
	hold := s.holdTime(ref)
	end := time.UnixMicro(sp.Seen).Add(hold)
	if sp.Grown == 0 {
		return end
	}
	target := time.Duration(ref.Target) * time.Microsecond
	if due := time.UnixMicro(sp.Grown).Add(target + target/2 - hold); due.Before(end) {
		return due
	}
	return end
}

// leave makes the avail content, for a reason that other nodes need not know of.
func (s *Playback) leave(ctx context.Context, r *pods.Run, sp *origin.Span, reason avail.Reason) error {
	return s.keep(ctx, r, sp, avail.Decision{Start: sp.Sequence, Reason: reason}, true)
}

// accept fits the answer to what is left of the avail and stores it.
func (s *Playback) accept(ctx context.Context, r *pods.Run, sp *origin.Span, w *pending, ref *origin.View) error {
	d := w.answer
	d.Start, d.Lead = sp.Sequence, w.lead
	if sp.Unmarked {
		pods.AtSegments(&d, ref)
	}
	begin := sp.Start
	if w.late > 0 && !s.off.late {
		t, ok := sp.Time(w.late)
		if !ok || sp.End != origin.Open && w.late >= sp.End || r.TooClose(sp, t, ref.Target) {
			if err := s.leave(ctx, r, sp, avail.AdsLate); err != nil {
				return err
			}
			s.drop(d.Items, avail.AdsLate)
			return nil
		}
		d.Start, begin = w.late, t
	}
	if sp.Timed {
		s.drop(pods.DropShort(&d), avail.AdTooShort)
	}
	var dropped []avail.Item
	var reason avail.Reason
	if sp.Duration > 0 && !sp.Static {
		dropped, reason = pods.Fit(&d, sp.Duration-(begin-sp.Start)-pods.Overdue(r.Drift(len(r.Fills))), w.late > 0 && w.lead == "")
	}
	if err := s.keep(ctx, r, sp, d, true); err != nil {
		w.tried = w.tried || errors.Is(err, outage.ErrUnsure)
		return err
	}
	s.drop(dropped, reason)
	return nil
}

// drop tells of chosen ads that are not shown after all.
func (s *Playback) drop(items []avail.Item, reason avail.Reason) {
	if s.env.Audience != nil {
		s.env.Audience.Unshown(s.Session, pods.AdsOf(items), reason)
	}
}

// prefetchPause is how long a request waits where a set may fill a new avail:
// that takes a read of the store, and the playlist that first shows the avail can
// show its ads.
const prefetchPause = 100 * time.Millisecond
