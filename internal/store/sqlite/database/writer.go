package database

import (
	"context"
	"errors"
	"fmt"
	"time"

	sqlitedriver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"stitcher/internal/store"
	"stitcher/internal/store/rollup"
)

// job is one write that waits for its turn in a transaction.
type job struct {
	// do may be called more than once; the last call counts.
	do   func(b *Batch) error
	err  error
	done chan struct{}
}

// end tells the caller that waits.
func (j *job) end(err error) {
	j.err = err
	close(j.done)
}

const (
	// maxBatch bounds a transaction: what waits longer than it takes is better off
	// in the next.
	maxBatch = 1024
	// maxWaiting bounds the writes that wait for a transaction.
	maxWaiting = 16384
)

// Submit has a write done in the next transaction and waits until it is
// durable. A write that was taken is done whatever ctx does: after an error of ctx
// it is unknown whether it was, and the caller must not read what do writes to. do may be
// called more than once; the last call counts.
func (s *DB) Submit(ctx context.Context, do func(b *Batch) error) error {
	j, err := s.enqueue(ctx, do)
	if err != nil {
		return err
	}
	return s.await(ctx, j)
}

// enqueue puts a write into the queue, waiting for room.
func (s *DB) enqueue(ctx context.Context, do func(b *Batch) error) (*job, error) {
	j := &job{do: do, done: make(chan struct{})}
	return j, s.put(ctx, j)
}

func (s *DB) put(ctx context.Context, j *job) error {
	select {
	case <-s.stop:
		return ErrClosed
	default:
	}
	select {
	case s.queue <- j:
		return nil
	default:
	}
	select {
	case s.queue <- j:
		return nil
	case <-s.stop:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// await waits until j is durable.
func (s *DB) await(ctx context.Context, j *job) error {
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ended:
		// It may have come too late for the writer's last look at the queue.
		select {
		case <-j.done:
			return j.err
		default:
			return ErrClosed
		}
	}
}

// writer puts all writes that wait into one transaction, over and over.
func (s *DB) writer() {
	defer close(s.ended)
	for {
		select {
		case j := <-s.queue:
			s.commit(s.gather(j))
		case <-s.stop:
			for len(s.queue) > 0 { // what was taken before the store was closed
				s.commit(s.gather(<-s.queue))
			}
			return
		}
	}
}

// gather takes what waits by now: while one transaction syncs, the next fills.
func (s *DB) gather(first *job) []*job {
	jobs := append(make([]*job, 0, 16), first)
	for len(jobs) < maxBatch {
		select {
		case j := <-s.queue:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// commit does jobs in one transaction. A job that fails is taken out and the
// others are done again without it, so that none is lost with its neighbour.
func (s *DB) commit(jobs []*job) {
	todo := jobs
	for len(todo) > 0 {
		failed, err := s.transact(todo)
		if err == nil {
			break
		}
		if failed < 0 { // the fault of the disk, not of a job
			if !s.failing {
				s.failing = true
				s.opts.Log.Error("the store fails", "writes", len(todo), "err", err)
			}
			for _, j := range todo {
				j.end(err)
			}
			return
		}
		todo[failed].end(err)
		todo = append(append(make([]*job, 0, len(todo)), todo[:failed]...), todo[failed+1:]...)
	}
	if len(todo) == 0 {
		return
	}
	if s.failing {
		s.failing = false
		s.opts.Log.Info("the store works again")
	}
	if err := s.measure(); err != nil {
		s.opts.Log.Warn("the size of the store is unknown", "err", err)
	}
	for _, j := range todo {
		j.end(nil)
	}
	s.checkpoint()
}

// transact does jobs in one transaction. On an error nothing is done, and
// failed is the job whose error it is, or -1.
func (s *DB) transact(jobs []*job) (failed int, err error) {
	begun := time.Now()
	b := &Batch{statements: s.statements, Now: s.opts.Now().UnixMicro(), Deltas: rollup.Deltas{}}
	if _, err := b.Exec("BEGIN IMMEDIATE"); err != nil {
		return -1, fmt.Errorf("%w: begin: %w", store.ErrUnavailable, err)
	}
	for i, j := range jobs {
		if err := j.do(b); err != nil {
			s.rollback()
			if err = Fault(err); errors.Is(err, store.ErrUnavailable) {
				return -1, err
			}
			return i, err
		}
	}
	err = s.opts.Last(b)
	if err == nil {
		_, err = b.Exec("COMMIT")
	}
	if err != nil {
		s.rollback()
		return -1, fmt.Errorf("%w: commit: %w", store.ErrUnavailable, err)
	}
	s.opts.Commits.Observe(time.Since(begun).Seconds())
	s.opts.Writes.Add(float64(len(jobs)))
	return 0, nil
}

// rollback undoes a transaction. It may have ended by itself, as it does when
// the disk is full; then there is nothing to undo.
func (s *DB) rollback() {
	if _, err := s.conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		s.opts.Log.Debug("roll back", "err", err)
	}
}

// Fault is err as store.ErrUnavailable where it is the database's and not that of
// a statement or its values: a full disk, a file that cannot be read. It passes, or
// is repaired.
func Fault(err error) error {
	var e *sqlitedriver.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_CONSTRAINT, lib.SQLITE_MISMATCH, lib.SQLITE_TOOBIG, lib.SQLITE_RANGE, lib.SQLITE_ERROR:
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}
