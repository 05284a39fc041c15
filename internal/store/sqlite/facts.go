package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/sqlite/database"
)

var _ store.Facts = (*Store)(nil)

// Create implements store.Facts.
func (s *Store) Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) ([]avail.Fact, error) {
	var stored []avail.Fact
	err := s.submit(ctx, func(b *batch) (err error) {
		stored, _, err = b.create(owner, ttl, facts) // a later run replaces the result of an earlier one
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sqlite: create facts of %s: %w", owner, err)
	}
	return stored, nil
}

// Append implements store.Facts. The writer's transaction checks the condition, so
// no write is between the check and the facts.
func (s *Store) Append(ctx context.Context, owner string, ttl time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	var answer store.Appended
	err := s.submit(ctx, func(b *batch) (err error) {
		answer = store.Appended{}
		if answer.Rev, err = b.rev(owner); err != nil {
			return err
		}
		if answer.Rev != rev {
			answer.Facts, err = b.since(owner, rev)
			return err
		}
		answer.Written = true
		answer.Facts, answer.Rev, err = b.create(owner, ttl, facts)
		return err
	})
	if err != nil {
		return store.Appended{}, fmt.Errorf("sqlite: append facts of %s: %w", owner, err)
	}
	return answer, nil
}

// create stores facts, and returns what is stored under each key and the owner's
// revision.
func (b *batch) create(owner string, ttl time.Duration, facts []avail.Fact) ([]avail.Fact, int64, error) {
	before, err := b.own(owner, ttl)
	if err != nil {
		return nil, 0, err
	}
	rev, stored := before, make([]avail.Fact, len(facts))
	for i, f := range facts {
		if stored[i], err = b.put(owner, f); err != nil {
			return nil, 0, err
		}
		rev = max(rev, stored[i].Rev)
	}
	if rev != before {
		_, err = b.Exec("UPDATE owners SET rev = ? WHERE owner = ?", rev, owner)
	}
	return stored, rev, err
}

// put stores a fact, unless its key is there with an equal or higher rank, and
// returns what is stored.
func (b *batch) put(owner string, f avail.Fact) (avail.Fact, error) {
	const insert = "INSERT INTO facts (owner, key, rank, value) VALUES (?, ?, ?, ?) ON CONFLICT (owner, key) DO NOTHING"
	for {
		done, err := b.Exec(insert, owner, f.Key, f.Rank, database.Blob(f.Value))
		if err != nil {
			return f, err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			if err == nil {
				f.Rev, err = done.LastInsertId()
			}
			if err == nil {
				b.Deltas.Add(f.Adds...)
				err = b.find(owner, f.Found)
			}
			f.Value, f.Adds, f.Found = database.Blob(f.Value), nil, avail.Found{}
			return f, err
		}
		old := avail.Fact{Key: f.Key}
		if err := b.Row("SELECT seq, rank, value FROM facts WHERE owner = ? AND key = ?", []any{owner, f.Key}, &old.Rev, &old.Rank, &old.Value); err != nil {
			return f, err
		}
		if old.Rank >= f.Rank {
			old.Value = database.Blob(old.Value)
			return old, nil
		}
		if _, err := b.Exec("DELETE FROM facts WHERE seq = ?", old.Rev); err != nil {
			return f, err
		}
	}
}

// own makes owner live for ttl from now at least, and returns its revision. What
// an expired owner had is gone.
func (b *batch) own(owner string, ttl time.Duration) (rev int64, err error) {
	var expires int64
	err = b.Row("SELECT expires, rev FROM owners WHERE owner = ?", []any{owner}, &expires, &rev)
	switch {
	case err == nil && (expires == 0 || expires > b.Now):
		if next := until(b.Now, ttl); expires > 0 && (next == 0 || next > expires) {
			_, err = b.Exec("UPDATE owners SET expires = ? WHERE owner = ?", next, owner)
		}
		return rev, err
	case err == nil:
		if err := b.forget(owner); err != nil {
			return 0, err
		}
	case !errors.Is(err, sql.ErrNoRows):
		return 0, err
	}
	_, err = b.Exec("INSERT INTO owners (owner, expires) VALUES (?, ?)", owner, until(b.Now, ttl))
	return 0, err
}

// rev is the revision of an owner, 0 where it is not there.
func (b *batch) rev(owner string) (rev int64, err error) {
	err = b.Row(revQuery, []any{owner, b.Now}, &rev)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return rev, err
}

// since returns the facts of an owner that were written after a revision.
func (b *batch) since(owner string, rev int64) ([]avail.Fact, error) {
	var facts []avail.Fact
	err := b.Each(sinceQuery, []any{rev, owner, b.Now}, func(r *sql.Rows) error {
		f, _, there, err := scanFact(r)
		if there {
			facts = append(facts, f)
		}
		return err
	})
	return facts, err
}

// Drop implements store.Facts.
func (s *Store) Drop(ctx context.Context, owner string, keys ...string) error {
	err := s.submit(ctx, func(b *batch) error {
		for _, key := range keys {
			if _, err := b.Exec("DELETE FROM facts WHERE owner = ? AND key = ?", owner, key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sqlite: drop facts of %s: %w", owner, err)
	}
	return nil
}

// touchStep is how many owners one transaction touches, so that no viewer waits
// for it.
const touchStep = 500

// Touch implements store.Facts.
func (s *Store) Touch(ctx context.Context, ttl time.Duration, owners ...string) error {
	for some := range slices.Chunk(owners, touchStep) {
		err := s.submit(ctx, func(b *batch) error {
			for _, owner := range some {
				if _, err := b.Exec("UPDATE owners SET expires = ? WHERE owner = ? AND expires > ?", until(b.Now, ttl), owner, b.Now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("sqlite: touch %d owners: %w", len(owners), err)
		}
	}
	return nil
}

func until(now int64, ttl time.Duration) int64 {
	if ttl == 0 {
		return 0
	}
	return now + ttl.Microseconds()
}
