package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"stitcher/internal/store/rollup"
	"stitcher/internal/store/sqlite/blocks"
	"stitcher/internal/store/sqlite/database"
)

// foldEvery is how often the journal of roll-ups is folded into blocks: a report reads
// what is in the journal row by row.
const foldEvery = 10 * time.Second

// folder folds the journal from time to time.
func (s *Store) folder() {
	defer s.done.Done()
	t := time.NewTicker(foldEvery)
	defer t.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-t.C:
			if err := s.Fold(context.Background()); err != nil {
				s.log.Warn("fold roll-ups", "err", err)
			}
		}
	}
}

// Fold moves the deltas of the journal into blocks. Blocks are made before the
// transaction, so that no write waits for that; nothing else changes blocks.
func (s *Store) Fold(ctx context.Context) error {
	s.folding.Lock()
	defer s.folding.Unlock()
	now := s.now()
	var list []*rollup.Folding
	var last int64
	err := s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		list, last, err = blocks.Fold(ctx, tx, now)
		return err
	})
	if err == nil && len(list) > 0 {
		err = s.submit(ctx, func(b *batch) error { return blocks.PutFolded(b.Batch, list, last) })
	}
	if err != nil {
		return fmt.Errorf("sqlite: fold roll-ups: %w", database.Fault(err))
	}
	return nil
}
