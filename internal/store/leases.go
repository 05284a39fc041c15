package store

import (
	"context"
	"time"
)

// Leases let one of many nodes do a piece of work, and another take it over when
// that one dies. Times are those of the store's clock.
type Leases interface {
	// Lease gives owner the lease of a key for ttl from now, unless another owner
	// has it; two owners MUST NOT have it at once. The owner that has it already
	// gets it for ttl from now. Until is when the lease ends, also when another
	// has it. A lease that has ended MUST be given to the next that asks.
	Lease(ctx context.Context, key, owner string, ttl time.Duration) (held bool, until time.Time, err error)
	// Extend keeps a lease for ttl from now. It MUST answer false to an owner that
	// does not have the lease any more, also when no other has taken it since:
	// another may have had it meanwhile.
	Extend(ctx context.Context, key, owner string, ttl time.Duration) (held bool, err error)
	// Release ends a lease. It MUST NOT end that of another owner, and it is no
	// error that owner does not have it.
	Release(ctx context.Context, key, owner string) error
}
