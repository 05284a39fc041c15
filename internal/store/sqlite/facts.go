package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/avail"
)

// Create stores each fact of owner unless its key is there already, and returns
// what is stored under each key. All of it is durable on return. ttl is how
// long from now the owner is kept at least; 0 is for ever.
func (s *Store) Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) ([][]byte, error) {
	stored := make([][]byte, len(facts))
	err := s.submit(ctx, func(b *batch) error {
		if err := b.own(owner, ttl); err != nil {
			return err
		}
		for i, f := range facts {
			if _, err := b.exec("INSERT INTO facts (owner, key, value) VALUES (?, ?, ?) ON CONFLICT (owner, key) DO NOTHING", owner, f.Key, blob(f.Value)); err != nil {
				return err
			}
			if err := b.row("SELECT value FROM facts WHERE owner = ? AND key = ?", []any{owner, f.Key}, &stored[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sqlite: create facts of %s: %w", owner, err)
	}
	return stored, nil
}

// own makes owner live for ttl from now at least. What an expired owner had is
// gone.
func (b *batch) own(owner string, ttl time.Duration) error {
	var expires int64
	err := b.row("SELECT expires FROM owners WHERE owner = ?", []any{owner}, &expires)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		_, err = b.exec("INSERT INTO owners (owner, expires) VALUES (?, ?)", owner, until(b.now, ttl))
		return err
	case err != nil:
		return err
	}
	if expires > 0 && expires <= b.now {
		if err := b.forget(owner); err != nil {
			return err
		}
		_, err = b.exec("INSERT INTO owners (owner, expires) VALUES (?, ?)", owner, until(b.now, ttl))
		return err
	}
	if next := until(b.now, ttl); expires > 0 && (next == 0 || next > expires) {
		_, err = b.exec("UPDATE owners SET expires = ? WHERE owner = ?", next, owner)
		return err
	}
	return nil
}

func until(now int64, ttl time.Duration) int64 {
	if ttl == 0 {
		return 0
	}
	return now + ttl.Microseconds()
}

// blob is v as it is stored: NULL is no value.
func blob(v []byte) []byte {
	if v == nil {
		return []byte{}
	}
	return v
}

// Load returns all facts of owner in the order of their creation.
func (s *Store) Load(ctx context.Context, owner string) ([]avail.Fact, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT f.key, f.value FROM facts f JOIN owners o ON o.owner = f.owner
		WHERE f.owner = ? AND (o.expires = 0 OR o.expires > ?) ORDER BY f.seq`, owner, s.now().UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("sqlite: load facts of %s: %w", owner, err)
	}
	defer rows.Close()
	var facts []avail.Fact
	for rows.Next() {
		var f avail.Fact
		if err := rows.Scan(&f.Key, &f.Value); err != nil {
			return nil, fmt.Errorf("sqlite: load facts of %s: %w", owner, err)
		}
		facts = append(facts, f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqlite: load facts of %s: %w", owner, err)
	}
	return facts, nil
}

// Touch keeps owner for ttl from now; it shortens nothing that is kept for
// ever. An owner that is not there is no error.
func (s *Store) Touch(ctx context.Context, owner string, ttl time.Duration) error {
	err := s.submit(ctx, func(b *batch) error {
		_, err := b.exec("UPDATE owners SET expires = ? WHERE owner = ? AND expires > ?", until(b.now, ttl), owner, b.now)
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlite: touch %s: %w", owner, err)
	}
	return nil
}

// Advance replaces the value under (owner, key) if rank is greater than the
// stored one, and returns what is stored then. Rank 0 reads.
func (s *Store) Advance(ctx context.Context, owner, key string, rank int64, value []byte) (int64, []byte, error) {
	if rank <= 0 {
		return s.register(ctx, owner, key)
	}
	var stored int64
	var got []byte
	err := s.submit(ctx, func(b *batch) error {
		if err := b.own(owner, leastOwner); err != nil {
			return err
		}
		if _, err := b.exec(`INSERT INTO registers (owner, key, rank, value) VALUES (?, ?, ?, ?)
			ON CONFLICT (owner, key) DO UPDATE SET rank = excluded.rank, value = excluded.value WHERE excluded.rank > rank`, owner, key, rank, blob(value)); err != nil {
			return err
		}
		return b.row("SELECT rank, value FROM registers WHERE owner = ? AND key = ?", []any{owner, key}, &stored, &got)
	})
	if err != nil {
		return 0, nil, fmt.Errorf("sqlite: advance %s of %s: %w", key, owner, err)
	}
	return stored, got, nil
}

// leastOwner is how long an owner lives that only has registers.
const leastOwner = time.Hour

func (s *Store) register(ctx context.Context, owner, key string) (int64, []byte, error) {
	var rank int64
	var value []byte
	err := s.read.QueryRowContext(ctx, `SELECT r.rank, r.value FROM registers r JOIN owners o ON o.owner = r.owner
		WHERE r.owner = ? AND r.key = ? AND (o.expires = 0 OR o.expires > ?)`, owner, key, s.now().UnixMicro()).Scan(&rank, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("sqlite: read %s of %s: %w", key, owner, err)
	}
	return rank, value, nil
}
