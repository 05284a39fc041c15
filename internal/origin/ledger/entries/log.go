// Package entries is the log of a ledger, as it is in the store and as a node knows it.
//
// All nodes append to one log. A node appends an entry only if it knows all entries before it
// (store.Facts.Append). So every node draws the same conclusions from the same playlist.
package entries

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// FollowEvery is how old a node's knowledge of the ledger may be when it answers.
// It is less than the time between two requests of a player for one rendition,
// which is half a target duration at least (RFC 8216bis §6.3.4).
const FollowEvery = 100 * time.Millisecond

// MaxRaces bounds how often a write is tried again because other nodes wrote in
// between.
const MaxRaces = 32

// ErrRaced says that other nodes wrote to the ledger again and again while this
// one tried to; the caller asks again.
var ErrRaced = errors.New("the ledger is being written to by other nodes")

// Options are those of a log.
type Options struct {
	Facts store.Facts
	// Owner is that of the log in the store, TTL how long it is kept after its last use.
	Owner string
	TTL   time.Duration
	// Shared is set where other nodes work on the same store.
	Shared bool
	// Learn adds entries to what is known here.
	Learn func(entries []avail.Fact) error
	// Basis is what later entries refer to. A log that was lost begins anew with it.
	Basis func() []avail.Fact
}

// Log is the log of one ledger. It is locked while entries are read or appended, and while
// conclusions are drawn from them: Read, Commit, Create and Touch are called with the lock held.
type Log struct {
	sync.Mutex
	opt Options
	// rev is the revision up to which the log is known here, synced when it
	// was last read. rev changes only while the lock is held.
	rev    atomic.Int64
	held   atomic.Bool
	synced atomic.Int64
	// reads is how many reads have begun, done the last one that has succeeded, and tried
	// the last one that has ended.
	reads       atomic.Int64
	done, tried int64
	touched     time.Time
}

// New is a log of which nothing is known yet.
func New(opt Options) *Log { return &Log{opt: opt} }

// Follow reads what other nodes have written, unless that was done a moment ago.
// One request does it for all; the others wait for it, because an answer must not be made
// from what the node knew before.
func (l *Log) Follow(ctx context.Context, now time.Time) error {
	if !l.opt.Shared {
		return nil
	}
	if d := now.UnixMicro() - l.synced.Load(); d >= 0 && d < FollowEvery.Microseconds() {
		return nil
	}
	reads := l.reads.Load()
	l.Lock()
	defer l.Unlock()
	if l.tried > reads {
		return nil
	}
	err := l.Read(ctx)
	if l.tried > reads { // otherwise the client has left before the read had ended
		l.synced.Store(now.UnixMicro())
	}
	return err
}

// ReadUpTo is the revision up to which all entries of the ledger are known here.
func (l *Log) ReadUpTo() int64 { return l.rev.Load() }

// Reads is how many reads of the ledger have begun.
func (l *Log) Reads() int64 { return l.reads.Load() }

// ReadAfter reads what other nodes have written, unless a read has done so that began after
// so many others (Reads). Those who wait for one share it.
func (l *Log) ReadAfter(ctx context.Context, reads int64) error {
	l.Lock()
	defer l.Unlock()
	if l.done > reads {
		return nil
	}
	return l.Read(ctx)
}

// Read learns what was written to the ledger since it was last read.
func (l *Log) Read(ctx context.Context) error {
	begun := l.reads.Add(1)
	news, rev, err := l.opt.Facts.Since(ctx, l.opt.Owner, l.rev.Load())
	if err != nil {
		if ctx.Err() == nil {
			l.tried = begun
		}
		return fmt.Errorf("read ledger: %w", err)
	}
	l.done, l.tried = begun, begun
	l.held.Store(held(news))
	return l.learn(news, rev)
}

// learn adds entries to what is known, up to revision rev.
func (l *Log) learn(entries []avail.Fact, rev int64) error {
	defer l.rev.Store(rev) // when the entries are known
	if len(entries) == 0 {
		return nil
	}
	return l.opt.Learn(entries)
}

// Commit appends facts that were concluded from all that is known here. It answers
// false, and has learnt what was new, where another node wrote first.
func (l *Log) Commit(ctx context.Context, facts ...avail.Fact) (bool, error) {
	_, ok, err := l.append(ctx, facts)
	return ok, err
}

// Create stores facts that depend on nothing else, and gives back what the store
// holds under their keys.
func (l *Log) Create(ctx context.Context, facts ...avail.Fact) ([]avail.Fact, error) {
	for range MaxRaces {
		stored, ok, err := l.append(ctx, facts)
		if err != nil || ok {
			return stored, err
		}
	}
	return nil, ErrRaced
}

func (l *Log) append(ctx context.Context, facts []avail.Fact) ([]avail.Fact, bool, error) {
	a, err := l.opt.Facts.Append(ctx, l.opt.Owner, l.opt.TTL, l.rev.Load(), facts...)
	if l.opt.Shared && errors.Is(err, store.ErrUnavailable) {
		return l.assume(ctx, facts)
	}
	if err != nil {
		return nil, false, fmt.Errorf("write ledger: %w", err)
	}
	if !a.Written && a.Rev < l.rev.Load() {
		// The ledger has expired, or was lost: it begins anew with what is known here.
		if a, err = l.opt.Facts.Append(ctx, l.opt.Owner, l.opt.TTL, a.Rev, l.opt.Basis()...); err != nil {
			return nil, false, fmt.Errorf("write ledger: %w", err)
		}
		a.Written = false // what was to be written comes next
	}
	return a.Facts, a.Written, l.learn(a.Facts, a.Rev)
}

// assume goes on with facts although it cannot be known what other nodes have written:
// they conclude the same from the same playlists. The facts are written when the store
// is back; what another node has written under a key by then stands.
func (l *Log) assume(ctx context.Context, facts []avail.Fact) ([]avail.Fact, bool, error) {
	stored, err := l.opt.Facts.Create(ctx, l.opt.Owner, l.opt.TTL, facts...)
	if err != nil {
		return nil, false, fmt.Errorf("write ledger: %w", err)
	}
	if held(stored) {
		l.held.Store(true)
	}
	return stored, true, l.learn(stored, l.rev.Load())
}

// Held is whether entries are known here that the store did not take, or had not taken when
// the ledger was last read: their revisions are unknown.
func (l *Log) Held() bool { return l.held.Load() }

// held is whether some facts have no revision.
func held(facts []avail.Fact) bool {
	return slices.ContainsFunc(facts, func(f avail.Fact) bool { return f.Rev == 0 })
}

// Touch keeps the log alive, at most once in a quarter of its TTL.
func (l *Log) Touch(ctx context.Context, now time.Time) {
	if l.opt.TTL == 0 || now.Sub(l.touched) < l.opt.TTL/4 {
		return
	}
	if l.opt.Facts.Touch(ctx, l.opt.TTL, l.opt.Owner) == nil {
		l.touched = now
	}
}
