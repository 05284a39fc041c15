package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"stitcher/internal/store/rollup"
)

// batch is a transaction under way.
type batch struct {
	*statements
	now int64 // Unix microseconds
	// deltas are what the transaction adds to roll-ups.
	deltas rollup.Deltas
}

// statements are the writer's prepared statements: preparing costs several
// times what a write does. There are as many as there are queries in this
// package.
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

func (s *statements) exec(query string, args ...any) (sql.Result, error) {
	p, err := s.stmt(query)
	if err != nil {
		return nil, err
	}
	return p.Exec(args...)
}

func (s *statements) row(query string, args []any, dest ...any) error {
	p, err := s.stmt(query)
	if err != nil {
		return err
	}
	return p.QueryRow(args...).Scan(dest...)
}

// each calls scan for every row.
func (s *statements) each(query string, args []any, scan func(*sql.Rows) error) error {
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
