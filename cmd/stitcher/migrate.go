package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"stitcher/cmd/stitcher/datadir"
	"stitcher/cmd/stitcher/stores"
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
	fmt.Fprintf(stdout, "copied %d owners with %d facts, %d documents, %d triggers and %d blocks of roll-ups\n", done.Owners, done.Facts, done.Documents, done.Triggers, done.Blocks)
	return 0
}

func checkMigration(fs *flag.FlagSet, from, to string) error {
	var errs []error
	if fs.NArg() > 0 {
		errs = append(errs, fmt.Errorf("migrate takes no argument %q", fs.Arg(0)))
	}
	for name, address := range map[string]string{"--from": from, "--to": to} {
		if err := stores.CheckAddress(address); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if from == to {
		errs = append(errs, errors.New("--from and --to are one store"))
	}
	return errors.Join(errs...)
}

// migrate copies a store, while no service on this machine uses the data directory. It
// cannot see services on other machines.
func migrate(ctx context.Context, from, to, dir string, retention time.Duration) (n stores.Copied, err error) {
	lock, err := datadir.Take(dir)
	if err != nil {
		return n, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return stores.Copy(ctx, from, to, dir, retention)
}
