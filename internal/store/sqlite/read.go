package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/sqlite/database"
)

const (
	revQuery = "SELECT rev FROM owners WHERE owner = ? AND (expires = 0 OR expires > ?)"
	// sinceQuery reads an owner's revision and the facts after a revision in one
	// snapshot. Where there are none it returns one row without a key.
	sinceQuery = `SELECT o.rev, f.seq, f.key, f.rank, f.value FROM owners o
		LEFT JOIN facts f ON f.owner = o.owner AND f.seq > ?1
		WHERE o.owner = ?2 AND (o.expires = 0 OR o.expires > ?3) ORDER BY f.seq`
	getQuery = `SELECT f.seq, f.rank, f.value FROM facts f JOIN owners o ON o.owner = f.owner
		WHERE f.owner = ? AND f.key = ? AND (o.expires = 0 OR o.expires > ?)`
)

// readers are the prepared statements of reads that viewers wait for: preparing
// one costs several times what it reads.
type readers struct{ rev, since, get, version, attempts *sql.Stmt }

func (r *readers) prepare(ctx context.Context, db *sql.DB) (err error) {
	if r.rev, err = db.PrepareContext(ctx, revQuery); err != nil {
		return err
	}
	if r.since, err = db.PrepareContext(ctx, sinceQuery); err != nil {
		return err
	}
	if r.get, err = db.PrepareContext(ctx, getQuery); err != nil {
		return err
	}
	if r.attempts, err = db.PrepareContext(ctx, attemptsQuery); err != nil {
		return err
	}
	r.version, err = db.PrepareContext(ctx, versionQuery)
	return err
}

func (r *readers) close() error {
	var errs []error
	for _, s := range []*sql.Stmt{r.rev, r.since, r.get, r.version, r.attempts} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

// Since implements store.Facts. That nothing is new is one read by the primary
// key, because most calls find that.
func (s *Store) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	after := s.now().UnixMicro()
	if rev > 0 {
		var now int64
		switch err := s.readers.rev.QueryRowContext(ctx, owner, after).Scan(&now); {
		case errors.Is(err, sql.ErrNoRows):
			return nil, 0, nil
		case err != nil:
			return nil, 0, fmt.Errorf("sqlite: read revision of %s: %w", owner, database.Fault(err))
		case now <= rev:
			return nil, now, nil
		}
	}
	return s.load(ctx, owner, rev, after)
}

// Recall implements store.Facts.
func (s *Store) Recall(ctx context.Context, owner string) ([]avail.Fact, error) {
	facts, _, err := s.load(ctx, owner, 0, s.now().Add(-store.Remains).UnixMicro())
	return facts, err
}

// load returns the facts after a revision of an owner that is kept until after a
// time, and the owner's revision.
func (s *Store) load(ctx context.Context, owner string, rev, after int64) (facts []avail.Fact, now int64, err error) {
	rows, err := s.readers.since.QueryContext(ctx, rev, owner, after)
	if err != nil {
		return nil, 0, fmt.Errorf("sqlite: read facts of %s: %w", owner, database.Fault(err))
	}
	defer rows.Close()
	for rows.Next() {
		f, at, there, err := scanFact(rows)
		if err != nil {
			return nil, 0, fmt.Errorf("sqlite: read facts of %s: %w", owner, database.Fault(err))
		}
		now = at
		if there {
			facts = append(facts, f)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, 0, fmt.Errorf("sqlite: read facts of %s: %w", owner, database.Fault(err))
	}
	return facts, now, nil
}

// scanFact reads a row of sinceQuery: a fact, if one is there, and the owner's
// revision.
func scanFact(r *sql.Rows) (f avail.Fact, rev int64, there bool, err error) {
	var seq, rank sql.NullInt64
	var key sql.NullString
	if err := r.Scan(&rev, &seq, &key, &rank, &f.Value); err != nil {
		return f, 0, false, err
	}
	f.Key, f.Rank, f.Rev, f.Value = key.String, rank.Int64, seq.Int64, database.Blob(f.Value)
	return f, rev, seq.Valid, nil
}

// Expires implements store.Facts.
func (s *Store) Expires(ctx context.Context, owner string) (time.Time, error) {
	var expires int64
	err := s.db.Read.QueryRowContext(ctx, "SELECT expires FROM owners WHERE owner = ? AND (expires = 0 OR expires > ?)", owner, s.now().UnixMicro()).Scan(&expires)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, fmt.Errorf("sqlite: read the expiry of %s: %w", owner, database.Fault(err))
	case expires == 0:
		return store.Ever, nil
	}
	return time.UnixMicro(expires), nil
}

// Get implements store.Facts.
func (s *Store) Get(ctx context.Context, owner string, keys ...string) ([]avail.Fact, error) {
	facts, now := make([]avail.Fact, len(keys)), s.now().UnixMicro()
	for i, key := range keys {
		f := &facts[i]
		f.Key = key
		err := s.readers.get.QueryRowContext(ctx, owner, key, now).Scan(&f.Rev, &f.Rank, &f.Value)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("sqlite: read %s of %s: %w", key, owner, database.Fault(err))
		}
		f.Value = database.Blob(f.Value)
	}
	return facts, nil
}
