// Package published says what of an MPD was published before, on any node, and never changes.
package published

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stitcher/internal/manifest/dash"
	"stitcher/internal/manifest/dash/pin"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/origin/ledger"
)

// pinName, pinPeriod and pinZero name what of an MPD never changes once it was published
// (dash-players P2): availabilityStartTime, where a Period begins, and where its media
// time counts from.
const (
	pinName   = "start"
	pinPeriod = "period/"
	pinZero   = "zero/"
)

// renamed stands between the id of a Period whose media began anew, and when it did.
const renamed = "~"

// sameMedia is by how much the beginning of a Period may be moved whose media goes on.
const sameMedia = int64(time.Second / time.Microsecond)

// keptLongest is how long Periods are kept that the origin has dropped, where it does not
// say how long its window is.
const keptLongest = 10 * time.Minute

// Past is what was published of a live MPD before, on any node, by the pins in the ledger of its
// stream. earlier is the state of it
// that was published last here, nil if there is none, edge the time up to which t is
// known. Same is whether the origin still says so.
func Past(ctx context.Context, stream *ledger.Stream, t, earlier *dash.Template, edge int64) (p pin.Past, dropped []string, same bool, err error) {
	p.Origin, p.Starts = t.Starts()
	if !t.Dynamic() {
		return p, nil, true, nil
	}
	same = true
	names, values := []string{pinName}, []int64{p.Origin}
	for i := range p.Starts {
		x := &p.Starts[i]
		names, values = append(names, pinPeriod+x.ID, pinZero+x.ID), append(values, x.At, x.Zero)
	}
	got, err := stream.Pin(ctx, names, values)
	if err != nil {
		return p, nil, false, err
	}
	if got[0] != p.Origin {
		same, p.Origin = false, got[0]
	}
	for i := range p.Starts {
		x := &p.Starts[i]
		at, zero := got[1+2*i], got[2+2*i]
		if at == x.At && zero == x.Zero {
			continue
		}
		if err := incarnation(ctx, stream, x, at, zero); err != nil {
			return p, nil, false, err
		}
		same = same && x.At == values[1+2*i] && x.As == ""
	}
	if earlier == nil || !earlier.Continues(p.Starts) {
		earlier = Last(ctx, stream, earlier)
	}
	p.Offsets = publishedOffsets(earlier, p.Starts)
	if earlier != nil {
		window := t.Window()
		if window <= 0 {
			window = keptLongest
		}
		dropped = earlier.Dropped(p.Starts, edge-window.Microseconds())
	}
	return p, dropped, same && len(dropped) == 0, nil
}

// publishedOffsets are the presentationTimeOffsets that were published of those Periods that
// slide.
func publishedOffsets(earlier *dash.Template, starts []pin.Start) (all map[string][]pin.Offset) {
	for i := range starts {
		x := &starts[i]
		if x.Slide == 0 || earlier == nil {
			continue
		}
		if all == nil {
			all = map[string][]pin.Offset{}
		}
		all[x.Name()] = earlier.Offsets(x.Name())
	}
	return all
}

// incarnation gives a Period the name and the start under which it was published. at and
// zero are those that were first published under its id. An origin that has started again
// may use the ids of before for media that begins anew: its Period begins after those, and
// is another one, of a name of its own.
func incarnation(ctx context.Context, stream *ledger.Stream, x *pin.Start, at, zero int64) error {
	goes := func(zero int64) bool { return apart(x.Zero, zero) <= sameMedia }
	if goes(zero) {
		x.Slid(at, zero)
		return nil
	}
	starts := stream.Pins(pinPeriod + x.ID + renamed)
	zeros := stream.Pins(pinZero + x.ID + renamed)
	latest, name := at, ""
	for key, start := range starts {
		as := strings.TrimPrefix(key, pinPeriod)
		if z, ok := zeros[pinZero+as]; ok && goes(z) {
			x.As = as
			x.Slid(start, z)
			return nil
		}
		if start > latest {
			latest, name = start, as
		}
	}
	if x.At <= latest+sameMedia {
		x.At, x.As = latest, name // it was moved, whatever its media
		return nil
	}
	name = fmt.Sprint(x.ID, renamed, x.At/sameMedia)
	got, err := stream.Pin(ctx, []string{pinPeriod + name, pinZero + name}, []int64{x.At, x.Zero})
	if err != nil {
		return err
	}
	x.At, x.As = got[0], name
	return nil
}

// Last is the state of a stream's MPD that was published last, on any node, or
// what is known of it here, where the store does not tell.
func Last(ctx context.Context, stream *ledger.Stream, known *dash.Template) *dash.Template {
	name, begun := stream.Feeder()
	if !begun {
		return known
	}
	load := stream.Shared
	if known == nil {
		load = stream.Last
	}
	body, base, err := load(ctx, name)
	if err != nil || body == nil {
		return known
	}
	if t, err := dash.Compile(body, presentation.Options{Base: base}); err == nil {
		return t
	}
	return known
}

func apart(a, b int64) int64 { return max(a-b, b-a) }
