package stitch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/contents"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/known"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/reference"
	"stitcher/internal/stitch/turns"
	"stitcher/internal/store"
	"stitcher/internal/tracing"
)

// Decider is asked what fills an avail. It answers by calling done exactly
// once, from any goroutine, and never before it returns.
type Decider interface {
	Decide(r DecisionRequest, done func(avail.Decision))
}

// DecisionRequest is what a decision depends on.
type DecisionRequest struct {
	Session *playback.Session
	Layout  *origin.Layout
	Avail   avail.Avail
	// Index is how many avails of the stream came before since the session
	// started.
	Index int
	// PreRoll is set for the pod that a live session begins with.
	PreRoll bool
	// Oldest is, for a pre-roll, the stream time of the playlist's first segment.
	Oldest int64
	// Insertion is set where nothing is replaced, in an asset.
	Insertion bool
	// Overlay is set for an opportunity for ads that are shown over content.
	Overlay bool

	// Playback is what the request comes from, batch the decisions that were begun
	// with it.
	Playback *Playback
	Batch    *ads.Batch
	// By is the span of the request for a manifest that the decision was begun by.
	By tracing.Link
}

// Env is what the sessions of a node have in common.
type Env struct {
	Decider Decider
	// Audience is told of what becomes of avails; nil drops it.
	Audience Audience
	Now      func() time.Time
	Log      *slog.Logger
	// Shared is set where other nodes answer the sessions too; Node is the name of this one.
	Shared bool
	Node   string
	// Refresh is how old a template may get, given the target duration.
	Refresh func(target time.Duration) time.Duration
	// Longest is the longest time that an idle session is kept; 0 is an hour.
	Longest time.Duration
	// Turns are those of requests that have waited; nil has them wait for none.
	Turns *turns.Turns
}

// Audience is told of what becomes of the avails of sessions. It is called with the session
// locked.
type Audience interface {
	// Booked takes the account of an avail that is over.
	Booked(s *playback.Session, a avail.Account)
	// Unshown takes ads that were chosen and can't be shown.
	Unshown(s *playback.Session, list []*avail.Ad, reason avail.Reason)
	// CutShort tells how many of an avail's last ads it had no time for.
	CutShort(s *playback.Session, key avail.Key, dropped int)
}

// Rules are the limits that a session's decisions are made under.
type Rules struct {
	// Budget is how long a decision may take, Whole how long those of an asset
	// that has ended.
	Budget, Whole time.Duration
}

// Playback is a viewer's playback in memory. Everything in it can be had again
// from the store; what is dropped costs a read.
type Playback struct {
	*playback.Session
	Layout *origin.Layout
	Stream *ledger.Stream
	Facts  store.Facts
	Assets contents.Assets
	Rules  Rules
	env    *Env
	// Outages are those of the store that nodes share.
	Outages outage.Watch
	// replayed is set where answers are made again from a recording: what its records
	// do not decide was not decided.
	replayed bool

	mu sync.Mutex
	// known are the session's records, as far as this node knows them.
	known known.Records
	// behind is set once records of other nodes have been read that refer to entries of the
	// ledger which this node has not read.
	behind bool
	// reads is how many reads of the ledger had begun by then: a later one has caught up.
	reads    int64
	runs     []*pods.Run // the current epoch's, and the one before while it is needed
	pendings map[avail.Key]*pending
	answered bool
	// over is set where the store has forgotten the session: nothing is written to it.
	over bool
	// entry is the pre-roll's decision.
	entry *pending
	// breaks are those of a decision that are not placed yet.
	breaks []avail.Break
	// batch are the decisions that the answer being planned has begun, if any.
	batch *ads.Batch
	// lost is since when the assets of a decision could not be looked up.
	lost time.Time

	// ttl is how long the session is kept after its last request, in microseconds, read without
	// the lock.
	ttl atomic.Int64

	// inTurn is whether the answer being planned has a turn.
	inTurn bool

	off switches
}

// Lock begins to work on the session. Its other methods are called between Lock and Unlock; End,
// Fold and Look lock it themselves, and Lifetime needs no lock.
func (s *Playback) Lock() { s.mu.Lock() }

// Unlock ends the work, and the turn that it may have taken.
func (s *Playback) Unlock() {
	s.leaveTurn()
	s.mu.Unlock()
}

// pend notes that an avail is undecided.
func (s *Playback) pend(sp *origin.Span, now time.Time) *pending {
	if w := s.pendings[sp.Key]; w != nil {
		return w
	}
	w := newPending(sp.Key, now)
	w.late, _ = s.known.Late.Get(sp.Key)
	if s.pendings == nil {
		s.pendings = map[avail.Key]*pending{}
	}
	s.pendings[sp.Key] = w
	return w
}

// decided notes that an avail is not undecided any more. A map keeps its memory when it
// is empty, and an idle session has none to decide.
func (s *Playback) decided(key avail.Key) {
	if delete(s.pendings, key); len(s.pendings) == 0 {
		s.pendings = nil
	}
}

// begin starts the decision of an avail unless it is under way, here or on
// another node.
func (s *Playback) begin(ctx context.Context, sp *origin.Span, now time.Time) error {
	w := s.pend(sp, now)
	if w.asked || w.elsewhere {
		return nil
	}
	mine, err := s.claim(ctx, sp.String())
	if err != nil {
		return err
	}
	if w.elsewhere = !mine; w.elsewhere {
		return nil
	}
	if s.batch == nil {
		s.batch = new(ads.Batch)
	}
	s.ask(w, DecisionRequest{
		Session: s.Session, Layout: s.Layout, Avail: sp.Avail, Index: s.Index(sp.Key),
		Insertion: sp.Static && sp.End == sp.Sequence, Batch: s.batch, By: tracing.LinkTo(ctx),
	})
	return nil
}

// ask has a decision made.
func (s *Playback) ask(w *pending, r DecisionRequest) {
	w.asked = true
	r.Playback = s
	s.env.Decider.Decide(r, func(d avail.Decision) {
		w.answer = d
		w.settle()
		if s.env.Shared {
			s.arrived(context.Background())
		}
	})
}

// Index counts the avails of the stream before a place, since the session started.
func (s *Playback) Index(before avail.Key) int { return s.known.Index(s.Stream, before) }

// run is the session's run of an epoch, begun at the reference's head if it is
// new.
func (s *Playback) run(ctx context.Context, ref *origin.View) (*pods.Run, error) {
	for _, r := range s.runs {
		if r.Epoch.Index == ref.Epoch.Index {
			return r, nil
		}
	}
	index := ref.Epoch.Index
	begin, ok := s.known.Begins.Get(index)
	if !ok {
		if err := s.recordZero(ctx, ref); err != nil {
			return nil, err
		}
		if err := s.record(ctx, fmt.Sprintf("begin/%d", index), ref.Head(), &begin); err != nil {
			return nil, err
		}
		s.known.Begins.Put(index, begin)
	}
	r := &pods.Run{Epoch: ref.Epoch, Begin: begin, Base: records.NewFold(ref.Epoch, begin, len(s.Layout.Renditions))}
	if f := s.known.Fold; f != nil && f.Epoch == index {
		r.Base = *f
	}
	for _, old := range s.runs {
		if err := s.finish(ctx, old); err != nil {
			return nil, err
		}
		if err := s.abandon(ctx, old, avail.OriginRestart); err != nil {
			return nil, err
		}
	}
	s.runs = append(s.runs, r)
	if len(s.runs) > 2 {
		s.runs = append(s.runs[:0:0], s.runs[1:]...)
	}
	return r, nil
}

// Settled brings the session up to date with the newest view of the reference. The
// error may be a *Wait, after which the caller asks again.
func (s *Playback) Settled(ctx context.Context, ref *origin.View, p Patience) (pods.State, error) {
	if p.Waited {
		s.takeTurn(ctx)
	}
	r, err := s.run(ctx, ref)
	if err != nil {
		return pods.State{}, err
	}
	s.ttl.Store(windowTTL(ref, s.env.Longest).Microseconds())
	if err := s.catchUp(ctx, p.Caught); err != nil {
		return pods.State{}, err
	}
	p.first = !s.answered
	hold, err := s.settle(ctx, r, ref, p)
	if err != nil {
		return pods.State{}, err
	}
	r.Number(r.Open(s.Spans(r.Epoch.Index)), hold)
	return pods.State{Ref: ref, Run: r, Hold: hold}, nil
}

// LineOf is the timeline as it was in the epoch of v; nil where this node has not seen
// it. A rendition that has not restarted yet goes on as it was.
func (s *Playback) LineOf(ref, v *origin.View) *origin.View {
	switch {
	case v.Epoch.Index < ref.Epoch.Index:
		return s.Stream.Final(v.Epoch.Index)
	case v.Epoch.Index > ref.Epoch.Index:
		return nil
	}
	return ref
}

// Begun is whether the session was answered, here or on another node.
func (s *Playback) Begun() bool { return s.answered || len(s.known.Begins) > 0 }

// NoteAnswer notes that the session gets an answer.
func (s *Playback) NoteAnswer() { s.answered = true }

// Revision is the revision up to which the session's records are known here.
func (s *Playback) Revision() int64 { return s.known.Rev }

// Plan says what rendition n's playlist consists of, given the newest view of
// it and of the reference. The answer may be a *Wait, after which the
// caller asks again.
func (s *Playback) Plan(ctx context.Context, n int, ref, v *origin.View, p Patience, out *hls.Plan, pool *hlsplan.Pool) error {
	defer s.leaveTurn()
	if ref = s.LineOf(ref, v); ref == nil {
		return reference.ErrOutOfStep
	}
	now, err := s.Settled(ctx, ref, p)
	if err != nil {
		return err
	}
	rendition := s.Layout.Renditions[n]
	spans := s.Spans(now.Run.Epoch.Index)
	err = hlsplan.Plan(ctx, hlsplan.Input{
		Signaling: s.Signaling,
		Run:       now.Run, Static: len(spans) > 0 && spans[0].Static && (ref.Dated || v.Dated), Cuts: s.Stream,
		Name: rendition.Name, N: n, Track: rendition.Track,
		Ref: ref, View: v, Hold: now.Hold, Off: s.off.plan,
		Assume: s.Outages.LostFor(p.Now) >= outage.MaxDisputed, Unsettled: s.Outages.Unsettled(p.Now),
	}, out, pool)
	switch {
	case errors.Is(err, store.ErrUnavailable):
		return s.Outages.Unsure(p.Now)
	case err != nil:
		return err
	case len(out.Runs) == 0:
		return reference.ErrOutOfStep
	}
	s.answered = true
	return nil
}

// tracks is whether the player fires events: it has the tracking document then.
func (s *Playback) tracks() bool { return s.Reporting != playback.ReportingServer }

// recordZero records where the presentation begins.
func (s *Playback) recordZero(ctx context.Context, ref *origin.View) error {
	if !s.tracks() || len(s.runs) > 0 {
		return nil
	}
	return s.record(ctx, records.ZeroKey, ref.Start(), new(int64))
}
