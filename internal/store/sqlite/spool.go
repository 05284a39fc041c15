package sqlite

import (
	"context"
	"errors"
	"time"

	sqlitedriver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

const (
	// spool bounds the writes that wait. It is also what a stalled store may
	// cost in memory.
	spool = 16384
	// usualPatience is how long a viewer waits for a write: a disk that is only
	// slow, as busy ones are for a tenth of a second, must not cost a beacon, nor a
	// decision, where a crash follows (one did, with 50 ms). Once somebody has
	// waited in vain nobody else does.
	usualPatience = 500 * time.Millisecond
	// retryEvery is how often a store that failed is tried again.
	retryEvery = 250 * time.Millisecond
)

// errFull says that a write found no room in the spool.
var errFull = errors.New("the store has failed for so long that its spool is full")

// last has a write done that nobody may lose and nobody may wait for longer
// than patience: after that it stays in the spool until the store takes it. It
// answers whether the write is durable; if it is not, nothing that do has
// written to may be looked at. finished, if set, is called when the write has
// ended, however it did.
func (s *Store) last(ctx context.Context, patience time.Duration, do func(b *batch) error, finished func()) (durable bool, err error) {
	if s.stalled.Load() {
		patience = 0 // somebody has waited for it already
	}
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	j := &job{do: do, done: make(chan struct{}), lasting: true, finished: finished}
	if err := s.put(patient, j); err != nil {
		if finished != nil {
			finished()
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if patient.Err() != nil {
			err = errFull
			s.metrics.lost.Inc()
		}
		return false, err
	}
	err = s.await(patient, j)
	if err == nil || patient.Err() == nil {
		return err == nil, err
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	s.stalled.Store(true)
	s.metrics.stalled.Inc()
	return false, nil
}

// hold keeps the lasting ones of jobs that the store did not take; the others
// are told.
func (s *Store) hold(held, jobs []*job, err error) []*job {
	for _, j := range jobs {
		switch {
		case !j.lasting:
			j.end(err)
		case len(held) >= spool:
			s.metrics.lost.Inc()
			j.end(errFull)
		default:
			held = append(held, j)
		}
	}
	return held
}

// retry does the writes that are held, as far as the store takes them.
func (s *Store) retry(held []*job) []*job {
	for len(held) > 0 {
		n := min(len(held), maxBatch)
		if rest, err := s.commit(held[:n]); err != nil {
			return append(rest, held[n:]...)
		}
		held = held[n:]
	}
	s.log.Info("the store works again")
	return nil
}

// faulty is whether an error is the store's and not that of what was to be
// written: a full disk, a file that cannot be read. It passes, or is repaired.
func faulty(err error) bool {
	var e *sqlitedriver.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_CONSTRAINT, lib.SQLITE_MISMATCH, lib.SQLITE_TOOBIG, lib.SQLITE_RANGE, lib.SQLITE_ERROR:
		return false
	}
	return true
}
