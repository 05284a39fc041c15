package redis

import (
	"context"
	"fmt"
	"time"

	"stitcher/internal/store"
	"stitcher/internal/store/redis/script"
)

var _ store.Leases = (*Store)(nil)

var (
	takeLease    = script.New("lease")
	releaseLease = script.New("lease_release")
)

// Lease implements store.Leases.
func (s *Store) Lease(ctx context.Context, key, owner string, ttl time.Duration) (bool, time.Time, error) {
	r, err := s.scripts.Run(ctx, takeLease, s.keys.Lease(key), owner, ttl.Microseconds())
	if err != nil {
		return false, time.Time{}, fmt.Errorf("redis: lease %s: %w", key, err)
	}
	return r.At(0).Number() == 1, time.UnixMicro(r.At(1).Number()), nil
}

// Extend implements store.Leases.
func (s *Store) Extend(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	r, err := s.scripts.Run(ctx, takeLease, s.keys.Lease(key), owner, ttl.Microseconds(), "extend")
	if err != nil {
		return false, fmt.Errorf("redis: extend lease %s: %w", key, err)
	}
	return r.At(0).Number() == 1, nil
}

// Release implements store.Leases.
func (s *Store) Release(ctx context.Context, key, owner string) error {
	if _, err := s.scripts.Run(ctx, releaseLease, s.keys.Lease(key), owner); err != nil {
		return fmt.Errorf("redis: release lease %s: %w", key, err)
	}
	return nil
}
