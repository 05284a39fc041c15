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
	"stitcher/internal/origin/ledger/cut"
	"stitcher/internal/origin/ledger/entries"
	"stitcher/internal/origin/ledger/epochs"
	"stitcher/internal/origin/ledger/feed"
	"stitcher/internal/origin/ledger/pin"
	"stitcher/internal/origin/ledger/spans"
	"stitcher/internal/origin/ledger/tail"
	"stitcher/internal/origin/ledger/times"
	"stitcher/internal/origin/ledger/unread"
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

// ErrUnsettled says that a playlist may be a restart of the origin and nothing
// can be said yet; the caller serves the last good one.
var ErrUnsettled = errors.New("the origin's numbers fell and it is not certain why")

// Stream is the ledger of one origin channel. It is safe for use by many
// goroutines.
type Stream struct {
	owner string
	facts store.Facts
	opt   Options
	// asked is when a playlist was last asked for, Unix microseconds.
	asked atomic.Int64

	// mu guards what requests read. It is not held while the ledger is written, so that a
	// slow disk delays only the request that writes.
	mu     sync.RWMutex
	spans  spans.Spans
	finals map[int]*origin.View // the timeline's last view of a past epoch
	tracks map[string]*track
	cuts   cut.Cuts
	high   int64      // the highest revision of an entry that is known here
	feeds  feed.Feeds // the last ones, oldest first
	// overlays are the last ones, oldest first; unread likewise.
	overlays []avail.Avail
	unread   unread.Markers
	// pins are values that never change, by name.
	pins pin.Pins

	// log is locked while a template is placed. The fields above, except asked, cuts and high,
	// change only while it is locked; the fields below are read and changed only while it is
	// locked, but tails and targets are also read under mu, and change under both.
	log     *entries.Log
	epochs  epochs.Epochs
	undated *times.Undated
	// tails are the newest segments listed by any node, by rendition, targets the
	// renditions' target durations.
	tails   map[string]tail.Tail
	targets map[string]int64
	mute    mute
	// pruned is how many avails the newest epoch had when it was last pruned.
	pruned int
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
	tail  tail.Tail
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

// Open reads the ledger of a stream.
func Open(ctx context.Context, facts store.Facts, id string, opt Options) (*Stream, error) {
	s := &Stream{
		owner: Owner(id), facts: facts, opt: opt,
		epochs: epochs.Epochs{{}}, tracks: map[string]*track{}, cuts: cut.Cuts{}, undated: times.NewUndated(),
		tails: map[string]tail.Tail{}, targets: map[string]int64{},
		spans: spans.Spans{}, pins: pin.Pins{}, finals: map[int]*origin.View{},
	}
	s.log = entries.New(entries.Options{
		Facts: facts, Owner: s.owner, TTL: opt.TTL, Shared: opt.Shared, Learn: s.learnAll, Basis: s.basis,
	})
	if err := s.log.Read(ctx); err != nil {
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
		got, err := s.log.Create(ctx, avail.Fact{Key: "target/" + rendition, Value: origin.Encode(longest)})
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(got[0].Value, &target); err != nil {
			return nil, fmt.Errorf("target of rendition %q: %w", rendition, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tr := &track{views: map[string]*origin.View{}, target: target, tail: tail.Tail{Sequence: -1, First: -1}}
	if known, ok := s.tails[rendition]; ok {
		tr.tail = known
	}
	s.tracks[rendition] = tr
	return tr, nil
}

const second = int64(1_000_000)
