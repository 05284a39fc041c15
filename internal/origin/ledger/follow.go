package ledger

import (
	"context"
	"fmt"
	"time"

	"stitcher/internal/avail"
)

// Follow reads what other nodes have written to the ledger, unless that was done a moment ago.
func (s *Stream) Follow(ctx context.Context, now time.Time) error { return s.log.Follow(ctx, now) }

// ReadUpTo is the revision up to which all entries of the ledger are known here.
func (s *Stream) ReadUpTo() int64 { return s.log.ReadUpTo() }

// Reads is how many reads of the ledger have begun.
func (s *Stream) Reads() int64 { return s.log.Reads() }

// ReadAfter reads what other nodes have written, unless a read has done so that began after
// so many others (Reads).
func (s *Stream) ReadAfter(ctx context.Context, reads int64) error {
	return s.log.ReadAfter(ctx, reads)
}

// Held is whether entries are known here that the store did not take, or had not taken when
// the ledger was last read: their revisions are unknown.
func (s *Stream) Held() bool { return s.log.Held() }

// learnAll adds entries to what is known. It is called with the log locked, but for cuts.
func (s *Stream) learnAll(facts []avail.Fact) error {
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

// basis is what later entries refer to: the epochs, and the avails that are kept.
func (s *Stream) basis() []avail.Fact {
	facts := s.epochs.Facts()
	return append(append(facts, s.pins.Facts()...), s.spans.Facts()...)
}
