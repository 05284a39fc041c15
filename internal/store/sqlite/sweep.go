package sqlite

import (
	"context"
	"database/sql"
	"time"

	"stitcher/internal/store"
	"stitcher/internal/store/sqlite/blocks"
)

// sweepStep is how much one transaction removes, so that no viewer waits for
// it.
const sweepStep = 200

// sweeper removes what has expired, a little at a time.
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

// sweep removes some expired owners, delivered triggers and expired leases, and
// says how many.
func (s *Store) sweep(ctx context.Context) int {
	var n int
	err := s.submit(ctx, func(b *batch) error {
		var gone []string
		err := b.Each("SELECT owner FROM owners WHERE expires > 0 AND expires <= ? LIMIT ?", []any{b.Now - store.Remains.Microseconds(), sweepStep}, func(r *sql.Rows) error {
			var owner string
			if err := r.Scan(&owner); err != nil {
				return err
			}
			gone = append(gone, owner)
			return nil
		})
		if err != nil {
			return err
		}
		for _, o := range gone {
			if err := b.forget(o); err != nil {
				return err
			}
		}
		r, err := b.Exec("DELETE FROM triggers WHERE id IN (SELECT id FROM triggers WHERE sent = events AND expires <= ? LIMIT ?)", b.Now, sweepStep)
		if err != nil {
			return err
		}
		k, err := r.RowsAffected()
		if err != nil {
			return err
		}
		n = len(gone) + int(k)
		r, err = b.Exec("DELETE FROM leases WHERE key IN (SELECT key FROM leases WHERE expires <= ? LIMIT ?)", b.Now, sweepStep)
		if err != nil {
			return err
		}
		k, err = r.RowsAffected()
		if n += int(k); err != nil {
			return err
		}
		old, err := blocks.Sweep(b.Batch, s.retention, sweepStep)
		if n += old; err != nil {
			return err
		}
		forgotten, err := b.sweepFound(s.retention)
		n += int(forgotten)
		return err
	})
	if err != nil {
		s.log.Warn("sweep the store", "err", err)
		return 0
	}
	return n
}

// forget removes an owner with all that it has.
func (b *batch) forget(owner string) error {
	for _, q := range []string{
		"DELETE FROM facts WHERE owner = ?", "DELETE FROM owners WHERE owner = ?",
	} {
		if _, err := b.Exec(q, owner); err != nil {
			return err
		}
	}
	return nil
}
