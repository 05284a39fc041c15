package stores

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/store"
)

// Copied counts what was copied.
type Copied struct{ Owners, Facts, Documents, Triggers, Blocks int }

// Portable is a store that can be copied.
type Portable interface {
	Backend
	store.Portable
}

// Copy copies the store of one address into that of another. A shared store to copy to must
// be empty. No service may use the data directory dir meanwhile.
func Copy(ctx context.Context, from, to, dir string, retention time.Duration) (n Copied, err error) {
	open := func(address string) (Portable, *State, error) {
		s, err := Open(address, dir, retention, 0, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, nil, err
		}
		return s.Backend.(Portable), s, nil // every store of Open is
	}
	source, one, err := open(from)
	if err != nil {
		return n, err
	}
	defer func() { err = errors.Join(err, one.Close()) }()
	target, two, err := open(to)
	if err != nil {
		return n, err
	}
	defer func() { err = errors.Join(err, two.Close()) }()
	if two.Shared() {
		if err := empty(ctx, target); err != nil {
			return n, err
		}
	}
	return n, n.copy(ctx, source, target)
}

// errNotEmpty ends a look at a store that has something.
var errNotEmpty = errors.New("the store to copy to has data: other nodes may be using it; give another prefix, or empty that one")

// empty fails where a store has owners or documents.
func empty(ctx context.Context, s store.Portable) error {
	return errors.Join(
		s.EachOwner(ctx, func(store.Owner) error { return errNotEmpty }),
		s.EachDocument(ctx, func(string, store.Document) error { return errNotEmpty }),
	)
}

func (n *Copied) copy(ctx context.Context, from, to Portable) error {
	err := from.EachDocument(ctx, func(kind string, d store.Document) error {
		n.Documents++
		_, err := to.PutDocument(ctx, kind, d.ID, store.AnyVersion, d.Body)
		return err
	})
	if err == nil {
		err = from.EachOwner(ctx, func(o store.Owner) error {
			n.Owners, n.Facts = n.Owners+1, n.Facts+len(o.Facts)
			return to.PutOwner(ctx, o)
		})
	}
	if err == nil {
		err = from.EachTrigger(ctx, func(k store.Kept) error {
			n.Triggers++
			return to.PutTrigger(ctx, k)
		})
	}
	if err == nil {
		err = from.EachBlock(ctx, func(b store.Block) error {
			n.Blocks++
			return to.PutBlock(ctx, b)
		})
	}
	return err
}
