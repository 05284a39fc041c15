package stitch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// fitSlack is by how much times of the content may differ that are to be the same:
// half a frame at 25 frames a second.
const fitSlack = int64(20_000)

// pending is an avail whose decision is being made.
type pending struct {
	key   avail.Key
	begun time.Time
	// done is closed when answer is there.
	done   chan struct{}
	answer avail.Decision
	// asked is set once the decision is under way here, elsewhere where another
	// node makes it.
	asked, elsewhere bool
	once             sync.Once
	// late is the number up to which the avail was shown as content while the
	// decision was awaited, or not wanted yet; 0 while nothing of it was shown.
	late int64
	// lead is why that much is content, where no decision was late.
	lead avail.Reason
	// tried is set where it is not known whether the answer has been recorded.
	tried bool
}

func newPending(key avail.Key, now time.Time) *pending {
	return &pending{key: key, begun: now, done: make(chan struct{})}
}

// settle wakes those who wait.
func (p *pending) settle() { p.once.Do(func() { close(p.done) }) }

func (p *pending) answered() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// patience says what a request may do about an undecided avail.
type patience struct {
	now time.Time
	// first is set for a session's first answer on this node: nothing can be
	// held back from someone who has nothing yet.
	first bool
	// exhausted is set once the request has waited as long as it may.
	exhausted bool
	// waited is set once the request has waited for a decision.
	waited bool
	// caught is set once the records of other nodes have been read.
	caught bool
}

// waitFor is returned where a request must wait for a decision before it can
// be answered.
type waitFor struct {
	pending *pending
	// atMost, where not 0, is less than the usual patience.
	atMost time.Duration
	// whole is set for an asset that has ended: what is not decided in its one
	// answer is never shown.
	whole bool
}

func (w *waitFor) Error() string {
	return fmt.Sprintf("avail %s is being decided", w.pending.key)
}

// settle brings the run up to date with the reference view: every avail that
// it shows is decided or holds the output back, every pod is listed as far as
// it may be. Decisions and settlements are stored before they are used.
func (s *session) settle(ctx context.Context, r *run, ref *origin.View, p patience) (held, error) {
	s.batch = nil
	if err := s.enter(ctx, r, ref, p); err != nil {
		return held{}, err
	}
	r.edge = max(r.edge, ref.Edge())
	spans := r.open(s.spans(r.epoch.Index))
	for i := 0; i < len(spans); i++ {
		sp := spans[i]
		if !sp.Static && sp.End != origin.Open && sp.End <= r.begin {
			continue // it was over before the session came
		}
		if sp.Sequence >= ref.Next() && !sp.Static {
			break
		}
		f := r.find(sp.Sequence)
		o := s.ownOf(sp)
		if o != nil {
			if err := s.follow(ctx, o, f, ref); err != nil {
				return held{}, err
			}
		}
		if f == nil {
			h, err := s.decide(ctx, r, sp, ref, p)
			if err != nil || h.active {
				return h, err
			}
			f = &r.fills[len(r.fills)-1]
			if len(s.breaks) > 0 {
				if err := s.place(sp, s.breaks, ref); err != nil {
					return held{}, err
				}
				s.breaks = nil
				spans = r.open(s.spans(r.epoch.Index))
			}
		}
		if st, ok := s.known.settlements.get(sp.Key); ok && !f.content && f.back == unknown {
			f.restore(st, sp)
			s.known.settlements.remove(sp.Key)
		}
		if !f.content && f.back == unknown {
			if err := s.proceed(ctx, r, f, sp, ref); err != nil {
				return held{}, err
			}
			if o != nil && f.back == unknown {
				break // what comes after a pre-roll waits for its end
			}
		}
		if sp.End <= ref.Next() {
			if err := s.book(ctx, f, sp); err != nil {
				return held{}, err
			}
		}
	}
	return held{}, nil
}

// proceed lists what can be listed of a pod and stores its settlement.
func (s *session) proceed(ctx context.Context, r *run, f *fill, sp *origin.Span, ref *origin.View) error {
	k := len(r.fills) - 1
	for k > 0 && &r.fills[k] != f {
		k--
	}
	edge := ref.Edge()
	if s.off.revealed {
		edge += 60_000_000
	}
	if s.off.nearest && sp.End == origin.Open || !f.advance(sp, r.drift(k), edge, ref.Next()) {
		return nil
	}
	if at, ok := sp.Time(sp.End); s.off.nearest && ok {
		f.settle(sp.End, at, f.drift+f.backTime-at)
	}
	var st avail.Settlement
	own := avail.Settlement{Listed: f.listed, Items: f.items, Return: f.back, Drift: f.drift}
	if err := s.record(ctx, "settlement/"+f.key.String(), own, &st); err != nil {
		if f = r.find(sp.Sequence); f != nil { // what others wrote may have moved it
			f.back = unknown
		}
		return err
	}
	f.restore(st, sp)
	return nil
}

// restore makes the stored settlement the fill's.
func (f *fill) restore(st avail.Settlement, sp *origin.Span) {
	at, _ := sp.Time(st.Return)
	f.listed, f.items = st.Listed, st.Items
	f.settle(st.Return, at, st.Drift)
	f.numbered = f.numbered || sp.Timed // there are no discontinuity numbers
}

// decide adds the avail's fill to the run, or says where the output is held
// back until the decision is there.
func (s *session) decide(ctx context.Context, r *run, sp *origin.Span, ref *origin.View, p patience) (held, error) {
	if d, ok := s.known.decisions.get(sp.Key); ok {
		if err := s.add(ctx, r, sp, d); err != nil {
			return held{}, err
		}
		s.known.decisions.remove(sp.Key)
		if r.fills[len(r.fills)-1].booked {
			s.ended(sp)
		}
		return held{}, nil
	}
	if s.Unstored {
		return held{}, s.leave(ctx, r, sp, avail.StoreFull)
	}
	if s.replayed {
		return s.heldAt(sp, s.pend(sp, p.now)), nil
	}
	if o := s.ownOf(sp); o != nil {
		if r.tooClose(sp, sp.Start, ref.Target) {
			return held{}, s.leave(ctx, r, sp, avail.TooClose)
		}
		d := o.decision
		d.Start = sp.Sequence
		return held{}, s.store(ctx, r, sp, d)
	}
	open := s.windowOf(r, sp)
	if open.reason != "" {
		return held{}, s.store(ctx, r, sp, avail.Decision{Start: sp.Sequence, Reason: open.reason})
	}
	w := s.pend(sp, p.now)
	content, err := s.doubt(s.matterOf(sp, ref, w, p.now), p.now)
	if errors.Is(err, errDisputed) {
		err = s.lookAgain(ctx, p.now)
	}
	if err != nil {
		return held{}, err
	}
	if content {
		err := s.store(ctx, r, sp, avail.Decision{Start: sp.Sequence, Reason: avail.StoreAway})
		if err == nil && w.answered() {
			s.drop(w.answer.Items, avail.StoreAway)
		}
		return held{}, err
	}
	if ref.Head() > sp.Sequence || sp.Joined {
		return held{}, s.leave(ctx, r, sp, avail.JoinedMidBreak)
	}
	if open.wait || open.from != 0 {
		return s.part(ctx, r, sp, ref, open, p)
	}
	if r.tooClose(sp, sp.Start, ref.Target) {
		return held{}, s.leave(ctx, r, sp, avail.TooClose)
	}
	if err := s.begin(ctx, sp, p.now); err != nil {
		return held{}, err
	}
	return s.await(ctx, r, sp, ref, w, p)
}

// part decides on what is left of an avail from a boundary on. Until that is
// known, and while its decision is awaited, content is shown.
func (s *session) part(ctx context.Context, r *run, sp *origin.Span, ref *origin.View, open window, p patience) (held, error) {
	w := s.pend(sp, p.now)
	w.lead = avail.Suppressed
	from := open.from
	if open.wait {
		from = ref.Next()
	}
	if err := s.show(ctx, sp, w, from); err != nil {
		return held{}, err
	}
	if open.wait {
		return s.heldAt(sp, w), nil
	}
	if !w.asked && !w.elsewhere {
		w.begun = p.now
	}
	if err := s.begin(ctx, sp, p.now); err != nil {
		return held{}, err
	}
	return s.await(ctx, r, sp, ref, w, p)
}

// show records that an avail is content up to a boundary, before it is.
func (s *session) show(ctx context.Context, sp *origin.Span, w *pending, to int64) error {
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
func (s *session) await(ctx context.Context, r *run, sp *origin.Span, ref *origin.View, w *pending, p patience) (held, error) {
	if w.answered() {
		return held{}, s.accept(ctx, r, sp, w, ref)
	}
	edge := ref.Edge()
	room := sp.Start-ref.Start() >= 3*ref.Target
	if ref.Ended || w.late == 0 && (p.first || edge-sp.Start > ref.Target || !room) {
		if p.exhausted {
			return held{}, s.leave(ctx, r, sp, avail.AdsTimeout)
		}
		if err := s.ahead(ctx, r, sp, ref, p.now); err != nil {
			return held{}, err
		}
		return held{}, &waitFor{pending: w, whole: ref.Ended}
	}
	if left := prefetchPause - p.now.Sub(w.begun); left > 0 && w.late == 0 && s.prefetches.Any() {
		return held{}, &waitFor{pending: w, atMost: left}
	}
	if p.now.Before(s.holdEnd(sp, ref)) {
		return s.heldAt(sp, w), nil
	}
	if left := s.holdTime(ref) - p.now.Sub(w.begun); left > 0 {
		// Others saw the avail before this session did and have used its hold
		// up, or no request came in time. Most answers come at once, so its requests
		// wait that long, all of them: players ask for audio and video together.
		return held{}, &waitFor{pending: w, atMost: left}
	}
	if p.now.Sub(w.begun) >= s.rules.Budget || sp.End != origin.Open && ref.Next() >= sp.End {
		return held{}, s.leave(ctx, r, sp, avail.AdsTimeout)
	}
	// A late start: what is published by now is shown as content, and the pod
	// may still begin after it.
	if err := s.show(ctx, sp, w, ref.Next()); err != nil {
		return held{}, err
	}
	return s.heldAt(sp, w), nil
}

// ahead starts the decisions of the avails that follow sp in the window, so that
// a first answer with many of them waits once and not once for each.
func (s *session) ahead(ctx context.Context, r *run, sp *origin.Span, ref *origin.View, now time.Time) error {
	for _, later := range s.stream.Spans(r.epoch.Index) {
		if later.Sequence <= sp.Sequence || later.Sequence >= ref.Next() || later.Joined {
			continue
		}
		if _, ok := s.known.decisions.get(later.Key); !ok {
			if err := s.begin(ctx, later, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// heldAt stops the output at the avail's start, or at what was shown of it.
func (s *session) heldAt(sp *origin.Span, w *pending) held {
	h := held{active: true, sequence: sp.Sequence, time: sp.Start, before: sp.Before, avail: sp.Sequence}
	if w.late > 0 {
		if t, ok := sp.Time(w.late); ok {
			h.sequence, h.time, h.before = w.late, t, sp.NumberBefore(w.late)
		}
	}
	return h
}

// holdTime is how long the output may end before an undecided avail: players
// expect an update within 1.5 target durations (RFC 8216bis §6.2.1), of which
// the origin has used one and the template's refresh interval a part.
func (s *session) holdTime(ref *origin.View) time.Duration {
	target := time.Duration(ref.Target) * time.Microsecond
	return max(0, min(s.rules.Budget, target/2-s.rules.Refresh(target)))
}

// holdEnd is until when an answer may end before an undecided avail. Where the
// avail was seen late, because no player asked for a while, players have had nothing
// new for longer than the origin's own pace, and would have nothing for another
// half a target duration after such an answer.
func (s *session) holdEnd(sp *origin.Span, ref *origin.View) time.Time {
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

// tooClose says whether a pod that begins at a time follows the last return so
// closely that renditions with other boundaries could not tell the two cuts
// apart. One that begins exactly there is not. On a timed timeline all renditions
// have the same cuts, and an asset is shown whole.
func (r *run) tooClose(sp *origin.Span, begin, span int64) bool {
	if sp.Static || sp.Timed {
		return false
	}
	for i := len(r.fills) - 1; i >= 0; i-- {
		f := &r.fills[i]
		if f.empty() {
			continue
		}
		return f.back != unknown && near(begin-f.backTime, span)
	}
	return r.base.Return != 0 && near(begin-r.base.Return, span)
}

func near(gap, span int64) bool { return gap > 1000 && gap < 2*span+100_000 }

// leave makes the avail content, for a reason that other nodes need not know of.
func (s *session) leave(ctx context.Context, r *run, sp *origin.Span, reason avail.Reason) error {
	return s.keep(ctx, r, sp, avail.Decision{Start: sp.Sequence, Reason: reason}, true)
}

// accept fits the answer to what is left of the avail and stores it.
func (s *session) accept(ctx context.Context, r *run, sp *origin.Span, w *pending, ref *origin.View) error {
	d := w.answer
	d.Start, d.Lead = sp.Sequence, w.lead
	if sp.Unmarked {
		atSegments(&d, ref)
	}
	begin := sp.Start
	if w.late > 0 && !s.off.late {
		t, ok := sp.Time(w.late)
		if !ok || sp.End != origin.Open && w.late >= sp.End || r.tooClose(sp, t, ref.Target) {
			if err := s.leave(ctx, r, sp, avail.AdsLate); err != nil {
				return err
			}
			s.drop(d.Items, avail.AdsLate)
			return nil
		}
		d.Start, begin = w.late, t
	}
	if sp.Timed {
		s.drop(long(&d), avail.AdTooShort)
	}
	var dropped []avail.Item
	var reason avail.Reason
	if sp.Duration > 0 && !sp.Static {
		dropped, reason = fit(&d, sp.Duration-(begin-sp.Start)-overdue(r.drift(len(r.fills))), w.late > 0 && w.lead == "")
	}
	if err := s.keep(ctx, r, sp, d, true); err != nil {
		w.tried = w.tried || errors.Is(err, errUnsure)
		return err
	}
	s.drop(dropped, reason)
	return nil
}

// drop tells of chosen ads that are not shown after all.
func (s *session) drop(items []avail.Item, reason avail.Reason) {
	if s.unshown != nil {
		s.unshown(adsOf(items), reason)
	}
}
