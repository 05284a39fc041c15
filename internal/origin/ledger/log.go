package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// The ledger is one log that all nodes append to. A node appends an entry only if it
// knows all entries before it (store.Facts.Append). So every node draws the same
// conclusions from the same playlist.

// FollowEvery is how old a node's knowledge of the ledger may be when it answers.
// It is less than the time between two requests of a player for one rendition,
// which is half a target duration at least (RFC 8216bis §6.3.4).
const FollowEvery = 100 * time.Millisecond

// maxRaces bounds how often a write is tried again because other nodes wrote in
// between.
const maxRaces = 32

// Follow reads what other nodes have written, unless that was done a moment ago.
// One request does it for all; the others wait for it, because an answer must not be made
// from what the node knew before.
func (s *Stream) Follow(ctx context.Context, now time.Time) error {
	if !s.opt.Shared {
		return nil
	}
	if d := now.UnixMicro() - s.synced.Load(); d >= 0 && d < FollowEvery.Microseconds() {
		return nil
	}
	reads := s.reads.Load()
	s.placing.Lock()
	defer s.placing.Unlock()
	if s.tried > reads {
		return nil
	}
	err := s.read(ctx)
	if s.tried > reads { // otherwise the client has left before the read had ended
		s.synced.Store(now.UnixMicro())
	}
	return err
}

// ReadUpTo is the revision up to which all entries of the ledger are known here.
func (s *Stream) ReadUpTo() int64 { return s.rev.Load() }

// Reads is how many reads of the ledger have begun.
func (s *Stream) Reads() int64 { return s.reads.Load() }

// ReadAfter reads what other nodes have written, unless a read has done so that began after
// so many others (Reads). Those who wait for one share it.
func (s *Stream) ReadAfter(ctx context.Context, reads int64) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	if s.done > reads {
		return nil
	}
	return s.read(ctx)
}

// read learns what was written to the ledger since it was last read.
func (s *Stream) read(ctx context.Context) error {
	begun := s.reads.Add(1)
	news, rev, err := s.facts.Since(ctx, s.owner, s.rev.Load())
	if err != nil {
		if ctx.Err() == nil {
			s.tried = begun
		}
		return fmt.Errorf("read ledger: %w", err)
	}
	s.done, s.tried = begun, begun
	s.held.Store(held(news))
	return s.learnAll(news, rev)
}

// learnAll adds facts to what is known, up to revision rev. It is called with
// writing held.
func (s *Stream) learnAll(facts []avail.Fact, rev int64) error {
	defer s.rev.Store(rev) // when the facts are known
	if len(facts) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range facts {
		s.high = max(s.high, f.Rev)
		if err := s.learn(f); err != nil {
			return fmt.Errorf("ledger fact %q: %w", f.Key, err)
		}
	}
	return nil
}

// commit appends facts that were concluded from all that is known here. It answers
// false, and has learnt what was new, where another node wrote first.
func (s *Stream) commit(ctx context.Context, facts ...avail.Fact) (bool, error) {
	_, ok, err := s.append(ctx, facts)
	return ok, err
}

// create stores facts that depend on nothing else, and gives back what the store
// holds under their keys.
func (s *Stream) create(ctx context.Context, facts ...avail.Fact) ([]avail.Fact, error) {
	for range maxRaces {
		stored, ok, err := s.append(ctx, facts)
		if err != nil || ok {
			return stored, err
		}
	}
	return nil, ErrRaced
}

func (s *Stream) append(ctx context.Context, facts []avail.Fact) ([]avail.Fact, bool, error) {
	a, err := s.facts.Append(ctx, s.owner, s.opt.TTL, s.rev.Load(), facts...)
	if s.opt.Shared && errors.Is(err, store.ErrUnavailable) {
		return s.assume(ctx, facts)
	}
	if err != nil {
		return nil, false, fmt.Errorf("write ledger: %w", err)
	}
	if !a.Written && a.Rev < s.rev.Load() {
		// The ledger has expired, or was lost: it begins anew with what is known here.
		if a, err = s.facts.Append(ctx, s.owner, s.opt.TTL, a.Rev, s.basis()...); err != nil {
			return nil, false, fmt.Errorf("write ledger: %w", err)
		}
		a.Written = false // what was to be written comes next
	}
	return a.Facts, a.Written, s.learnAll(a.Facts, a.Rev)
}

// assume goes on with facts although it cannot be known what other nodes have written:
// they conclude the same from the same playlists. The facts are written when the store
// is back; what another node has written under a key by then stands.
func (s *Stream) assume(ctx context.Context, facts []avail.Fact) ([]avail.Fact, bool, error) {
	stored, err := s.facts.Create(ctx, s.owner, s.opt.TTL, facts...)
	if err != nil {
		return nil, false, fmt.Errorf("write ledger: %w", err)
	}
	if held(stored) {
		s.held.Store(true)
	}
	return stored, true, s.learnAll(stored, s.rev.Load())
}

// Held is whether entries are known here that the store did not take, or had not taken when
// the ledger was last read: their revisions are unknown.
func (s *Stream) Held() bool { return s.held.Load() }

// held is whether some facts have no revision.
func held(facts []avail.Fact) bool {
	return slices.ContainsFunc(facts, func(f avail.Fact) bool { return f.Rev == 0 })
}

// basis is what later facts refer to: the epochs, and the avails that are kept.
func (s *Stream) basis() []avail.Fact {
	facts := s.epochs.Facts()
	return append(append(facts, s.pins.Facts()...), s.spans.Facts()...)
}
