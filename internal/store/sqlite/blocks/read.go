// Package blocks keeps roll-ups in a database: a journal of deltas, and the blocks that they are
// folded into, a row for each column.
package blocks

import (
	"context"
	"database/sql"
	"encoding/binary"
	"strings"

	"stitcher/internal/store/rollup"
)

// wholeColumn is the name under which a day has the hours that its block has: see
// rollup.Folding.
const wholeColumn = "@"

// Read calls do with the blocks that are wanted, and with what is in no block yet, in one
// snapshot.
func Read(ctx context.Context, tx *sql.Tx, w *rollup.Want, do func(*rollup.Block) error) error {
	deltas, _, err := journal(ctx, tx)
	if err != nil {
		return err
	}
	blocks, err := deltas.Blocks()
	for _, b := range blocks {
		if err == nil {
			err = do(b)
		}
	}
	names := w.Columns()
	var hours []rollup.Run
	for _, run := range rollup.Runs(w.Pieces()) {
		if err == nil {
			hours, err = eachBlock(ctx, tx, run, names, hours, do)
		}
	}
	for _, run := range hours {
		if err == nil {
			_, err = eachBlock(ctx, tx, run, names, nil, do)
		}
	}
	return err
}

// journal reads the deltas that are in no block, and the last row of the journal.
func journal(ctx context.Context, tx *sql.Tx) (rollup.Deltas, int64, error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, deltas FROM rollup_journal ORDER BY id")
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	deltas, last := rollup.Deltas{}, int64(0)
	for rows.Next() {
		var text sql.RawBytes
		if err := rows.Scan(&last, &text); err != nil {
			return nil, 0, err
		}
		if err := deltas.Decode(text); err != nil {
			return nil, 0, err
		}
	}
	return deltas, last, rows.Err()
}

// eachBlock calls do with the blocks of a run. It appends to hours what the blocks of
// days do not have: it is to be read from those of hours.
func eachBlock(ctx context.Context, tx *sql.Tx, run rollup.Run, names []string, hours []rollup.Run, do func(*rollup.Block) error) ([]rollup.Run, error) {
	args := []any{run.Level, run.From, run.To, wholeColumn}
	for _, name := range names {
		args = append(args, name)
	}
	//nolint:gosec // only placeholders are concatenated
	rows, err := tx.QueryContext(ctx, "SELECT at, name, data FROM rollup_columns WHERE level = ? AND at >= ? AND at < ? AND name IN (?"+
		strings.Repeat(", ?", len(names))+") ORDER BY at", args...)
	if err != nil {
		return hours, err
	}
	defer rows.Close()
	columns, at, next := rollup.Columns{}, int64(0), run.From
	end := func() error {
		if run.Level == rollup.Day {
			hours = append(hours, hoursBetween(next, at)...)
			hours = append(hours, missing(at, columns)...)
			next = at + int64(rollup.Day)
		}
		delete(columns, wholeColumn)
		if len(columns) == 0 {
			return nil
		}
		b, err := rollup.NewBlock(rollup.Piece{Level: run.Level, At: at}, columns)
		columns = rollup.Columns{}
		if err != nil {
			return err
		}
		return do(b)
	}
	for rows.Next() {
		var t int64
		var name string
		var data []byte
		if err := rows.Scan(&t, &name, &data); err != nil {
			return hours, err
		}
		if t != at && len(columns) > 0 {
			if err := end(); err != nil {
				return hours, err
			}
		}
		at, columns[name] = t, data
	}
	if err := rows.Err(); err != nil {
		return hours, err
	}
	if len(columns) > 0 {
		if err := end(); err != nil {
			return hours, err
		}
	}
	if run.Level == rollup.Day {
		hours = append(hours, hoursBetween(next, run.To)...)
	}
	return hours, nil
}

// hoursBetween is the hours of days that have no block.
func hoursBetween(from, to int64) []rollup.Run {
	if from >= to {
		return nil
	}
	return []rollup.Run{{Level: rollup.Hour, From: from, To: to}}
}

// missing are the hours that the block of a day does not have.
func missing(day int64, columns rollup.Columns) []rollup.Run {
	return rollup.Runs(rollup.Missing(day, whole(columns[wholeColumn])))
}

func whole(text []byte) uint32 {
	if len(text) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32(text)
}

// Pieces are the blocks that are stored.
func Pieces(ctx context.Context, tx *sql.Tx) (pieces []rollup.Piece, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT DISTINCT level, at FROM rollup_columns WHERE name <> ?", wholeColumn)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p rollup.Piece
		if err := rows.Scan(&p.Level, &p.At); err != nil {
			return nil, err
		}
		pieces = append(pieces, p)
	}
	return pieces, rows.Err()
}
