package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"stitcher/internal/avail"
)

// PutDocument stores doc under (kind, id), in place of what was there.
func (s *Store) PutDocument(ctx context.Context, kind, id string, doc []byte) error {
	err := s.submit(ctx, func(b *batch) error {
		_, err := b.exec("INSERT INTO documents (kind, id, doc) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET doc = excluded.doc", kind, id, blob(doc))
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlite: put %s %s: %w", kind, id, err)
	}
	return nil
}

// Document is what is stored under (kind, id); nil if nothing is.
func (s *Store) Document(ctx context.Context, kind, id string) ([]byte, error) {
	var doc []byte
	err := s.read.QueryRowContext(ctx, "SELECT doc FROM documents WHERE kind = ? AND id = ?", kind, id).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sqlite: read %s %s: %w", kind, id, err)
	}
	return blob(doc), nil // the driver reads an empty blob as nil
}

// Documents are up to limit documents of a kind with ids greater than after, in
// the order of their ids; the keys are the ids.
func (s *Store) Documents(ctx context.Context, kind, after string, limit int) ([]avail.Fact, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT id, doc FROM documents WHERE kind = ? AND id > ? ORDER BY id LIMIT ?", kind, after, limit)
	if err != nil {
		return nil, fmt.Errorf("sqlite: list %s: %w", kind, err)
	}
	defer rows.Close()
	var docs []avail.Fact
	for rows.Next() {
		var d avail.Fact
		if err := rows.Scan(&d.Key, &d.Value); err != nil {
			return nil, fmt.Errorf("sqlite: list %s: %w", kind, err)
		}
		docs = append(docs, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqlite: list %s: %w", kind, err)
	}
	return docs, nil
}

// DeleteDocument removes what is stored under (kind, id); that nothing is there
// is no error.
func (s *Store) DeleteDocument(ctx context.Context, kind, id string) error {
	err := s.submit(ctx, func(b *batch) error {
		_, err := b.exec("DELETE FROM documents WHERE kind = ? AND id = ?", kind, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlite: delete %s %s: %w", kind, id, err)
	}
	return nil
}
