package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"stitcher/cmd/stitcher/memory"
)

// serveCommand is `stitcher serve`.
func serveCommand(ctx context.Context, args []string, getenv func(string) string, stderr io.Writer) int {
	var set settings
	if err := set.parse("serve", args, getenv, stderr, nil); err != nil {
		return usageStatus(err)
	}
	log := logger(stderr, set)
	memory.Limit(os.DirFS("/"), getenv)
	a, err := newApp(context.WithoutCancel(ctx), set, log)
	if err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return 1
	}
	if err := a.run(ctx, nil); err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return 1
	}
	return 0
}

// usageStatus is the exit status of a failed parse: asking for help is none.
func usageStatus(err error) int {
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	return 2
}
