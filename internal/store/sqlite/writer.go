package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// job is one write that waits for its turn in a transaction.
type job struct {
	do   func(tx *batch) error
	err  error
	done chan struct{}
}

// maxBatch bounds a transaction: what waits longer than it takes is better off
// in the next.
const maxBatch = 1024

// batch is a transaction; statements are prepared once in it.
type batch struct {
	tx         *sql.Tx
	statements map[string]*sql.Stmt
	now        int64
}

func (b *batch) stmt(query string) (*sql.Stmt, error) {
	if s := b.statements[query]; s != nil {
		return s, nil
	}
	s, err := b.tx.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	b.statements[query] = s
	return s, nil
}

func (b *batch) exec(query string, args ...any) (sql.Result, error) {
	s, err := b.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.Exec(args...)
}

func (b *batch) row(query string, args []any, dest ...any) error {
	s, err := b.stmt(query)
	if err != nil {
		return err
	}
	return s.QueryRow(args...).Scan(dest...)
}

// submit has a write done in the next transaction and waits until it is
// durable. A write that was begun is finished whatever ctx does.
func (s *Store) submit(ctx context.Context, do func(b *batch) error) error {
	j := &job{do: do, done: make(chan struct{})}
	select {
	case s.queue <- j:
	case <-s.stop:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writer puts all writes that wait into one transaction, over and over.
func (s *Store) writer() {
	defer s.done.Done()
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

// commit does jobs in one transaction. If one fails, each is done alone, so
// that the others are not lost with it.
func (s *Store) commit(jobs []*job) {
	err := s.transact(jobs)
	if err != nil && len(jobs) > 1 {
		for _, j := range jobs {
			j.err = s.transact([]*job{j})
		}
	} else if err != nil {
		jobs[0].err = err
	}
	for _, j := range jobs {
		close(j.done)
	}
}

func (s *Store) transact(jobs []*job) error {
	tx, err := s.write.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	b := &batch{tx: tx, statements: map[string]*sql.Stmt{}, now: s.now().UnixMicro()}
	for _, j := range jobs {
		if err := j.do(b); err != nil {
			_ = tx.Rollback()
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// sweeper removes what has expired, a little at a time so that no viewer waits
// for it.
func (s *Store) sweeper(every time.Duration) {
	defer s.done.Done()
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-t.C:
			for s.sweep(context.Background()) > 0 {
				select {
				case <-s.stop:
					return
				default:
				}
			}
		}
	}
}

const sweepStep = 200

// sweep removes some expired owners and delivered triggers, and says how many.
func (s *Store) sweep(ctx context.Context) int {
	var n int
	err := s.submit(ctx, func(b *batch) error {
		n = 0
		rows, err := b.tx.Query("SELECT owner FROM owners WHERE expires > 0 AND expires <= ? LIMIT ?", b.now, sweepStep)
		if err != nil {
			return err
		}
		var gone []string
		for rows.Next() {
			var o string
			if err := rows.Scan(&o); err != nil {
				_ = rows.Close()
				return err
			}
			gone = append(gone, o)
		}
		if err := rows.Close(); err != nil {
			return err
		}
		for _, o := range gone {
			if err := b.forget(o); err != nil {
				return err
			}
		}
		r, err := b.exec("DELETE FROM triggers WHERE id IN (SELECT id FROM triggers WHERE sent = events AND expires <= ? LIMIT ?)", b.now, sweepStep)
		if err != nil {
			return err
		}
		k, err := r.RowsAffected()
		n = len(gone) + int(k)
		return err
	})
	if err != nil {
		return 0
	}
	return n
}

// forget removes an owner with all that it has.
func (b *batch) forget(owner string) error {
	for _, q := range []string{
		"DELETE FROM facts WHERE owner = ?", "DELETE FROM registers WHERE owner = ?", "DELETE FROM owners WHERE owner = ?",
	} {
		if _, err := b.exec(q, owner); err != nil {
			return err
		}
	}
	return nil
}
