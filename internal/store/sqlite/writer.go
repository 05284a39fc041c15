package sqlite

import (
	"context"
	"fmt"
	"time"
)

// job is one write that waits for its turn in a transaction.
type job struct {
	// do may be called more than once; the last call counts.
	do   func(b *batch) error
	err  error
	done chan struct{}
}

const (
	// maxBatch bounds a transaction: what waits longer than it takes is better
	// off in the next.
	maxBatch = 1024
	// spool bounds the writes that wait. It is also what a stalled store may
	// cost in memory.
	spool = 16384
)

// submit has a write done in the next transaction and waits until it is
// durable. A write that was taken is done whatever ctx does: after an error of
// ctx nobody knows, and nothing that do has written to may be looked at.
func (s *Store) submit(ctx context.Context, do func(b *batch) error) error {
	j, err := s.enqueue(ctx, do)
	if err != nil {
		return err
	}
	return s.await(ctx, j)
}

// enqueue puts a write into the spool, waiting for room.
func (s *Store) enqueue(ctx context.Context, do func(b *batch) error) (*job, error) {
	j := &job{do: do, done: make(chan struct{})}
	select {
	case <-s.stop:
		return nil, errClosed
	default:
	}
	select {
	case s.queue <- j:
		return j, nil
	case <-s.stop:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// await waits until j is durable.
func (s *Store) await(ctx context.Context, j *job) error {
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
			return errClosed
		}
	}
}

// writer puts all writes that wait into one transaction, over and over.
func (s *Store) writer() {
	defer close(s.ended)
	for {
		select {
		case j := <-s.queue:
			s.commit(s.gather(j))
		case <-s.stop:
			for {
				select {
				case j := <-s.queue:
					s.commit(s.gather(j))
				default:
					return
				}
			}
		}
	}
}

// gather takes what waits by now: while one transaction syncs, the next fills.
func (s *Store) gather(first *job) []*job {
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
func (s *Store) commit(jobs []*job) {
	rest := jobs
	for len(rest) > 0 {
		failed, err := s.transact(rest)
		if err == nil {
			break
		}
		if failed < 0 { // the disk's fault, nobody's in particular
			for _, j := range rest {
				j.err = err
			}
			break
		}
		rest[failed].err = err
		rest = append(append(make([]*job, 0, len(rest)), rest[:failed]...), rest[failed+1:]...)
	}
	for _, j := range jobs {
		close(j.done)
	}
	s.checkpoint()
}

// transact does jobs in one transaction. On an error nothing is done, and
// failed is the job whose error it is, or -1.
func (s *Store) transact(jobs []*job) (failed int, err error) {
	begun := time.Now()
	b := &batch{statements: s.statements, now: s.now().UnixMicro()}
	if _, err := b.exec("BEGIN IMMEDIATE"); err != nil {
		return -1, fmt.Errorf("begin: %w", err)
	}
	for i, j := range jobs {
		if err := j.do(b); err != nil {
			s.rollback()
			return i, err
		}
	}
	if _, err := b.exec("COMMIT"); err != nil {
		s.rollback()
		return -1, fmt.Errorf("commit: %w", err)
	}
	s.metrics.commits.Observe(time.Since(begun).Seconds())
	s.metrics.writes.Add(float64(len(jobs)))
	return 0, nil
}

// rollback undoes a transaction. It may have ended by itself, as it does when
// the disk is full; then there is nothing to undo.
func (s *Store) rollback() {
	if _, err := s.conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		s.log.Debug("roll back", "err", err)
	}
}
