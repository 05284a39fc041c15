package stitch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/contents"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/prefetches"
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

	// session is what the request comes from, batch the decisions that were begun
	// with it.
	session *session
	batch   *batch
	// by is the span of the request for a manifest that the decision was begun by.
	by tracing.Link
}

// Rules are the limits that a session's decisions are made under.
type Rules struct {
	// Budget is how long a decision may take, Whole how long those of an asset
	// that has ended.
	Budget, Whole time.Duration
	// Refresh is how old a template may get, given the target duration.
	Refresh func(target time.Duration) time.Duration
	// Longest is the longest time that an idle session is kept; 0 is an hour.
	Longest time.Duration
}

// errOutOfStep says that a rendition and the reference are on different sides
// of a restart of the origin, or that nothing of the rendition may be listed.
var errOutOfStep = errors.New("the rendition and the reference are out of step")

// session is a viewer's playback in memory. Everything in it can be had again
// from the store; what is dropped costs a read.
type session struct {
	*playback.Session
	layout *origin.Layout
	// mpd is the layout of a session that is played in DASH; nil in HLS.
	mpd *layouts.MPD
	// hash is the account's label in URLs.
	hash    string
	stream  *ledger.Stream
	facts   store.Facts
	assets  contents.Assets
	decider Decider
	rules   Rules
	now     func() time.Time
	log     *slog.Logger
	// shared is set where other nodes answer the session too; node is the name of
	// this one.
	shared bool
	node   string
	// outages is Options.Outages where the store is shared, nil elsewhere.
	outages func() []store.Outage
	// recorder records the session's answers, with the bodies of ad responses where
	// rawAds is set; nil does not. unrecorded counts answers that it had no room for.
	recorder   *Recorder
	rawAds     bool
	unrecorded atomic.Int64
	// logged is what was logged of the origin's manifests.
	logged manifestsLogged
	// inspected is whether the answers are inspected.
	inspected bool
	// replayed is set where answers are made again from a recording: what its records
	// do not decide was not decided.
	replayed bool

	mu sync.Mutex
	// rev is the revision up to which the session's records are known here.
	rev int64
	// behind is set once records of other nodes have been read that refer to entries of the
	// ledger which this node has not read.
	behind bool
	// refers is the revision of the ledger that the records refer to; 0 if no record names one.
	refers int64
	// reads is how many reads of the ledger had begun by then: a later one has caught up.
	reads    int64
	runs     []*run // the current epoch's, and the one before while it is needed
	pendings map[avail.Key]*pending
	known    known
	answered bool
	// over is set where the store has forgotten the session: nothing is written to it.
	over   bool
	own    []*own // in order
	merged merged
	// entry is the pre-roll's decision.
	entry *pending
	// lone is when the outage began in which the session began on this node: during that
	// no other node knows it. Zero is none.
	lone time.Time
	// looked is when the records were last read because of something disputed.
	looked time.Time
	// breaks are those of a decision that are not placed yet.
	breaks []avail.Break
	// batch are the decisions that the answer being planned has begun, if any.
	batch *batch
	// lost is since when the assets of a decision could not be looked up.
	lost time.Time
	// tracking is what the tracking document needs.
	tracking document
	// prefetches are what was retrieved for avails to come.
	prefetches prefetches.Sets

	// used is when the session was last asked for, ttl how long it is kept
	// after that, told until when the store keeps it: microseconds, read
	// without the lock.
	used, ttl, told atomic.Int64

	// booked takes the account of every avail that is over; nil drops them. It
	// is called with mu held.
	booked func(avail.Account)
	// unshown takes ads that were chosen and can't be shown, cutShort how many of
	// an avail's last ads it had no time for; nil drops them. They are called with
	// mu held.
	unshown  func(list []*avail.Ad, reason avail.Reason)
	cutShort func(key avail.Key, dropped int)

	// options compile the session's templates, variant is their key.
	options hls.Options
	variant string
	prefix  prefixes

	// turns are those of requests that have waited, inTurn is whether the answer
	// being planned has one.
	turns  *Turns
	inTurn bool

	off switches
}

// known are the records of a session that was read back from the store.
type known struct {
	begins      few[int, int64]
	decisions   few[avail.Key, avail.Decision]
	settlements few[avail.Key, avail.Settlement]
	late        few[avail.Key, int64]
	// fold sums up the avails before the others; nil before there is one. first
	// are the revisions at which the first records of the others were written.
	fold  *fold
	first few[avail.Key, int64]
	// accounts are the avails whose accounts are closed.
	accounts few[avail.Key, bool]
	// asked are the avails, by name, whose decisions other nodes have begun.
	asked few[string, bool]
	// edge is the live edge at the session's start, 0 where nothing asks.
	edge int64
	// entered is set once it is recorded what the session begins with.
	entered bool
}

// recall reads a session's records, up to revision rev.
func (s *session) recall(stored []avail.Fact, rev int64) error {
	s.known = known{}
	if err := s.learnAll(stored, rev); err != nil {
		return err
	}
	// Versions before this did not record that a session began with content.
	s.known.entered = s.known.entered || !s.shared && len(s.known.begins) > 0
	return nil
}

// recallInto keeps the last record under each avail.
func recallInto[T any](m *few[avail.Key, T], name string, value []byte) error {
	key, err := avail.ParseKey(name)
	if err != nil {
		return err
	}
	var v T
	if err := decodeRecord(value, &v); err != nil {
		return err
	}
	m.put(key, v)
	return nil
}

// pend notes that an avail is undecided.
func (s *session) pend(sp *origin.Span, now time.Time) *pending {
	if w := s.pendings[sp.Key]; w != nil {
		return w
	}
	w := newPending(sp.Key, now)
	w.late, _ = s.known.late.get(sp.Key)
	if s.pendings == nil {
		s.pendings = map[avail.Key]*pending{}
	}
	s.pendings[sp.Key] = w
	return w
}

// decided notes that an avail is not undecided any more. A map keeps its memory when it
// is empty, and an idle session has none to decide.
func (s *session) decided(key avail.Key) {
	if delete(s.pendings, key); len(s.pendings) == 0 {
		s.pendings = nil
	}
}

// begin starts the decision of an avail unless it is under way, here or on
// another node.
func (s *session) begin(ctx context.Context, sp *origin.Span, now time.Time) error {
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
		s.batch = new(batch)
	}
	s.ask(w, DecisionRequest{
		Session: s.Session, Layout: s.layout, Avail: sp.Avail, Index: s.index(sp.Key),
		Insertion: sp.Static && sp.End == sp.Sequence, batch: s.batch, by: tracing.LinkTo(ctx),
	})
	return nil
}

// ask has a decision made.
func (s *session) ask(w *pending, r DecisionRequest) {
	w.asked = true
	r.session = s
	s.decider.Decide(r, func(d avail.Decision) {
		w.answer = d
		w.settle()
		if s.shared {
			s.arrived(context.Background())
		}
	})
}

// index counts the avails of the stream before a place, since the session started:
// [avail.index]. It follows from the ledger, so that avails that are decided at
// once differ, and a process that was started again goes on with the numbers.
func (s *session) index(before avail.Key) int {
	n, from := 0, avail.Key{}
	if f := s.known.fold; f != nil {
		n, from = f.Count, avail.Key{Epoch: f.Epoch, Sequence: f.Before}
	}
	for _, x := range s.known.begins {
		epoch, begin := x.key, x.v
		if epoch > before.Epoch || epoch < from.Epoch {
			continue
		}
		for _, sp := range s.stream.Spans(epoch) {
			if epoch == before.Epoch && sp.Sequence >= before.Sequence {
				break
			}
			if epoch == from.Epoch && sp.Sequence < from.Sequence {
				continue
			}
			if sp.Static || sp.End == origin.Open || sp.End > begin {
				n++
			}
		}
	}
	return n
}

// run is the session's run of an epoch, begun at the reference's head if it is
// new.
func (s *session) run(ctx context.Context, ref *origin.View) (*run, error) {
	for _, r := range s.runs {
		if r.epoch.Index == ref.Epoch.Index {
			return r, nil
		}
	}
	index := ref.Epoch.Index
	begin, ok := s.known.begins.get(index)
	if !ok {
		if err := s.recordZero(ctx, ref); err != nil {
			return nil, err
		}
		if err := s.record(ctx, fmt.Sprintf("begin/%d", index), ref.Head(), &begin); err != nil {
			return nil, err
		}
		s.known.begins.put(index, begin)
	}
	r := &run{epoch: ref.Epoch, begin: begin, base: newBase(ref.Epoch, begin, len(s.layout.Renditions))}
	if f := s.known.fold; f != nil && f.Epoch == index {
		r.base = *f
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

// state is what a session's manifest is made from: the reference as it is now, what
// each avail became, and where the output is held back. A planner reads it and writes
// nothing.
type state struct {
	ref  *origin.View
	run  *run
	hold held
}

// settled brings the session up to date with the newest view of the reference. The
// error may be a *waitFor, after which the caller asks again.
func (s *session) settled(ctx context.Context, ref *origin.View, p patience) (state, error) {
	r, err := s.run(ctx, ref)
	if err != nil {
		return state{}, err
	}
	s.ttl.Store(windowTTL(ref, s.rules.Longest).Microseconds())
	if err := s.catchUp(ctx, p.caught); err != nil {
		return state{}, err
	}
	p.first = !s.answered
	hold, err := s.settle(ctx, r, ref, p)
	if err != nil {
		return state{}, err
	}
	r.number(r.open(s.spans(r.epoch.Index)), hold)
	return state{ref: ref, run: r, hold: hold}, nil
}

// lineOf is the timeline as it was in the epoch of v; nil where this node has not seen
// it. A rendition that has not restarted yet goes on as it was.
func (s *session) lineOf(ref, v *origin.View) *origin.View {
	switch {
	case v.Epoch.Index < ref.Epoch.Index:
		return s.stream.Final(v.Epoch.Index)
	case v.Epoch.Index > ref.Epoch.Index:
		return nil
	}
	return ref
}

// plan says what rendition n's playlist consists of, given the newest view of
// it and of the reference. The answer may be a *waitFor, after which the
// caller asks again.
func (s *session) plan(ctx context.Context, n int, ref, v *origin.View, p patience, out *hls.Plan, pool *adRuns) error {
	defer s.leaveTurn()
	if p.waited {
		s.takeTurn(ctx)
	}
	if ref = s.lineOf(ref, v); ref == nil {
		return errOutOfStep
	}
	now, err := s.settled(ctx, ref, p)
	if err != nil {
		return err
	}
	rendition := s.layout.Renditions[n]
	spans := s.spans(now.run.epoch.Index)
	x := rendering{
		signaling: s.Signaling,
		run:       now.run, static: len(spans) > 0 && spans[0].Static && (ref.Dated || v.Dated), cuts: s.stream,
		name: rendition.Name, n: n, track: rendition.Track,
		ref: ref, v: v, hold: now.hold, plan: out, pool: pool, off: s.off,
		assume: s.lostFor(p.now) >= maxDisputed, unsettled: s.unsettled(p.now),
	}
	out.Runs, out.Signals, out.Tail = out.Runs[:0], out.Signals[:0], false
	pool.list = pool.list[:0]
	if err := x.render(ctx); errors.Is(err, store.ErrUnavailable) {
		return s.unsure(p.now)
	} else if err != nil {
		return err
	}
	if len(out.Runs) == 0 {
		return errOutOfStep
	}
	s.answered = true
	return nil
}
