package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"stitcher/internal/store"
	"stitcher/internal/store/sqlite/database"
)

var _ store.Documents = (*Store)(nil)

// PutDocument implements store.Documents.
func (s *Store) PutDocument(ctx context.Context, kind, id string, version int64, body []byte) (int64, error) {
	var next int64
	err := s.submit(ctx, func(b *batch) (err error) {
		if _, err := b.check(kind, id, version); err != nil {
			return err
		}
		if next, err = b.change(kind); err != nil {
			return err
		}
		_, err = b.Exec(`INSERT INTO documents (kind, id, doc, version) VALUES (?, ?, ?, ?)
			ON CONFLICT (kind, id) DO UPDATE SET doc = excluded.doc, version = excluded.version`, kind, id, database.Blob(body), next)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sqlite: put %s %s: %w", kind, id, err)
	}
	return next, nil
}

// DeleteDocument implements store.Documents.
func (s *Store) DeleteDocument(ctx context.Context, kind, id string, version int64) (int64, error) {
	var next int64
	err := s.submit(ctx, func(b *batch) error {
		at, err := b.check(kind, id, version)
		if err != nil {
			return err
		}
		if at == 0 {
			next, err = b.version(kind)
			return err
		}
		if next, err = b.change(kind); err != nil {
			return err
		}
		_, err = b.Exec("DELETE FROM documents WHERE kind = ? AND id = ?", kind, id)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sqlite: delete %s %s: %w", kind, id, err)
	}
	return next, nil
}

// check is the version of a document, 0 without one, or a *store.ConflictError if
// it is not the one that is wanted.
func (b *batch) check(kind, id string, wanted int64) (int64, error) {
	var at int64
	err := b.Row("SELECT version FROM documents WHERE kind = ? AND id = ?", []any{kind, id}, &at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	if wanted != store.AnyVersion && wanted != at {
		return 0, &store.ConflictError{Kind: kind, ID: id, Wanted: wanted, Version: at}
	}
	return at, nil
}

// change gives a kind its next version.
func (b *batch) change(kind string) (version int64, err error) {
	err = b.Row(`INSERT INTO kinds (kind, version) VALUES (?, 1)
		ON CONFLICT (kind) DO UPDATE SET version = version + 1 RETURNING version`, []any{kind}, &version)
	return version, err
}

const versionQuery = "SELECT version FROM kinds WHERE kind = ?"

func (b *batch) version(kind string) (version int64, err error) {
	err = b.Row(versionQuery, []any{kind}, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return version, err
}

// KindVersion implements store.Documents.
func (s *Store) KindVersion(ctx context.Context, kind string) (version int64, err error) {
	err = s.readers.version.QueryRowContext(ctx, kind).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("sqlite: read version of %s: %w", kind, database.Fault(err))
	}
	return version, nil
}

// Document implements store.Documents.
func (s *Store) Document(ctx context.Context, kind, id string) (store.Document, error) {
	d := store.Document{ID: id}
	err := s.db.Read.QueryRowContext(ctx, "SELECT version, doc FROM documents WHERE kind = ? AND id = ?", kind, id).Scan(&d.Version, &d.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return d, nil
	}
	if err != nil {
		return d, fmt.Errorf("sqlite: read %s %s: %w", kind, id, database.Fault(err))
	}
	d.Body = database.Blob(d.Body)
	return d, nil
}

// ListDocuments implements store.Documents.
func (s *Store) ListDocuments(ctx context.Context, kind, after string, limit int) ([]store.Document, error) {
	rows, err := s.db.Read.QueryContext(ctx, "SELECT id, version, doc FROM documents WHERE kind = ? AND id > ? ORDER BY id LIMIT ?", kind, after, limit)
	if err != nil {
		return nil, fmt.Errorf("sqlite: list %s: %w", kind, database.Fault(err))
	}
	defer rows.Close()
	var docs []store.Document
	for rows.Next() {
		var d store.Document
		if err := rows.Scan(&d.ID, &d.Version, &d.Body); err != nil {
			return nil, fmt.Errorf("sqlite: list %s: %w", kind, database.Fault(err))
		}
		d.Body = database.Blob(d.Body)
		docs = append(docs, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqlite: list %s: %w", kind, database.Fault(err))
	}
	return docs, nil
}
