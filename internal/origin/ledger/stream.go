package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/align"
	"stitcher/internal/store"
)

// Options are the rules of a stream.
type Options struct {
	// Maximum is how long an avail without announced duration may last, in
	// microseconds.
	Maximum int64
	// TTL is how long the ledger is kept after its last use.
	TTL time.Duration
	// Keep is how long an avail stays in the ledger after its end, in
	// microseconds; 0 is two hours.
	Keep int64
	// Shared is set where other nodes work on the same store. What is published
	// then stands in the store, for nodes that get an older state of a playlist
	// from the origin.
	Shared bool
	// Times are shared with other streams; nil shares none.
	Times *origin.Times
}

// ErrOlder says that a playlist is older than one that was served already;
// the caller fetches again or serves the last good one.
var ErrOlder = errors.New("the playlist is older than one already served")

// ErrRaced says that other nodes wrote to the ledger again and again while this
// one tried to; the caller asks again.
var ErrRaced = errors.New("the ledger is being written to by other nodes")

// ErrUnsettled says that a playlist may be a restart of the origin and nothing
// can be said yet; the caller serves the last good one.
var ErrUnsettled = errors.New("the origin's numbers fell and it is not certain why")

// Stream is the ledger of one origin channel. It is safe for use by many
// goroutines.
type Stream struct {
	owner string
	facts store.Facts
	opt   Options

	// mu guards what requests read. It is not held while the ledger is written, so that a
	// slow disk delays only the request that writes.
	mu     sync.RWMutex
	spans  map[int][]*origin.Span // by epoch, in order of sequence
	finals map[int]*origin.View   // the timeline's last view of a past epoch
	tracks map[string]*track
	cuts   map[cutKey]int64
	high   int64  // the highest revision of an entry that is known here
	feeds  []feed // the last ones, oldest first
	// overlays are the last ones, oldest first; unread likewise.
	overlays []avail.Avail
	unread   []Unread
	// pins are values that never change, by name.
	pins map[string]int64

	// placing is held while a template is placed and while the ledger is read or appended
	// to. The fields above, except cuts, change only while it is held; the fields below are
	// read and changed only while it is held.
	placing sync.Mutex
	epochs  []origin.Epoch
	shifts  map[string]int64 // undated renditions: own number minus reference number
	// anchors are the undated renditions that their own markers place.
	anchors map[string]anchor
	// tails are the newest segments listed by any node, by rendition, targets the
	// renditions' target durations.
	tails   map[string]tail
	targets map[string]int64
	touched time.Time
	mute    mute
	// pruned is how many avails the newest epoch had when it was last pruned.
	pruned int

	// rev is the revision up to which the ledger is known here, synced when it
	// was last read. rev changes only while placing is held.
	rev    atomic.Int64
	held   atomic.Bool
	synced atomic.Int64
	// reads is how many reads have begun, done the last one that has succeeded, and tried
	// the last one that has ended.
	reads       atomic.Int64
	done, tried int64
	// asked is when a playlist was last asked for, Unix microseconds.
	asked atomic.Int64
}

// track is what a stream knows of one rendition.
type track struct {
	newest *origin.View
	views  map[string]*origin.View // the newest of each variant
	// busy is set while a goroutine places a template of the rendition.
	busy atomic.Bool
	past *origin.View // the last of the epoch before
	// tail is the newest segment listed on any node; grown is when this node first
	// saw it, zero where it has not seen it come.
	tail  tail
	grown time.Time
	// target is the rendition's first target duration, in microseconds.
	target int64
	// fallen is when numbers were first seen to have fallen without a known
	// reason, which requests read that do not place; fallenAt is the head that they
	// fell to.
	fallen   moment
	fallenAt int64
	// again is what a rendition that does not feed the timeline shows after a
	// restart that the timeline has not seen; nil without.
	again *manifest.Timeline
	// aligned is the place of an undated rendition by its own markers. Its Times are nil if
	// the newest view was placed otherwise.
	aligned align.Placement
}

type tail struct {
	Epoch    int    `json:"e"`
	Sequence int64  `json:"s"`
	Number   int64  `json:"n"`
	Identity uint64 `json:"u"`
	End      int64  `json:"t"`
	Dated    bool   `json:"d,omitempty"`
	// Listed is when it was first listed, in Unix microseconds.
	Listed int64 `json:"l,omitempty"`
	// Timed and Version are those of the timeline.
	Timed   bool  `json:"m,omitempty"`
	Version int64 `json:"w,omitempty"`
	// First is the rendition's first number in the epoch; -1 in the first. In the
	// timeline's tail it is that of the rendition that feeds the timeline, in that
	// rendition's numbers.
	First int64 `json:"f"`
	// Begun is when the rendition was first listed in the epoch, in Unix microseconds.
	Begun int64 `json:"b,omitempty"`
	// Gap is the last time that segments of the rendition went by unlisted, nil without.
	Gap *gap `json:"g,omitempty"`
	// State is what the markers of an undated rendition have said so far.
	align.State
}

// gap is what was listed last before segments that were not.
type gap struct {
	Sequence int64 `json:"s"`
	// Number is its discontinuity number.
	Number int64 `json:"n"`
}

// rank orders tails: newer epochs first, then higher numbers. Of a timed timeline, which
// has one epoch, the version decides where the ends are the same: sound and events
// change apart from the picture.
func (t tail) rank() int64 {
	if !t.Timed {
		return int64(t.Epoch)<<48 | t.Sequence + 1
	}
	const versions = 1024 // of a hundredth of a second, about the end
	newer := (t.Version-t.Sequence)/10_000 + versions/2
	return (t.Sequence+1)*versions + min(max(newer, 0), versions-1)
}

// Open reads the ledger of a stream.
func Open(ctx context.Context, facts store.Facts, id string, opt Options) (*Stream, error) {
	s := &Stream{
		owner: Owner(id), facts: facts, opt: opt,
		epochs: []origin.Epoch{{}}, tracks: map[string]*track{}, cuts: map[cutKey]int64{}, shifts: map[string]int64{},
		anchors: map[string]anchor{}, tails: map[string]tail{}, targets: map[string]int64{},
		spans: map[int][]*origin.Span{}, finals: map[int]*origin.View{},
	}
	if err := s.read(ctx); err != nil {
		return nil, fmt.Errorf("stream %s: %w", id, err)
	}
	return s, nil
}

// Newest is the rendition's last good view; nil before the first.
func (s *Stream) Newest(rendition string) *origin.View {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if tr := s.tracks[rendition]; tr != nil {
		return tr.newest
	}
	return nil
}

// Revision is that of the newest entry of the ledger that is known here.
func (s *Stream) Revision() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.high
}

// Owner is the owner in the store of a stream's ledger.
func Owner(stream string) string { return "stream/" + stream }

// Final is the timeline's last good view of an epoch that is over, nil if
// this node has not seen it.
func (s *Stream) Final(epoch int) *origin.View {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.finals[epoch]
}

// Spans are the avails of an epoch, oldest first. The slice and what it points
// to must not be changed; spans are replaced, never edited.
func (s *Stream) Spans(epoch int) []*origin.Span {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.spans[epoch]
}

// openTrack makes what this node keeps of a rendition.
func (s *Stream) openTrack(ctx context.Context, rendition string, longest int64) (*track, error) {
	target, ok := s.targets[rendition]
	if !ok {
		got, err := s.create(ctx, avail.Fact{Key: "target/" + rendition, Value: origin.Encode(longest)})
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(got[0].Value, &target); err != nil {
			return nil, fmt.Errorf("target of rendition %q: %w", rendition, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tr := &track{views: map[string]*origin.View{}, target: target, tail: tail{Sequence: -1, First: -1}}
	if known, ok := s.tails[rendition]; ok {
		tr.tail = known
	}
	s.tracks[rendition] = tr
	return tr, nil
}

// tailOf is what a view lists last.
func (tr *track) tailOf(v *origin.View, now time.Time) tail {
	last := v.Segments[len(v.Segments)-1]
	var g *gap
	begun := now.UnixMicro()
	if old := tr.tail; old.Sequence >= 0 && old.Epoch == v.Epoch.Index {
		begun = old.Begun
		if g = old.Gap; v.Head() > old.Sequence+1 && !v.Timed {
			g = &gap{old.Sequence, old.Number}
		}
	}
	return tail{
		Begun: begun, Gap: g,
		Epoch: v.Epoch.Index, Sequence: v.Next() - 1, Number: last.Number,
		Identity: last.Identity, End: v.Edge(), Listed: now.UnixMicro(), Dated: v.Dated, First: v.First, State: tr.aligned.State, Timed: v.Timed, Version: v.Version,
	}
}

func (s *Stream) epoch() origin.Epoch { return s.epochs[len(s.epochs)-1] }

// touch keeps the ledger alive, at most once in a quarter of its TTL.
func (s *Stream) touch(ctx context.Context, now time.Time) {
	if s.opt.TTL == 0 || now.Sub(s.touched) < s.opt.TTL/4 {
		return
	}
	if s.facts.Touch(ctx, s.opt.TTL, s.owner) == nil {
		s.touched = now
	}
}

const second = int64(1_000_000)
