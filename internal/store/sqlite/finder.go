package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/sqlite/database"
)

var _ store.Finder = (*Store)(nil)

// find stores what an owner is found by.
func (b *batch) find(owner string, f avail.Found) error {
	for _, term := range f.Terms {
		if _, err := b.Exec("INSERT INTO found (term, at, owner) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", term, f.At, owner); err != nil {
			return err
		}
	}
	if f.About == nil {
		return nil
	}
	_, err := b.Exec("INSERT INTO found_owners (owner, at, about) VALUES (?, ?, ?) ON CONFLICT (owner) DO UPDATE SET about = excluded.about", owner, f.At, f.About)
	return err
}

const (
	// looks is how many owners of a term one search looks at.
	looks = 20_000
	// countTerm counts owners of a term, no further than is needed to compare.
	countTerm = "SELECT count(*) FROM (SELECT 1 FROM found WHERE term = ? AND at >= ? AND at < ? LIMIT ?)"
)

// Find implements store.Finder. It walks the owners of the rarest term, newest first,
// and looks each up among those of the other terms.
func (s *Store) Find(ctx context.Context, f store.Search) (page store.Page, err error) {
	now := s.now().UnixMicro()
	f.From = max(f.From, now-s.retention.Microseconds())
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		rarest, least := 0, math.MaxInt
		for i, term := range f.Terms {
			n := 0
			if err := tx.QueryRowContext(ctx, countTerm, term, f.From, f.To, looks).Scan(&n); err != nil {
				return err
			}
			if n < least {
				rarest, least = i, n
			}
		}
		page, err = findIn(ctx, tx, f, rarest, now)
		return err
	})
	if err != nil {
		return store.Page{}, fmt.Errorf("sqlite: find owners: %w", database.Fault(err))
	}
	return page, nil
}

func findIn(ctx context.Context, tx *sql.Tx, f store.Search, rarest int, now int64) (page store.Page, err error) {
	has, args := []string{"1"}, []any{now}
	for i, term := range f.Terms {
		if i != rarest {
			has = append(has, "EXISTS (SELECT 1 FROM found WHERE term = ? AND at = x.at AND owner = x.owner)")
			args = append(args, term)
		}
	}
	args = append(args, f.Terms[rarest], f.From, f.To)
	before := ""
	if f.Before != nil {
		before = " AND (at, owner) < (?, ?)"
		args = append(args, f.Before.At, f.Before.Owner)
	}
	args = append(args, looks)
	//nolint:gosec // only constants are concatenated
	rows, err := tx.QueryContext(ctx, `SELECT x.at, x.owner, o.about,
		EXISTS (SELECT 1 FROM owners WHERE owner = x.owner AND (expires = 0 OR expires > ?)), `+strings.Join(has, " AND ")+`
		FROM (SELECT at, owner FROM found WHERE term = ? AND at >= ? AND at < ?`+before+` ORDER BY at DESC, owner DESC LIMIT ?) x
		LEFT JOIN found_owners o ON o.owner = x.owner ORDER BY x.at DESC, x.owner DESC`, args...)
	if err != nil {
		return page, err
	}
	defer rows.Close()
	for n := 1; rows.Next(); n++ {
		var h store.Hit
		var is bool
		if err := rows.Scan(&h.At, &h.Owner, &h.About, &h.Live, &is); err != nil {
			return page, err
		}
		if is {
			page.Hits = append(page.Hits, h)
		}
		if len(page.Hits) == f.Limit || n == looks {
			page.Next = &store.Hit{At: h.At, Owner: h.Owner}
			break
		}
	}
	return page, rows.Err()
}

// sweepFound forgets some of what owners are found by.
func (b *batch) sweepFound(retention time.Duration) (int64, error) {
	before, n := b.Now-retention.Microseconds(), int64(0)
	for _, query := range []string{
		"DELETE FROM found WHERE (term, at, owner) IN (SELECT term, at, owner FROM found WHERE at < ? LIMIT ?)",
		"DELETE FROM found_owners WHERE owner IN (SELECT owner FROM found_owners WHERE at < ? LIMIT ?)",
	} {
		done, err := b.Exec(query, before, sweepStep)
		if err != nil {
			return 0, err
		}
		k, err := done.RowsAffected()
		if n += k; err != nil {
			return 0, err
		}
	}
	return n, nil
}
