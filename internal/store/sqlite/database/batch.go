package database

import (
	"context"
	"database/sql"
	"fmt"

	"stitcher/internal/store/rollup"
)

// Batch is a transaction under way.
type Batch struct {
	*statements
	// Now is its time in Unix microseconds.
	Now int64
	// Deltas are what the transaction adds to roll-ups.
	Deltas rollup.Deltas
}

// statements are the writer's prepared statements: preparing costs several
// times what a write does. There are as many as the user of this
// package has queries.
type statements struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func (s *statements) stmt(query string) (*sql.Stmt, error) {
	if p := s.prepared[query]; p != nil {
		return p, nil
	}
	p, err := s.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	s.prepared[query] = p
	return p, nil
}

// Exec does a statement.
func (s *statements) Exec(query string, args ...any) (sql.Result, error) {
	p, err := s.stmt(query)
	if err != nil {
		return nil, err
	}
	return p.Exec(args...)
}

// Row reads the one row of a query; sql.ErrNoRows if there is none.
func (s *statements) Row(query string, args []any, dest ...any) error {
	p, err := s.stmt(query)
	if err != nil {
		return err
	}
	return p.QueryRow(args...).Scan(dest...)
}

// Each calls scan for every row.
func (s *statements) Each(query string, args []any, scan func(*sql.Rows) error) error {
	p, err := s.stmt(query)
	if err != nil {
		return err
	}
	rows, err := p.Query(args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Blob is v as it is stored: NULL is no value, and the driver reads an empty blob
// as nil.
func Blob(v []byte) []byte {
	if v == nil {
		return []byte{}
	}
	return v
}
