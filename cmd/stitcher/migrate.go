package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/store"
)

// migrateCommand is `stitcher migrate`: it copies the state of one store into another.
func migrateCommand(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("stitcher migrate", flag.ContinueOnError)
	fs.SetOutput(stderr)
	from := fs.String("from", "", "store to copy from: sqlite or an address of Redis")
	to := fs.String("to", "", "store to copy to")
	dir := fs.String("data-dir", "./data", "directory of the embedded store")
	retention := longDuration(30 * 24 * time.Hour)
	fs.Var(&retention, "retention", "how long the sums of reports are kept, as in serve")
	err := fromEnvironment(fs, getenv)
	if err == nil {
		if err := fs.Parse(args); err != nil {
			return usageStatus(err)
		}
		err = checkMigration(fs, *from, *to)
	}
	if err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return 2
	}
	done, err := migrate(ctx, *from, *to, *dir, time.Duration(retention))
	if err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return 1
	}
	fmt.Fprintf(stdout, "copied %d owners with %d facts, %d documents, %d triggers and %d blocks of roll-ups\n", done.owners, done.facts, done.documents, done.triggers, done.blocks)
	return 0
}

func checkMigration(fs *flag.FlagSet, from, to string) error {
	var errs []error
	if fs.NArg() > 0 {
		errs = append(errs, fmt.Errorf("migrate takes no argument %q", fs.Arg(0)))
	}
	for name, address := range map[string]string{"--from": from, "--to": to} {
		if err := checkStore(address); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if from == to {
		errs = append(errs, errors.New("--from and --to are one store"))
	}
	return errors.Join(errs...)
}

// migrated counts what was copied.
type migrated struct{ owners, facts, documents, triggers, blocks int }

// portable is a store that the command can copy.
type portable interface {
	backend
	store.Portable
}

// migrate copies a store, while no service on this machine uses the data directory. It
// cannot see services on other machines.
func migrate(ctx context.Context, from, to, dir string, retention time.Duration) (n migrated, err error) {
	lock, err := lockDirectory(dir)
	if err != nil {
		return n, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	open := func(address string) (portable, *state, error) {
		s, err := openState(address, dir, retention, 0, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, nil, err
		}
		return s.backend.(portable), s, nil // every store of openState is
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
	if two.shared() {
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

func (n *migrated) copy(ctx context.Context, from, to portable) error {
	err := from.EachDocument(ctx, func(kind string, d store.Document) error {
		n.documents++
		_, err := to.PutDocument(ctx, kind, d.ID, store.AnyVersion, d.Body)
		return err
	})
	if err == nil {
		err = from.EachOwner(ctx, func(o store.Owner) error {
			n.owners, n.facts = n.owners+1, n.facts+len(o.Facts)
			return to.PutOwner(ctx, o)
		})
	}
	if err == nil {
		err = from.EachTrigger(ctx, func(k store.Kept) error {
			n.triggers++
			return to.PutTrigger(ctx, k)
		})
	}
	if err == nil {
		err = from.EachBlock(ctx, func(b store.Block) error {
			n.blocks++
			return to.PutBlock(ctx, b)
		})
	}
	return err
}
