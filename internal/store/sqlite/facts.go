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
	values := s.pending.add(owner, facts)
	var stored [][]byte
	durable, err := s.last(ctx, s.patience, func(b *batch) error {
		stored = make([][]byte, len(facts)) // do may run twice
		return b.create(owner, ttl, facts, values, stored)
	}, func() { s.pending.remove(owner, facts) })
	switch {
	case err == nil && durable:
		return stored, nil
	case err == nil || errors.Is(err, errFull):
		return s.unwritten(ctx, owner, facts, values), nil
	}
	return nil, fmt.Errorf("sqlite: create facts of %s: %w", owner, err)
}

// create stores values under the keys of facts and reads what is stored.
func (b *batch) create(owner string, ttl time.Duration, facts []avail.Fact, values, stored [][]byte) error {
	if err := b.own(owner, ttl); err != nil {
		return err
	}
	for i, f := range facts {
		done, err := b.exec("INSERT INTO facts (owner, key, value) VALUES (?, ?, ?) ON CONFLICT (owner, key) DO NOTHING", owner, f.Key, blob(values[i]))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err == nil && n == 1 {
			stored[i] = blob(values[i])
			continue
		}
		if err := b.row("SELECT value FROM facts WHERE owner = ? AND key = ?", []any{owner, f.Key}, &stored[i]); err != nil {
			return err
		}
	}
	return nil
}

// unwritten is what a creation comes to that the store has yet to take: what was
// stored before, as far as it can be read, else the values themselves.
func (s *Store) unwritten(ctx context.Context, owner string, facts []avail.Fact, values [][]byte) [][]byte {
	stored, err := s.load(ctx, owner, s.now().UnixMicro())
	if err != nil {
		s.log.Warn("read the store while it fails", "owner", owner, "err", err)
	}
	for i, f := range facts {
		for _, x := range stored {
			if x.Key == f.Key {
				values[i] = x.Value
			}
		}
	}
	return values
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
	waiting := s.pending.of(owner) // first: what is written meanwhile is in both
	stored, err := s.load(ctx, owner, s.now().UnixMicro())
	if err != nil {
		return nil, err
	}
	return merge(stored, waiting), nil
}

// Recall is Load for an owner that may have expired: its facts remain for more
// than an hour, as long as beacons of a session are sent.
func (s *Store) Recall(ctx context.Context, owner string) ([]avail.Fact, error) {
	waiting := s.pending.of(owner)
	stored, err := s.load(ctx, owner, s.now().Add(-remains).UnixMicro())
	if err != nil {
		return nil, err
	}
	return merge(stored, waiting), nil
}

// load returns the facts of an owner that is kept until after a time.
func (s *Store) load(ctx context.Context, owner string, after int64) ([]avail.Fact, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT f.key, f.value FROM facts f JOIN owners o ON o.owner = f.owner
		WHERE f.owner = ? AND (o.expires = 0 OR o.expires > ?) ORDER BY f.seq`, owner, after)
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
	_, err := s.last(ctx, s.patience, func(b *batch) error {
		_, err := b.exec("UPDATE owners SET expires = ? WHERE owner = ? AND expires > ?", until(b.now, ttl), owner, b.now)
		return err
	}, nil)
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
	durable, err := s.last(ctx, s.patience, func(b *batch) error {
		if err := b.own(owner, leastOwner); err != nil {
			return err
		}
		if _, err := b.exec(`INSERT INTO registers (owner, key, rank, value) VALUES (?, ?, ?, ?)
			ON CONFLICT (owner, key) DO UPDATE SET rank = excluded.rank, value = excluded.value WHERE excluded.rank > rank`, owner, key, rank, blob(value)); err != nil {
			return err
		}
		return b.row("SELECT rank, value FROM registers WHERE owner = ? AND key = ?", []any{owner, key}, &stored, &got)
	}, nil)
	switch {
	case err == nil && durable:
		return stored, got, nil
	case err == nil || errors.Is(err, errFull):
		if r, v, err := s.register(ctx, owner, key); err == nil && r >= rank {
			return r, v, nil
		}
		return rank, value, nil
	}
	return 0, nil, fmt.Errorf("sqlite: advance %s of %s: %w", key, owner, err)
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
