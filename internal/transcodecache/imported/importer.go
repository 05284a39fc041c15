package imported

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/transcodecache/download"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/mpd"
	"stitcher/internal/transcodecache/profile"
)

// importer makes the asset of one streaming creative: an HLS or DASH presentation whose
// segments are listed as they are (AdConditioningConfiguration NONE, reference
// §5.4). Everything that a transcoded creative has by construction is held to
// be so here, and what isn't so is refused with its reason.
type importer struct {
	profile profile.Profile
	dir     string
	in      *intake
	// maxDuration is the greatest length in microseconds.
	maxDuration int64

	renditions *ladder
	variables  map[string]string
	// presentation is the creative's MPD; nil where it comes as HLS.
	presentation *mpd.Presentation
	// base is where the MPD came from.
	base   *url.URL
	tracks map[string]*track
}

// Options are what an import may use and how much of it.
type Options struct {
	// Dir is the job's directory; the files are written to encode.OutDir in it.
	Dir       string
	Playlists Playlists
	Fetcher   download.Client
	// Timeout bounds the whole import.
	Timeout time.Duration
	// MaxBytes is the most that all files have together.
	MaxBytes int64
	// MaxDuration is the greatest length in microseconds.
	MaxDuration int64
}

// Stream makes all renditions of a streaming creative in Dir. The content is the
// hash of what was imported. An error that wraps a Refusal says what is wrong with the
// creative.
func Stream(ctx context.Context, address string, p profile.Profile, o Options) (content string, renditions []avail.AssetRendition, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout, fmt.Errorf("it takes longer than %s", o.Timeout))
	defer cancel()
	im := &importer{
		profile: p, dir: o.Dir, maxDuration: o.MaxDuration, tracks: map[string]*track{},
		in: &intake{playlists: o.Playlists, fetcher: o.Fetcher, dir: o.Dir, left: o.MaxBytes, files: map[string]string{}},
	}
	renditions, err = im.run(ctx, address)
	if err != nil {
		if ctx.Err() != nil { // whichever step noticed it
			err = refuse(avail.CreativeUnfetchable, "%w", context.Cause(ctx))
		}
		return "", nil, clipped(fmt.Errorf("import the creative: %w", err))
	}
	content, err = contentOf(o.Dir, renditions)
	return content, renditions, err
}

// contentOf is the hash of what was imported: the files and lengths of the renditions,
// and not the text of the playlists, in which tokens change.
func contentOf(dir string, renditions []avail.AssetRendition) (string, error) {
	sum := sha256.New()
	add := func(name string) error {
		if name == "" {
			return nil
		}
		f, err := os.Open(filepath.Join(dir, encode.OutDir, name))
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, name, info.Size())
		_, err = io.Copy(sum, f)
		return err
	}
	for i := range renditions {
		if err := add(renditions[i].Init); err != nil {
			return "", err
		}
		for _, s := range renditions[i].Segments {
			fmt.Fprintln(sum, s.Duration)
			if err := add(s.Name); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Refusal says why a creative can't be spliced as it is.
type Refusal struct {
	Reason avail.Reason
	Err    error
}

func (r *Refusal) Error() string { return r.Err.Error() }
func (r *Refusal) Unwrap() error { return r.Err }

// refuse makes a Refusal.
func refuse(reason avail.Reason, format string, args ...any) error {
	return &Refusal{reason, fmt.Errorf(format, args...)}
}

// clipped bounds the text of a refusal: it is remembered and logged, and quotes
// lines that may be as long as a playlist.
func clipped(err error) error {
	const most = 600
	f, ok := errors.AsType[*Refusal](err)
	if text := err.Error(); ok && len(text) > most {
		return refuse(f.Reason, "%s …", strings.ToValidUTF8(text[:most], ""))
	}
	return err
}

// run looks at playlists first, then at the first segments, and fetches the
// rest of them last: a creative that doesn't fit costs little.
func (im *importer) run(ctx context.Context, address string) ([]avail.AssetRendition, error) {
	if err := im.open(ctx, address); err != nil {
		return nil, err
	}
	chosen, err := im.choose(ctx)
	if err != nil {
		return nil, err
	}
	ref := chosen[im.profile.Reference()]
	if d := ref.duration(); d < encode.MinSegment || d > im.maxDuration {
		return nil, refuse(avail.CreativeUnfetchable, "it lasts %d ms, and %d to %d are taken", d/1000, encode.MinSegment/1000, im.maxDuration/1000)
	}
	for i, t := range chosen {
		s := &im.profile.Renditions[i]
		if t == nil {
			continue // text is made here
		}
		if err := t.align(ref); err != nil {
			return nil, fmt.Errorf("rendition %s: %w", s.Name, err)
		}
		if err := im.verify(ctx, s, t); err != nil {
			return nil, fmt.Errorf("rendition %s: %w", s.Name, err)
		}
	}
	return im.write(ctx, chosen, ref)
}

// open reads the multivariant playlist, or the MPD: what it is shows in its text.
func (im *importer) open(ctx context.Context, address string) error {
	src, base, err := im.in.playlist(ctx, address)
	if err != nil {
		return err
	}
	if mpd.Is(src) {
		return im.openMPD(src, base)
	}
	m, err := multivariant.Compile(src, base)
	if err != nil {
		return refuse(avail.CreativeUnfetchable, "its multivariant playlist: %w", err)
	}
	if n := len(m.Renditions); n > profile.MaxRenditions {
		return refuse(avail.CreativeUnfetchable, "its multivariant playlist names %d playlists, and %d are the most", n, profile.MaxRenditions)
	}
	for i := range m.Renditions {
		if _, err := sibling(base, m.Renditions[i].URI); err != nil {
			return refuse(avail.CreativeUnfetchable, "its multivariant playlist: %w", err)
		}
	}
	im.renditions, im.variables = &ladder{renditions: m.Renditions}, m.Variables
	return nil
}

// choose finds a track for each rendition of the profile but those of text. The
// reference comes first: its audio group is the one that sound is taken from.
func (im *importer) choose(ctx context.Context) ([]*track, error) {
	specs := im.profile.Renditions
	chosen := make([]*track, len(specs))
	ref := im.profile.Reference()
	for n := range specs {
		i := (ref + n) % len(specs)
		s := &specs[i]
		if s.Kind == profile.TextKind {
			continue
		}
		t, r, err := im.match(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("rendition %s: %w", s.Name, err)
		}
		if chosen[i] = t; i == ref {
			im.renditions.group = r.AudioGroup
		}
	}
	return chosen, nil
}

// match finds the track for one rendition. What a playlist's segments are
// packed in shows only in itself, so candidates are read until one is right.
func (im *importer) match(ctx context.Context, s *profile.Spec) (*track, *multivariant.Rendition, error) {
	var other profile.Container
	for _, r := range im.renditions.candidates(s) {
		t, err := im.track(ctx, r.URI)
		if err != nil {
			return nil, nil, err
		}
		if t.container == s.Container {
			return t, r, nil
		}
		other = t.container
	}
	if other != "" {
		return nil, nil, refuse(avail.ContainerMismatch, "the creative has it as %s, and %s is needed", other, s.Container)
	}
	return nil, nil, refuse(avail.RenditionMissing, "the creative has none that is like it, %s", describeSpec(s))
}

// track reads a media playlist or a Representation, once.
func (im *importer) track(ctx context.Context, uri string) (*track, error) {
	if t, ok := im.tracks[uri]; ok {
		return t, nil
	}
	t, err := im.read(ctx, uri)
	if err != nil {
		return nil, err
	}
	im.tracks[uri] = t
	return t, nil
}

func (im *importer) read(ctx context.Context, uri string) (*track, error) {
	if im.presentation != nil {
		return im.representation(ctx, uri)
	}
	src, base, err := im.in.playlist(ctx, uri)
	if err != nil {
		return nil, err
	}
	t, err := readTrack(src, base, im.variables, im.profile.Segment)
	if err != nil {
		return nil, fmt.Errorf("playlist %s: %w", uri, err)
	}
	return t, nil
}
