package lint

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
)

// The exit statuses of Command.
const (
	exitClean    = 0
	exitBroken   = 1
	exitUnusable = 2
)

const usage = `Usage: stitcher lint [flags] URL

Plays an HLS or DASH stream as a strict client and prints every broken rule
with the section that has it: one line for each rule, rendition and place, and
a summary at the end.

Each newly listed segment is asked for once: of HLS a kilobyte of it, of DASH
all of it, whose times are held to the MPD's. A stitcher's ad segments that are
asked for count as watched.

Exit status: 0 no violation, 1 violations, 2 nothing to play or wrong usage.

Flags:
`

// Command is "stitcher lint": it returns the exit status.
func Command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("lint", flag.ContinueOnError)
	flags.SetOutput(stderr)
	o := Options{}
	flags.DurationVar(&o.For, "for", defaultFor, "how long to play")
	flags.BoolVar(&o.SkipSegments, "no-segments", false, "fetch playlists or the MPD only")
	flags.StringVar(&o.Schema, "xsd", "", "the file DASH-MPD.xsd: validate each MPD with xmllint")
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	var positional []string
	for { // flags may stand after the URL too
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return exitClean
		} else if err != nil {
			return exitUnusable
		}
		if flags.NArg() == 0 {
			break
		}
		positional = append(positional, flags.Arg(0))
		args = flags.Args()[1:]
	}
	if len(positional) != 1 || o.For <= 0 {
		fmt.Fprintln(stderr, "stitcher lint: give one URL and a time above zero")
		flags.Usage()
		return exitUnusable
	}
	o.URL = positional[0]
	report, err := Run(ctx, o, stdout)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "stitcher lint:", err)
		return exitUnusable
	case report.Violations() > 0:
		return exitBroken
	}
	return exitClean
}
