package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"time"

	"stitcher/internal/store/rollup"
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
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		deltas, id, err := journal(ctx, tx)
		if err != nil {
			return err
		}
		last = id
		days := deltas.Days()
		for _, at := range rollup.Closing(now) {
			if days[at] == nil {
				days[at] = rollup.Deltas{}
			}
		}
		for at, some := range days {
			f := &rollup.Folding{Day: at, Load: func(p rollup.Piece) (rollup.Columns, error) { return columnsOf(ctx, tx, p) }}
			if f.Whole, err = wholeOf(ctx, tx, rollup.Piece{Level: rollup.Day, At: at}); err != nil {
				return err
			}
			if more, err := f.Fold(some, now); err != nil {
				return err
			} else if more {
				list = append(list, f)
			}
		}
		return nil
	})
	if err == nil && len(list) > 0 {
		err = s.submit(ctx, func(b *batch) error { return b.putFolded(list, last) })
	}
	if err != nil {
		return fmt.Errorf("sqlite: fold roll-ups: %w", database.Fault(err))
	}
	return nil
}

// putFolded stores blocks in the place of the journal up to a row.
func (b *batch) putFolded(list []*rollup.Folding, last int64) error {
	if _, err := b.Exec("DELETE FROM rollup_journal WHERE id <= ?", last); err != nil {
		return err
	}
	for _, f := range list {
		for p, columns := range f.Changed {
			if err := b.putBlock(p, columns); err != nil {
				return err
			}
		}
		if err := b.putWhole(f.Day, f.Whole); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) putBlock(p rollup.Piece, columns rollup.Columns) error {
	for name, data := range columns {
		if err := b.putColumn(p, name, data); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) putColumn(p rollup.Piece, name string, data []byte) error {
	_, err := b.Exec(`INSERT INTO rollup_columns (level, at, name, data) VALUES (?, ?, ?, ?)
		ON CONFLICT (level, at, name) DO UPDATE SET data = excluded.data`, p.Level, p.At, name, blob(data))
	return err
}

// putWhole stores which hours the block of a day has.
func (b *batch) putWhole(day int64, whole uint32) error {
	return b.putColumn(rollup.Piece{Level: rollup.Day, At: day}, wholeColumn, binary.BigEndian.AppendUint32(nil, whole))
}

// wholeOf reads what putWhole stored.
func wholeOf(ctx context.Context, tx *sql.Tx, p rollup.Piece) (uint32, error) {
	var text []byte
	err := tx.QueryRowContext(ctx, "SELECT data FROM rollup_columns WHERE level = ? AND at = ? AND name = ?", p.Level, p.At, wholeColumn).Scan(&text)
	return whole(text), ignoreNoRows(err)
}

// columnsOf reads the columns of a block.
func columnsOf(ctx context.Context, tx *sql.Tx, p rollup.Piece) (rollup.Columns, error) {
	rows, err := tx.QueryContext(ctx, "SELECT name, data FROM rollup_columns WHERE level = ? AND at = ? AND name <> ?", p.Level, p.At, wholeColumn)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns := rollup.Columns{}
	for rows.Next() {
		var name string
		var data []byte
		if err := rows.Scan(&name, &data); err != nil {
			return nil, err
		}
		columns[name] = data
	}
	return columns, rows.Err()
}

// sweepRollups removes some roll-ups that are older than they are kept. A row is a
// column of a block, so it removes few.
func (b *batch) sweepRollups(retention time.Duration) (int, error) {
	now, n := time.UnixMicro(b.Now), int64(0)
	for level, kept := range map[rollup.Level]time.Duration{
		rollup.Minutes: min(rollup.MinutesKept, retention) + time.Hour, rollup.Hour: retention + time.Hour, rollup.Day: retention + 24*time.Hour,
	} {
		done, err := b.Exec("DELETE FROM rollup_columns WHERE id IN (SELECT id FROM rollup_columns WHERE level = ? AND at < ? LIMIT ?)", level, now.Add(-kept).Unix(), sweepStep)
		if err != nil {
			return 0, err
		}
		k, err := done.RowsAffected()
		if err != nil {
			return 0, err
		}
		n += k
	}
	return int(n), nil
}
