package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"stitcher/internal/store"
	"stitcher/internal/store/rollup"
	"stitcher/internal/store/sqlite/blocks"
	"stitcher/internal/store/sqlite/database"
)

var _ store.Rollups = (*Store)(nil)

// Blocks implements store.Rollups. The journal and the blocks are read in one snapshot.
func (s *Store) Blocks(ctx context.Context, w *rollup.Want, do func(*rollup.Block) error) error {
	err := s.snapshot(ctx, func(tx *sql.Tx) error { return blocks.Read(ctx, tx, w, do) })
	if err != nil {
		return fmt.Errorf("sqlite: read roll-ups: %w", database.Fault(err))
	}
	return nil
}

// snapshot calls do with a transaction that reads.
func (s *Store) snapshot(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.Read.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return errors.Join(do(tx), tx.Rollback())
}
