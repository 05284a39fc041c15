package spool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/store"
)

// errDeaf is the answer to reads of a shared store that does not answer.
var errDeaf = fmt.Errorf("%w: it does not answer", store.ErrUnavailable)

// look does a read. One of a shared store takes no longer than a write: requests wait for
// it, and what this node shows gets old meanwhile. Where it fails the store stalls, and
// one read in a while finds out whether it can be read again.
func (s *Spool) look(ctx context.Context, read func(ctx context.Context) error) error {
	if !s.opt.Shared {
		return read(ctx)
	}
	if store.Patient(ctx) {
		return s.lookPatiently(ctx, read)
	}
	if s.deaf.Load() {
		now := s.opt.Now().UnixMicro()
		last := s.looked.Load()
		if now-last < s.opt.RetryEvery.Microseconds() || !s.looked.CompareAndSwap(last, now) {
			return errDeaf
		}
	}
	patient, cancel := context.WithTimeout(ctx, s.opt.Patience)
	defer cancel()
	err := read(patient)
	switch {
	case err == nil:
		s.deaf.Store(false)
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case patient.Err() == nil && !errors.Is(err, store.ErrUnavailable):
		return err
	}
	s.looked.Store(s.opt.Now().UnixMicro())
	s.deaf.Store(true)
	s.stall(err)
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}

// maxPatient is how many patient reads go to a shared store at a time that answers no others:
// it may be slow, or away.
const maxPatient = 128

// lookPatiently does a read that has as long as a round trip may take.
func (s *Spool) lookPatiently(ctx context.Context, read func(ctx context.Context) error) error {
	if s.deaf.Load() {
		full := time.NewTimer(s.opt.Patience)
		defer full.Stop()
		select {
		case s.patient <- struct{}{}:
			defer func() { <-s.patient }()
		case <-full.C:
			return errDeaf
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return read(ctx)
}
