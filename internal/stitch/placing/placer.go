// Package placing fetches the origin's manifests and places them on the timelines of their streams.
package placing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"stitcher/internal/manifest/dash"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/origin/ledger/entries"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/pause"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/mpds"
	"stitcher/internal/stitch/playlists"
	"stitcher/internal/stitch/published"
	"stitcher/internal/stitch/reference"
	"stitcher/internal/store"
)

// Placer fetches the origin's manifests and places them on the timelines of their streams.
type Placer struct {
	Manifests *manifests.Manifests
	Now       func() time.Time
	Log       *slog.Logger
}

// Subject is a session that manifests are fetched for.
type Subject struct {
	*stitch.Playback
	// Options compile the session's playlists, Variant is their key.
	Options hls.Options
	Variant string
}

// ErrEmptyMPD says that nothing of an MPD can be listed because it has no segments.
var ErrEmptyMPD = errors.New("the origin's MPD has no segments")

// EmptyError says that nothing of a rendition can be listed because its playlist,
// or the reference's, has no segments. It is answered at once: to ask the origin
// again before its playlist is due would only add to its load.
type EmptyError struct {
	// Template is the playlist of the rendition that was asked for, Rendition that
	// of which the playlist has no segments.
	Template  *hls.Template
	Rendition int
}

func (*EmptyError) Error() string { return ledger.ErrEmpty.Error() }

// emptyOf is err for rendition n, where another one has no segments: it is told
// with that rendition's own head.
func (p *Placer) emptyOf(ctx context.Context, x *Subject, n int, err error) error {
	var empty *EmptyError
	if !errors.As(err, &empty) || n == empty.Rendition {
		return err
	}
	t, err := playlists.Media(ctx, p.Manifests, x.Layout.Renditions[n].URL, x.Options, false)
	if err != nil {
		return err
	}
	return &EmptyError{t, empty.Rendition}
}

// MPD fetches the session's MPD, if it is due, and places it.
func (p *Placer) MPD(ctx context.Context, x *Subject) (*origin.View, error) {
	if err := x.Stream.Follow(ctx, p.Now()); err != nil && !errors.Is(err, store.ErrUnavailable) {
		p.Log.Warn("read new entries of a ledger", "session", x.ID, "err", err)
	}
	name := x.Layout.Renditions[x.Layout.Reference].Name
	if _, begun := x.Stream.Feeder(); !begun {
		if err := x.Stream.Begin(ctx, name); err != nil {
			return nil, err
		}
	}
	// Whatever Representation began the timeline, an MPD has only one.
	name, _ = x.Stream.Feeder()
	for attempt := 0; ; attempt++ {
		t, err := p.mpdTemplate(ctx, x, attempt > 0)
		if err != nil {
			return nil, err
		}
		v, err := x.Stream.Accept(ctx, name, mpds.Variant(mpds.OptionsOf(x.Session)), t.At(p.Now().UnixMicro()), p.Now())
		if v != nil && x.Stream.Behind(name, v) {
			if v, err = p.publishedMPD(ctx, x, name); err == nil {
				return v, nil
			}
		} else if err == nil || v != nil && ctx.Err() == nil {
			return v, nil // where the store fails, too, the last good one serves
		}
		if errors.Is(err, ledger.ErrEmpty) {
			return nil, fmt.Errorf("%w: %w", ErrEmptyMPD, err)
		}
		if !errors.Is(err, ledger.ErrOlder) && !errors.Is(err, ledger.ErrUnsettled) && !errors.Is(err, entries.ErrRaced) {
			return nil, err
		}
		if attempt == 3 {
			return nil, reference.ErrOutOfStep
		}
		if !pause.For(ctx, StepPause) {
			return nil, ctx.Err()
		}
	}
}

// mpdTemplate is the session's MPD, compiled, with the starts that were published.
func (p *Placer) mpdTemplate(ctx context.Context, x *Subject, force bool) (*dash.Template, error) {
	var earlier *dash.Template
	if name, begun := x.Stream.Feeder(); begun {
		if v := x.Stream.Newest(name); v != nil {
			earlier = v.Document.(*dash.View).Template
		}
	}
	t, err := mpds.Template(ctx, p.Manifests, x.Template, mpds.OptionsOf(x.Session), earlier, force)
	if err != nil {
		return nil, err
	}
	edge := t.Edge(p.Now().UnixMicro())
	if as := t.PublishedAs(x.Stream, edge); as != nil {
		return as, nil
	}
	past, dropped, same, err := published.Past(ctx, x.Stream, t, earlier, edge)
	if err != nil {
		return nil, err
	}
	as := t
	if !same {
		as, err = mpds.Pinned(ctx, p.Manifests, x.Template, mpds.OptionsOf(x.Session), earlier, &past, dropped, func() *dash.Template {
			return published.Last(ctx, x.Stream, earlier)
		})
		if err != nil {
			return nil, err
		}
	}
	t.Publish(x.Stream, edge, as)
	return as, nil
}

// publishedMPD is the newest state of the MPD that another node has published.
func (p *Placer) publishedMPD(ctx context.Context, x *Subject, name string) (*origin.View, error) {
	body, base, err := x.Stream.Shared(ctx, name)
	if err != nil || body == nil {
		return nil, cmp.Or(err, ledger.ErrOlder)
	}
	mpds.Offer(p.Manifests, x.Template, body, base)
	t, err := p.mpdTemplate(ctx, x, false)
	if err != nil {
		return nil, err
	}
	v, err := x.Stream.Accept(ctx, name, mpds.Variant(mpds.OptionsOf(x.Session)), t.At(p.Now().UnixMicro()), p.Now())
	if err != nil {
		return nil, err
	}
	if x.Stream.Behind(name, v) {
		return nil, ledger.ErrOlder
	}
	return v, nil
}

// sources are the renditions of a session.
type sources struct {
	*Placer
	x *Subject
}

func (s sources) Moved(n int) {
	s.Log.Info("another rendition takes the place of the reference", "session", s.x.ID, "rendition", n)
}
func (s sources) Now() time.Time { return s.Placer.Now() }

func (s sources) Fetch(ctx context.Context, n int) error {
	_, err := playlists.Media(ctx, s.Manifests, s.x.Layout.Renditions[n].URL, s.x.Options, false)
	return err
}

func (s sources) Failing(n int) error {
	return s.Manifests.Failing(s.x.Layout.Renditions[n].URL)
}

func (s sources) Published(ctx context.Context, n int) (*origin.View, error) {
	return s.publishedPlaylist(ctx, s.x, s.x.Layout.Renditions[n])
}

func (s sources) View(ctx context.Context, n int) (*origin.View, error) {
	return s.playlistView(ctx, s.x, n)
}

// Views are the newest views of the timeline and of rendition n.
func (p *Placer) Views(ctx context.Context, x *Subject, n int) (ref, v *origin.View, err error) {
	ref, v, err = reference.Views(ctx, sources{p, x}, x.Stream, x.Layout, n, false)
	return ref, v, p.emptyOf(ctx, x, n, err)
}

// playlistView fetches a rendition's template, if it is due, and places it. Where another
// node has published a newer state of the playlist, this node gets that, from the
// origin or from the store.
func (p *Placer) playlistView(ctx context.Context, x *Subject, n int) (*origin.View, error) {
	r := x.Layout.Renditions[n]
	if err := x.Stream.Follow(ctx, p.Now()); err != nil && !errors.Is(err, store.ErrUnavailable) {
		p.Log.Warn("read new entries of a ledger", "session", x.ID, "err", err)
	}
	for attempt := 0; ; attempt++ {
		t, err := playlists.Media(ctx, p.Manifests, r.URL, x.Options, attempt > 0)
		if err != nil {
			return nil, err
		}
		v, err := x.Stream.Accept(ctx, r.Name, x.Variant, t, p.Now())
		if v != nil && x.Stream.Behind(r.Name, v) {
			if v, err = p.publishedPlaylist(ctx, x, r); err == nil {
				return v, nil
			}
			if errors.Is(err, store.ErrUnavailable) {
				err = ledger.ErrOlder // the origin has what the store can't give now
			}
		} else if err == nil || v != nil && ctx.Err() == nil {
			return v, nil // where the store fails, too, the last good one serves
		}
		if errors.Is(err, ledger.ErrEmpty) {
			return nil, &EmptyError{t, n}
		}
		if !errors.Is(err, ledger.ErrOlder) && !errors.Is(err, ledger.ErrUnsettled) && !errors.Is(err, entries.ErrRaced) {
			return nil, err
		}
		if attempt == 3 {
			return nil, reference.ErrOutOfStep
		}
		if !pause.For(ctx, StepPause) {
			return nil, ctx.Err()
		}
	}
}

// publishedPlaylist is the state of a rendition that another node has published.
func (p *Placer) publishedPlaylist(ctx context.Context, x *Subject, r origin.Rendition) (*origin.View, error) {
	body, base, err := x.Stream.Shared(ctx, r.Name)
	if err != nil || body == nil {
		return nil, cmp.Or(err, ledger.ErrOlder)
	}
	playlists.Offer(p.Manifests, r.URL, body, base)
	t, err := playlists.Media(ctx, p.Manifests, r.URL, x.Options, false)
	if err != nil {
		return nil, err
	}
	v, err := x.Stream.Accept(ctx, r.Name, x.Variant, t, p.Now())
	if err != nil {
		return nil, err
	}
	if x.Stream.Behind(r.Name, v) {
		return nil, ledger.ErrOlder
	}
	return v, nil
}

// StepPause is how often a rendition that is out of step is looked at.
const StepPause = 200 * time.Millisecond
