package redis

import (
	"context"
	"fmt"
	"time"

	"stitcher/internal/store"
)

var _ store.Leases = (*Store)(nil)

var (
	takeLease    = newScript("lease")
	releaseLease = newScript("lease_release")
)

// Lease implements store.Leases.
func (s *Store) Lease(ctx context.Context, key, owner string, ttl time.Duration) (bool, time.Time, error) {
	r, err := s.run(ctx, takeLease, s.keys.lease(key), owner, ttl.Microseconds())
	if err != nil {
		return false, time.Time{}, fmt.Errorf("redis: lease %s: %w", key, err)
	}
	return r.at(0).number() == 1, time.UnixMicro(r.at(1).number()), nil
}

// Extend implements store.Leases.
func (s *Store) Extend(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	r, err := s.run(ctx, takeLease, s.keys.lease(key), owner, ttl.Microseconds(), "extend")
	if err != nil {
		return false, fmt.Errorf("redis: extend lease %s: %w", key, err)
	}
	return r.at(0).number() == 1, nil
}

// Release implements store.Leases.
func (s *Store) Release(ctx context.Context, key, owner string) error {
	if _, err := s.run(ctx, releaseLease, s.keys.lease(key), owner); err != nil {
		return fmt.Errorf("redis: release lease %s: %w", key, err)
	}
	return nil
}
