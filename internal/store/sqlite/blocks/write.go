package blocks

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"time"

	"stitcher/internal/store/rollup"
	"stitcher/internal/store/sqlite/database"
)

// Journal writes the deltas of a transaction, as one row of the journal.
func Journal(b *database.Batch) error {
	if len(b.Deltas) == 0 {
		return nil
	}
	_, err := b.Exec("INSERT INTO rollup_journal (deltas) VALUES (?)", b.Deltas.Encode())
	return err
}

// Fold makes blocks of what is in the journal at a time, up to its row last. Nothing is
// written: Put does that.
func Fold(ctx context.Context, tx *sql.Tx, now time.Time) (list []*rollup.Folding, last int64, err error) {
	deltas, last, err := journal(ctx, tx)
	if err != nil {
		return nil, 0, err
	}
	days := deltas.Days()
	for _, at := range rollup.Closing(now) {
		if days[at] == nil {
			days[at] = rollup.Deltas{}
		}
	}
	for at, some := range days {
		f := &rollup.Folding{Day: at, Load: func(p rollup.Piece) (rollup.Columns, error) { return Columns(ctx, tx, p) }}
		if f.Whole, err = Whole(ctx, tx, rollup.Piece{Level: rollup.Day, At: at}); err != nil {
			return nil, 0, err
		}
		if more, err := f.Fold(some, now); err != nil {
			return nil, 0, err
		} else if more {
			list = append(list, f)
		}
	}
	return list, last, nil
}

// PutFolded stores blocks in the place of the journal up to a row.
func PutFolded(b *database.Batch, list []*rollup.Folding, last int64) error {
	if _, err := b.Exec("DELETE FROM rollup_journal WHERE id <= ?", last); err != nil {
		return err
	}
	for _, f := range list {
		for p, columns := range f.Changed {
			if err := Put(b, p, columns); err != nil {
				return err
			}
		}
		if err := PutWhole(b, f.Day, f.Whole); err != nil {
			return err
		}
	}
	return nil
}

// Put stores columns of a block.
func Put(b *database.Batch, p rollup.Piece, columns rollup.Columns) error {
	for name, data := range columns {
		if err := putColumn(b, p, name, data); err != nil {
			return err
		}
	}
	return nil
}

func putColumn(b *database.Batch, p rollup.Piece, name string, data []byte) error {
	_, err := b.Exec(`INSERT INTO rollup_columns (level, at, name, data) VALUES (?, ?, ?, ?)
		ON CONFLICT (level, at, name) DO UPDATE SET data = excluded.data`, p.Level, p.At, name, database.Blob(data))
	return err
}

// PutWhole stores which hours the block of a day has.
func PutWhole(b *database.Batch, day int64, whole uint32) error {
	return putColumn(b, rollup.Piece{Level: rollup.Day, At: day}, wholeColumn, binary.BigEndian.AppendUint32(nil, whole))
}

// Whole reads what PutWhole stored.
func Whole(ctx context.Context, tx *sql.Tx, p rollup.Piece) (uint32, error) {
	var text []byte
	err := tx.QueryRowContext(ctx, "SELECT data FROM rollup_columns WHERE level = ? AND at = ? AND name = ?", p.Level, p.At, wholeColumn).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return whole(text), err
}

// Columns reads the columns of a block.
func Columns(ctx context.Context, tx *sql.Tx, p rollup.Piece) (rollup.Columns, error) {
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

// Sweep removes up to limit roll-ups of each level that are older than they are kept, and says
// how many. A row is a column of a block, so it removes few.
func Sweep(b *database.Batch, retention time.Duration, limit int) (int, error) {
	now, n := time.UnixMicro(b.Now), int64(0)
	for level, kept := range map[rollup.Level]time.Duration{
		rollup.Minutes: min(rollup.MinutesKept, retention) + time.Hour, rollup.Hour: retention + time.Hour, rollup.Day: retention + 24*time.Hour,
	} {
		done, err := b.Exec("DELETE FROM rollup_columns WHERE id IN (SELECT id FROM rollup_columns WHERE level = ? AND at < ? LIMIT ?)", level, now.Add(-kept).Unix(), limit)
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
