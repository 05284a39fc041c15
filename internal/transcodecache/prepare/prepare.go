// Package prepare makes the renditions of one creative for one profile: it fetches the
// creative and has ffmpeg transcode it, or imports its segments as they are.
package prepare

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/transcodecache/download"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/identity"
	"stitcher/internal/transcodecache/imported"
	"stitcher/internal/transcodecache/profile"
	"stitcher/internal/transcodecache/turn"
)

// Failure is why no asset was made.
type Failure struct {
	Reason avail.Reason
	Err    error
}

func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Product is what was found out of a creative, and made in a directory.
type Product struct {
	// Content is the hash of the creative's bytes, or of what is imported of a stream.
	Content string
	// Validators ask whether the file is still the same.
	Validators egress.Validators
	// Renditions is empty where the asset was there already.
	Renditions []avail.AssetRendition
	// Loudness is what was measured of the creative, by number of channels.
	Loudness map[int]encode.Loudness
	// After is the loudness of what was made, in LKFS, likewise.
	After map[int]float64
}

// Have is told the content of a creative, and the playing time of a file in
// microseconds. It tells whether the asset of it is ready; if not, the caller is the one
// that makes it.
type Have func(content string, length int64) (ready bool, err error)

// sourceFile is where in its directory a job puts the creative.
const sourceFile = "source"

// Maker makes assets: one creative and one profile in, files out.
type Maker struct {
	// Encoders are those of this machine's ffmpeg.
	Encoders  encode.Encoders
	Fetcher   download.Client
	Playlists imported.Playlists
	// Timeout bounds a download.
	Timeout time.Duration
	// MaxBytes is the greatest size of a creative.
	MaxBytes int64
	// MaxDuration is the greatest length of a creative in microseconds.
	MaxDuration int64
	// Loudness is the target in LKFS.
	Loudness float64
	// Threads is the number of threads of one ffmpeg.
	Threads int
	// MaxWork is the most pixels of all pictures of a creative.
	MaxWork int64
	// Places are those at ffmpeg. A job has one for Limit at most.
	Places *turn.Places
	Limit  time.Duration
}

const (
	// probeLimit is how long ffprobe may take to look at a creative.
	probeLimit = time.Minute
	// A job at ffmpeg has baseLimit and limitShare times the length of its ad: what
	// takes longer is made to, and others wait for its place.
	baseLimit  = 2 * time.Minute
	limitShare = 15
)

// within bounds what is done for a job.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("the job took longer than %s", limit))
}

// jobLimit is how long ffmpeg may work on an ad of a length in microseconds.
func (m *Maker) jobLimit(length int64) time.Duration {
	return min(m.Limit, baseLimit+limitShare*time.Duration(length)*time.Microsecond)
}

// Prepare fetches a creative and makes all its renditions in dir/out, unless have says
// that those of this content are there. Where the file still is the one with the known
// validators it returns egress.ErrNotModified.
func (m *Maker) Prepare(ctx context.Context, dir string, p profile.Profile, c avail.Creative, known egress.Validators, have Have) (*Product, error) {
	if err := m.Encoders.Check(ctx, p); errors.Is(err, profile.ErrUnsupported) {
		return nil, &Failure{avail.ContentUnsupported, err}
	} else if err != nil {
		return nil, err
	}
	made, demuxer, err := m.download(ctx, dir, c.URL, known)
	if err != nil {
		return nil, err
	}
	probing, cancel := within(ctx, min(m.Limit, probeLimit))
	src, err := m.inspect(probing, dir, demuxer, p)
	cancel()
	if err != nil {
		return nil, &Failure{avail.TranscodeFailed, err}
	}
	if ready, err := have(made.Content, src.Duration); ready || err != nil {
		return made, err
	}
	leave, err := m.Places.Take(ctx, c.Configuration, src.Work())
	if err != nil {
		return nil, err
	}
	defer leave()
	if identity.Trimmed(src.Duration, c.Duration) {
		src.Duration = c.Duration
	}
	ctx, cancel = within(ctx, m.jobLimit(src.Duration))
	defer cancel()
	pl, err := encode.NewPlan(p, src.Duration)
	if err != nil {
		return nil, &Failure{avail.TranscodeFailed, err}
	}
	if src.Loudness, err = encode.Measure(ctx, p, src, m.Loudness); err != nil {
		return nil, &Failure{avail.TranscodeFailed, err}
	}
	if err := encode.MakeDirs(dir); err != nil {
		return nil, err
	}
	if made.Renditions, made.After, err = encode.Run(ctx, p, pl, src, m.Loudness, m.Threads); err != nil {
		return nil, &Failure{avail.TranscodeFailed, err}
	}
	made.Loudness = src.Loudness
	return made, nil
}

// second is a second in microseconds.
const second = int64(1_000_000)

// download fetches the creative into dir and tells what it is.
func (m *Maker) download(ctx context.Context, dir, url string, known egress.Validators) (made *Product, demuxer string, err error) {
	f, err := os.Create(filepath.Join(dir, sourceFile))
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, m.Timeout, fmt.Errorf("it takes longer than %s", m.Timeout))
	defer cancel()
	sum, head := sha256.New(), &ffmpeg.Head{}
	validators, err := m.Fetcher.DownloadIf(ctx, url, known, m.MaxBytes, io.MultiWriter(&download.Capped{W: f, Left: m.MaxBytes}, sum, head))
	if errors.Is(err, egress.ErrNotModified) {
		return nil, "", err
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, "", &Failure{avail.CreativeUnfetchable, fmt.Errorf("fetch the creative: %w", err)}
	}
	if demuxer, err = ffmpeg.Sniff(head.Bytes()); err != nil {
		return nil, "", &Failure{avail.TranscodeFailed, err}
	}
	return &Product{Content: hex.EncodeToString(sum.Sum(nil)), Validators: validators}, demuxer, nil
}

// inspect looks at the creative and refuses one that is too long or too much work.
func (m *Maker) inspect(ctx context.Context, dir, demuxer string, p profile.Profile) (*encode.Source, error) {
	src, err := encode.Inspect(ctx, dir, sourceFile, demuxer, p)
	if err != nil {
		return nil, err
	}
	if src.Duration > m.MaxDuration {
		return nil, fmt.Errorf("the creative lasts %d s; the maximum is %d s", src.Duration/second, m.MaxDuration/second)
	}
	if n := src.Work(); n > m.MaxWork {
		return nil, fmt.Errorf("the creative has %d frames of %d pixels, %d pixels in all; the maximum is %d", src.Pictures, src.Pixels, n, m.MaxWork)
	}
	return src, nil
}

// Import makes the renditions of a streaming creative in dir/out, unless have fails.
func (m *Maker) Import(ctx context.Context, dir string, p profile.Profile, c avail.Creative, _ egress.Validators, have Have) (*Product, error) {
	content, renditions, err := imported.Stream(ctx, c.URL, p, imported.Options{
		Dir: dir, Playlists: m.Playlists, Fetcher: m.Fetcher,
		Timeout: m.Timeout, MaxBytes: m.MaxBytes, MaxDuration: m.MaxDuration,
	})
	if refusal, ok := errors.AsType[*imported.Refusal](err); ok {
		return nil, &Failure{refusal.Reason, err}
	}
	if err != nil {
		return nil, err
	}
	if _, err := have(content, 0); err != nil {
		return nil, err
	}
	return &Product{Content: content, Renditions: renditions}, nil
}
