package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/replay"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

const replayUsage = `Usage: stitcher replay FILE

Makes the playlists or MPDs of a recorded session again, from a file that
GET /api/v1/sessions/{id}/bundle gave, with this version's code. It connects to
nothing. Each playlist that is not what it was is printed with the first line that
differs.

Exit status: 0 all are identical, 1 some are not or the file is damaged, 2 there is no
such file or it is no bundle.
`

// replayCommand is `stitcher replay`.
func replayCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("stitcher replay", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprint(stderr, replayUsage) }
	if err := fs.Parse(args); err != nil {
		return usageStatus(err)
	}
	if fs.NArg() != 1 {
		fs.Usage()
		return 2
	}
	b, err := readBundle(fs.Arg(0))
	if err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return 2
	}
	same, err := replayBundle(ctx, b, stdout)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "stitcher:", err)
		return 1
	case !same:
		return 1
	}
	return 0
}

func readBundle(name string) (b *bundle.Bundle, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return bundle.Read(f)
}

// replayBundle prints what differs and a summary. It answers true where nothing does.
func replayBundle(ctx context.Context, b *bundle.Bundle, stdout io.Writer) (same bool, err error) {
	h := &b.Head
	fmt.Fprintf(stdout, "session %s of %s: %d playlists\n", h.Session.ID, h.Session.Configuration, len(b.Answers))
	if h.Truncated {
		fmt.Fprintln(stdout, "note: the recording reached its limit; later playlists are missing")
	}
	if h.Lost > 0 {
		fmt.Fprintf(stdout, "note: %d playlists were not recorded because the node or its store was busy\n", h.Lost)
	}
	damage := b.Damage()
	for _, d := range damage {
		fmt.Fprintln(stdout, "damaged:", d)
	}
	differ := 0
	newFacts := func() store.Facts { return memory.NewFacts(time.Now) }
	err = replay.Run(ctx, b, newFacts, func(r replay.Result) {
		if r.Identical() {
			return
		}
		differ++
		at := time.UnixMicro(r.Answer.At).UTC().Format("2006-01-02T15:04:05.000Z")
		name := fmt.Sprintf("%d.m3u8", r.Answer.Rendition)
		if r.Answer.MPD != nil {
			name = "MPD"
		}
		fmt.Fprintf(stdout, "%s %s: ", at, name)
		if r.Err != nil {
			fmt.Fprintln(stdout, r.Err)
			return
		}
		fmt.Fprintf(stdout, "line %d differs\n  was %q\n  is  %q\n", r.Line, r.Then, r.Now)
	})
	if err != nil {
		return false, err
	}
	if differ > 0 || damage != nil {
		fmt.Fprintf(stdout, "%d of %d playlists differ\n", differ, len(b.Answers))
		return false, nil
	}
	fmt.Fprintln(stdout, "identical")
	return true, nil
}
