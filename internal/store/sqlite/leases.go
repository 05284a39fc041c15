package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/store"
)

var _ store.Leases = (*Store)(nil)

// Lease implements store.Leases.
func (s *Store) Lease(ctx context.Context, key, owner string, ttl time.Duration) (bool, time.Time, error) {
	var expires int64
	var held bool
	err := s.submit(ctx, func(b *batch) error {
		var holder string
		err := b.Row("SELECT owner, expires FROM leases WHERE key = ? AND expires > ?", []any{key, b.Now}, &holder, &expires)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if held = err != nil || holder == owner; !held {
			return nil
		}
		expires = b.Now + ttl.Microseconds()
		_, err = b.Exec(`INSERT INTO leases (key, owner, expires) VALUES (?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, expires = excluded.expires`, key, owner, expires)
		return err
	})
	if err != nil {
		return false, time.Time{}, fmt.Errorf("sqlite: lease %s: %w", key, err)
	}
	return held, time.UnixMicro(expires), nil
}

// Extend implements store.Leases.
func (s *Store) Extend(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	var held bool
	err := s.submit(ctx, func(b *batch) error {
		done, err := b.Exec("UPDATE leases SET expires = ? WHERE key = ? AND owner = ? AND expires > ?", b.Now+ttl.Microseconds(), key, owner, b.Now)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		held = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("sqlite: extend lease %s: %w", key, err)
	}
	return held, nil
}

// Release implements store.Leases.
func (s *Store) Release(ctx context.Context, key, owner string) error {
	err := s.submit(ctx, func(b *batch) error {
		_, err := b.Exec("DELETE FROM leases WHERE key = ? AND owner = ?", key, owner)
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlite: release lease %s: %w", key, err)
	}
	return nil
}
