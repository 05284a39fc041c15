// Package lease holds leases of the store while work goes on.
package lease

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stitcher/internal/store"
)

const (
	// life is for how long a lease is taken: a node that dies holds its work up for as
	// long.
	life = 30 * time.Second
	// extendEvery is how often a lease is extended.
	extendEvery = life / 3
)

// Holder takes leases for one process.
type Holder struct {
	leases store.Leases
	log    *slog.Logger
	// name begins the names under which the process has leases.
	name string
}

// NewHolder makes the holder of a process, whose name no other process has.
func NewHolder(leases store.Leases, name string, log *slog.Logger) *Holder {
	return &Holder{leases: leases, log: log, name: name}
}

// Take takes the lease of a key, if no other holder has it, and extends it until end is
// called. Parts of the process exclude each other as processes do. end is never nil.
func (h *Holder) Take(ctx context.Context, key, part string) (end func(), held bool, err error) {
	owner := h.name + part
	held, _, err = h.leases.Lease(ctx, key, owner, life)
	if err != nil || !held {
		return func() {}, false, err
	}
	return h.keep(ctx, key, owner), true, nil
}

// keep extends a lease until end is called, which ends it.
func (h *Holder) keep(ctx context.Context, key, owner string) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(extendEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if held, err := h.leases.Extend(ctx, key, owner, life); err != nil || !held {
					h.log.Debug("transcode cache: a lease was not extended", "key", key, "held", held, "err", err)
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := h.leases.Release(ending, key, owner); err != nil {
			h.log.Debug("transcode cache: a lease was not released", "key", key, "err", err)
		}
	}
}

// Alone calls f while this part of the process has the lease of a key; not at all if
// another has it now.
func (h *Holder) Alone(ctx context.Context, key, part string, f func() error) error {
	owner := h.name + part
	held, _, err := h.leases.Lease(ctx, key, owner, life)
	if err != nil || !held {
		return err
	}
	return errors.Join(f(), h.leases.Release(context.WithoutCancel(ctx), key, owner))
}
