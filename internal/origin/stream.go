package origin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
)

// Facts is where the ledger is kept.
type Facts interface {
	// Create stores each fact of owner unless its key is there already and
	// returns what is stored under each key. It is durable on return.
	Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) ([][]byte, error)
	// Load returns all facts of owner in the order of their creation.
	Load(ctx context.Context, owner string) ([]avail.Fact, error)
	// Touch makes owner's facts expire ttl from now.
	Touch(ctx context.Context, owner string, ttl time.Duration) error
	// Advance replaces the value under (owner, key) if rank is greater than
	// the stored one and returns what is stored then.
	Advance(ctx context.Context, owner, key string, rank int64, value []byte) (int64, []byte, error)
}

// StreamOptions are the rules of a stream.
type StreamOptions struct {
	// Maximum is how long an avail without announced duration may last, in
	// microseconds.
	Maximum int64
	// TTL is how long the ledger is kept after its last use.
	TTL time.Duration
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
	facts Facts
	opt   StreamOptions

	// mu guards what requests read. It is held for moments, never while the
	// ledger is written: a disk that is slow makes nobody wait but the one that
	// brought the news.
	mu     sync.RWMutex
	spans  map[int][]*Span // by epoch, in order of sequence
	finals map[int]*View   // the reference's last view of a past epoch
	tracks map[string]*track
	cuts   map[cutKey]int64
	// overlays are the last ones, oldest first; unread likewise.
	overlays []avail.Avail
	unread   []Unread

	// placing is held while a template is placed, the writing of the ledger
	// included. Nothing of what is above changes without it, but cuts; what
	// follows is read and changed with it only.
	placing sync.Mutex
	epochs  []Epoch
	shifts  map[string]int64 // undated renditions: own number minus reference number
	// anchors are the undated renditions that their own markers place.
	anchors map[string]anchor
	// scanned is the last reference sequence number whose markers were read.
	scanned int64
	touched time.Time
}

// track is what a stream knows of one rendition.
type track struct {
	newest *View
	views  map[string]*View // the newest of each variant
	// busy is set while somebody places a template of the rendition.
	busy atomic.Bool
	past *View // the last of the epoch before
	// tail is the newest segment listed, as the store has it; grown is when this
	// node first saw it, zero where it has not seen it come.
	tail  tail
	grown time.Time
	// target is the rendition's first target duration, in microseconds.
	target int64
	// fallen is when numbers were first seen to have fallen without a known
	// reason; fallenAt is the head that they fell to.
	fallen   time.Time
	fallenAt int64
	// votes are what the markers of an undated rendition say of where it
	// stands, until two agree and it is sure.
	votes []vote
	sure  bool
	// fixed are the markers by which times were set right, since is the first
	// number whose time is sure, settled the first whose time may still change.
	fixed          []vote
	since, settled int64
	steps          []step
}

type tail struct {
	Epoch    int    `json:"e"`
	Sequence int64  `json:"s"`
	Number   int64  `json:"n"`
	Identity uint64 `json:"u"`
	End      int64  `json:"t"`
	Dated    bool   `json:"d,omitempty"`
	// First is the rendition's first number in the epoch; -1 in the first.
	First int64 `json:"f"`
	// Sure is whether End is what the rendition's own markers say.
	Sure bool `json:"y,omitempty"`
	// Steps are where times were moved to what the markers say.
	Steps []step `json:"x,omitempty"`
}

// rank orders tails: newer epochs first, then higher numbers.
func (t tail) rank() int64 { return int64(t.Epoch)<<48 | t.Sequence + 1 }

// Reference is the rendition name of the reference in calls of Accept.
const Reference = ""

// OpenStream reads the ledger of a stream.
func OpenStream(ctx context.Context, facts Facts, id string, opt StreamOptions) (*Stream, error) {
	s := &Stream{
		owner: "stream/" + id, facts: facts, opt: opt,
		epochs: []Epoch{{}}, tracks: map[string]*track{}, cuts: map[cutKey]int64{}, shifts: map[string]int64{},
		anchors: map[string]anchor{},
		spans:   map[int][]*Span{}, finals: map[int]*View{}, scanned: -1,
	}
	stored, err := facts.Load(ctx, s.owner)
	if err != nil {
		return nil, fmt.Errorf("load ledger of stream %s: %w", id, err)
	}
	for _, f := range stored {
		if err := s.learn(f); err != nil {
			return nil, fmt.Errorf("ledger of stream %s: fact %q: %w", id, f.Key, err)
		}
	}
	s.loadUnread(ctx)
	return s, nil
}

// Newest is the rendition's last good view; nil before the first.
func (s *Stream) Newest(rendition string) *View {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if tr := s.tracks[rendition]; tr != nil {
		return tr.newest
	}
	return nil
}

// Final is the reference's last good view of an epoch that is over, nil if
// this node has not seen it.
func (s *Stream) Final(epoch int) *View {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.finals[epoch]
}

// Spans are the avails of an epoch, oldest first. The slice and what it points
// to must not be changed; spans are replaced, never edited.
func (s *Stream) Spans(epoch int) []*Span {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.spans[epoch]
}

// openTrack reads what the store knows of a rendition.
func (s *Stream) openTrack(ctx context.Context, rendition string, t *hls.Template) (*track, error) {
	tr := &track{views: map[string]*View{}}
	got, err := s.create(ctx, avail.Fact{Key: "target/" + rendition, Value: encode(t.Target * second)})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(got[0], &tr.target); err != nil {
		return nil, fmt.Errorf("target of rendition %q: %w", rendition, err)
	}
	rank, value, err := s.facts.Advance(ctx, s.owner, "tail/"+rendition, 0, nil)
	if err != nil {
		return nil, fmt.Errorf("tail of rendition %q: %w", rendition, err)
	}
	if rank > 0 {
		if err := json.Unmarshal(value, &tr.tail); err != nil {
			return nil, fmt.Errorf("tail of rendition %q: %w", rendition, err)
		}
		if rendition == Reference && tr.tail.Epoch == s.epoch().Index {
			s.scanned = tr.tail.Sequence
		}
	} else {
		tr.tail = tail{Sequence: -1, First: -1}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tracks[rendition] = tr
	return tr, nil
}

// advance records the newest segment that may be served.
func (s *Stream) advance(ctx context.Context, rendition string, tr *track, v *View, now time.Time) error {
	last := v.Segments[len(v.Segments)-1]
	n := tail{
		Epoch: v.Epoch.Index, Sequence: v.Next() - 1, Number: last.Number,
		Identity: last.Identity, End: v.Edge(), Dated: v.Dated, First: v.First, Sure: tr.sure, Steps: tr.steps,
	}
	if n.rank() <= tr.tail.rank() {
		return nil // the same segments again, with other text
	}
	if _, _, err := s.facts.Advance(ctx, s.owner, "tail/"+rendition, n.rank(), encode(n)); err != nil {
		return fmt.Errorf("record tail of rendition %q: %w", rendition, err)
	}
	tr.tail, tr.grown = n, now
	return nil
}

func (s *Stream) epoch() Epoch { return s.epochs[len(s.epochs)-1] }

// touch keeps the ledger alive, at most once in a quarter of its TTL.
func (s *Stream) touch(ctx context.Context, now time.Time) {
	if s.opt.TTL == 0 || now.Sub(s.touched) < s.opt.TTL/4 {
		return
	}
	if s.facts.Touch(ctx, s.owner, s.opt.TTL) == nil {
		s.touched = now
	}
}

// create stores facts and gives back what the store holds for them.
func (s *Stream) create(ctx context.Context, facts ...avail.Fact) ([][]byte, error) {
	got, err := s.facts.Create(ctx, s.owner, s.opt.TTL, facts...)
	if err != nil {
		return nil, fmt.Errorf("write ledger: %w", err)
	}
	return got, nil
}

const second = int64(1_000_000)

// encode cannot fail: the ledger's records are plain numbers and strings.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("ledger record: " + err.Error())
	}
	return b
}
