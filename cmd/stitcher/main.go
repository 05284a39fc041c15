// Command stitcher inserts ads into HLS and DASH streams on the server's side.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"stitcher/internal/lint"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

const usage = `stitcher inserts ads into HLS and DASH streams on the server's side.

Usage:

	stitcher serve [flags]      run the service
	stitcher demo [flags]       run it with a live channel, a title and an ad server of its own
	stitcher check [flags]      try the settings of serve: stores, ffmpeg, origins, ad servers
	stitcher import FILE        load playback configurations from JSON of AWS tools
	stitcher migrate [flags]    copy the state from one store to another
	stitcher lint URL           play a stream as a strict client and report every broken rule
	stitcher replay FILE        make the playlists of a recorded session again and compare them
	stitcher version            print version, commit and Go version

"stitcher COMMAND -h" lists a command's flags. Every flag has a twin in the
environment: --admin-listen is STITCHER_ADMIN_LISTEN.
`

// run is the program. Its result is the exit status: 0 done, 1 failed, 2 used
// wrongly.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	switch args[0] {
	case "serve":
		return serveCommand(ctx, args[1:], getenv, stderr)
	case "demo":
		return demoCommand(ctx, args[1:], getenv, stdout, stderr)
	case "check":
		return checkCommand(ctx, args[1:], getenv, stdout, stderr)
	case "import":
		return importCommand(ctx, args[1:], getenv, os.Stdin, stdout, stderr)
	case "migrate":
		return migrateCommand(ctx, args[1:], getenv, stdout, stderr)
	case "replay":
		return replayCommand(ctx, args[1:], stdout, stderr)
	case "lint":
		return lint.Command(ctx, args[1:], stdout, stderr)
	case "version", "--version":
		printVersion(stdout)
		return 0
	case "help", "-h", "--help":
		fmt.Fprint(stdout, usage)
		return 0
	}
	fmt.Fprintf(stderr, "stitcher: there is no command %q\n\n%s", args[0], usage)
	return 2
}
