package transcodecache

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
	"stitcher/internal/transcodecache/imported"
	"stitcher/internal/transcodecache/profile"
)

// failure is why a job made no asset.
type failure struct {
	reason avail.Reason
	err    error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// product is what a job has found out, and made in its directory.
type product struct {
	// content is the hash of the creative's bytes, or of what is imported of a stream.
	content    string
	validators egress.Validators
	// renditions is empty where the asset was there already.
	renditions []avail.AssetRendition
	loudness   map[int]encode.Loudness
	// after is the loudness of what was made, in LKFS.
	after map[int]float64
}

// sourceFile is where in its directory a job puts the creative.
const sourceFile = "source"

// maker makes assets: one creative and one profile in, files out.
type maker struct {
	encoders    encode.Encoders
	fetcher     download.Client
	playlists   imported.Playlists
	timeout     time.Duration // of a download
	maxBytes    int64
	maxDuration int64 // in microseconds
	loudness    float64
	threads     int
	// maxWork is the most pixels of all pictures of a creative.
	maxWork int64
	// turns are the places at ffmpeg. A job has one for limit at most.
	turns *turns
	limit time.Duration
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
func (m *maker) jobLimit(length int64) time.Duration {
	return min(m.limit, baseLimit+limitShare*time.Duration(length)*time.Microsecond)
}

// prepare fetches a creative and makes all its renditions in dir/out, unless have says
// that those of this content are there. Where the file still is the one with the known
// validators it returns egress.ErrNotModified.
func (m *maker) prepare(ctx context.Context, dir string, p profile.Profile, c avail.Creative, known egress.Validators, have claimer) (*product, error) {
	if err := m.encoders.Check(ctx, p); errors.Is(err, profile.ErrUnsupported) {
		return nil, &failure{avail.ContentUnsupported, err}
	} else if err != nil {
		return nil, err
	}
	made, demuxer, err := m.download(ctx, dir, c.URL, known)
	if err != nil {
		return nil, err
	}
	probing, cancel := within(ctx, min(m.limit, probeLimit))
	src, err := m.inspect(probing, dir, demuxer, p)
	cancel()
	if err != nil {
		return nil, &failure{avail.TranscodeFailed, err}
	}
	if ready, err := have(made.content, src.Duration); ready || err != nil {
		return made, err
	}
	leave, err := m.turns.take(ctx, c.Configuration, src.Work())
	if err != nil {
		return nil, err
	}
	defer leave()
	if trimmed(src.Duration, c.Duration) {
		src.Duration = c.Duration
	}
	ctx, cancel = within(ctx, m.jobLimit(src.Duration))
	defer cancel()
	pl, err := encode.NewPlan(p, src.Duration)
	if err != nil {
		return nil, &failure{avail.TranscodeFailed, err}
	}
	if src.Loudness, err = encode.Measure(ctx, p, src, m.loudness); err != nil {
		return nil, &failure{avail.TranscodeFailed, err}
	}
	if err := encode.MakeDirs(dir); err != nil {
		return nil, err
	}
	if made.renditions, made.after, err = encode.Run(ctx, p, pl, src, m.loudness, m.threads); err != nil {
		return nil, &failure{avail.TranscodeFailed, err}
	}
	made.loudness = src.Loudness
	return made, nil
}

// maxTrim is how much is cut from the end of a creative that is longer than its ad
// server declares, in microseconds.
const maxTrim = second / 2

// trimmed tells whether a creative is made as long as declared: one of 900 frames at
// 30/1.001 a second is 30.03 s long, sold as 30 s, and its avail is 30 s long. What
// is longer than maxTrim was declared wrongly, and is left as it is.
func trimmed(length, declared int64) bool {
	return declared >= second && length > declared && length-declared <= maxTrim
}

// download fetches the creative into dir and tells what it is.
func (m *maker) download(ctx context.Context, dir, url string, known egress.Validators) (made *product, demuxer string, err error) {
	f, err := os.Create(filepath.Join(dir, sourceFile))
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, m.timeout, fmt.Errorf("it takes longer than %s", m.timeout))
	defer cancel()
	sum, head := sha256.New(), &ffmpeg.Head{}
	validators, err := m.fetcher.DownloadIf(ctx, url, known, m.maxBytes, io.MultiWriter(&download.Capped{W: f, Left: m.maxBytes}, sum, head))
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
		return nil, "", &failure{avail.CreativeUnfetchable, fmt.Errorf("fetch the creative: %w", err)}
	}
	if demuxer, err = ffmpeg.Sniff(head.Bytes()); err != nil {
		return nil, "", &failure{avail.TranscodeFailed, err}
	}
	return &product{content: hex.EncodeToString(sum.Sum(nil)), validators: validators}, demuxer, nil
}

// inspect looks at the creative and refuses one that is too long or too much work.
func (m *maker) inspect(ctx context.Context, dir, demuxer string, p profile.Profile) (*encode.Source, error) {
	src, err := encode.Inspect(ctx, dir, sourceFile, demuxer, p)
	if err != nil {
		return nil, err
	}
	if src.Duration > m.maxDuration {
		return nil, fmt.Errorf("the creative lasts %d s; the maximum is %d s", src.Duration/second, m.maxDuration/second)
	}
	if n := src.Work(); n > m.maxWork {
		return nil, fmt.Errorf("the creative has %d frames of %d pixels, %d pixels in all; the maximum is %d", src.Pictures, src.Pixels, n, m.maxWork)
	}
	return src, nil
}

// imported makes the renditions of a streaming creative in dir/out.
func (m *maker) imported(ctx context.Context, dir string, p profile.Profile, c avail.Creative, _ egress.Validators, have claimer) (*product, error) {
	content, renditions, err := imported.Stream(ctx, c.URL, p, imported.Options{
		Dir: dir, Playlists: m.playlists, Fetcher: m.fetcher,
		Timeout: m.timeout, MaxBytes: m.maxBytes, MaxDuration: m.maxDuration,
	})
	if refusal, ok := errors.AsType[*imported.Refusal](err); ok {
		return nil, &failure{refusal.Reason, err}
	}
	if err != nil {
		return nil, err
	}
	if _, err := have(content, 0); err != nil {
		return nil, err
	}
	return &product{content: content, renditions: renditions}, nil
}
