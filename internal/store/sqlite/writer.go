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
	// lasting is set where the write is tried until the store takes it.
	lasting bool
	// finished, where set, is called before done is closed.
	finished func()
}

// end tells whoever waits.
func (j *job) end(err error) {
	j.err = err
	if j.finished != nil {
		j.finished()
	}
	close(j.done)
}

// maxBatch bounds a transaction: what waits longer than it takes is better off
// in the next.
const maxBatch = 1024

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
	return j, s.put(ctx, j)
}

func (s *Store) put(ctx context.Context, j *job) error {
	select {
	case <-s.stop:
		return errClosed
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
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
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
	var held []*job // what the store failed to take
	again := time.NewTicker(retryEvery)
	defer again.Stop()
	for {
		select {
		case j := <-s.queue:
			held = s.take(held, s.gather(j))
		case <-again.C:
			if len(held) > 0 {
				held = s.retry(held)
			}
		case <-s.stop:
			s.finish(held)
			return
		}
	}
}

// take does jobs, or holds them back behind those that wait already.
func (s *Store) take(held, jobs []*job) []*job {
	if len(held) == 0 {
		rest, err := s.commit(jobs)
		if err != nil {
			s.log.Error("the store fails; what must last is tried again", "waiting", len(rest), "err", err)
		}
		return rest
	}
	var urgent []*job
	for _, j := range jobs {
		if j.lasting {
			held = s.hold(held, []*job{j}, nil)
		} else {
			urgent = append(urgent, j)
		}
	}
	if len(urgent) > 0 {
		if _, err := s.commit(urgent); err == nil {
			return s.retry(held)
		}
	}
	return held
}

// finish does what was taken before the store was closed.
func (s *Store) finish(held []*job) {
	jobs := held
	for len(s.queue) > 0 {
		jobs = append(jobs, s.gather(<-s.queue)...)
	}
	for len(jobs) > 0 {
		n := min(len(jobs), maxBatch)
		rest, err := s.commit(jobs[:n])
		for _, j := range rest {
			j.end(err)
		}
		if len(rest) > 0 {
			s.metrics.lost.Add(float64(len(rest)))
			s.log.Error("writes are lost", "writes", len(rest), "err", err)
		}
		jobs = jobs[n:]
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
// Where the store fails, rest are the jobs that must be tried again.
func (s *Store) commit(jobs []*job) (rest []*job, err error) {
	todo := jobs
	for len(todo) > 0 {
		failed, err := s.transact(todo)
		if err == nil {
			break
		}
		if failed < 0 { // the disk's fault, nobody's in particular
			return s.hold(nil, todo, err), err
		}
		todo[failed].end(err)
		todo = append(append(make([]*job, 0, len(todo)), todo[:failed]...), todo[failed+1:]...)
	}
	s.stalled.Store(false)
	for _, j := range todo {
		j.end(nil)
	}
	s.checkpoint()
	return nil, nil
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
			if faulty(err) {
				return -1, err
			}
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
