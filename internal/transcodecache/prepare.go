package transcodecache

import (
	"bytes"
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
	"stitcher/internal/transcodecache/ffmpeg"
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
	loudness   map[int]Loudness
}

// maker makes assets: one creative and one profile in, files out.
type maker struct {
	encoders    encoders
	fetcher     Fetcher
	playlists   Playlists
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
	if err := m.encoders.check(ctx, p); errors.Is(err, profile.ErrUnsupported) {
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
	if ready, err := have(made.content, src.duration); ready || err != nil {
		return made, err
	}
	leave, err := m.turns.take(ctx, c.Configuration, src.work())
	if err != nil {
		return nil, err
	}
	defer leave()
	if trimmed(src.duration, c.Duration) {
		src.duration = c.Duration
	}
	ctx, cancel = within(ctx, m.jobLimit(src.duration))
	defer cancel()
	pl, err := newPlan(p, src.duration)
	if err != nil {
		return nil, &failure{avail.TranscodeFailed, err}
	}
	if src.loudness, err = measure(ctx, p, src, m.loudness); err != nil {
		return nil, &failure{avail.TranscodeFailed, err}
	}
	for _, d := range []string{outDir, listDir} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o750); err != nil {
			return nil, err
		}
	}
	encode := ffmpeg.Command{Tool: "ffmpeg", Dir: dir, Args: encodeArgs(p, pl, src, m.loudness, m.threads), Limit: 1 << 16}
	if _, _, err := encode.Run(ctx); err != nil {
		return nil, &failure{avail.TranscodeFailed, fmt.Errorf("encode: %w", err)}
	}
	made.renditions, err = collect(p, pl, dir)
	if err != nil {
		return nil, &failure{avail.TranscodeFailed, fmt.Errorf("check what was encoded: %w", err)}
	}
	made.loudness = src.loudness
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
	sum, head := sha256.New(), &headWriter{}
	validators, err := m.fetcher.DownloadIf(ctx, url, known, m.maxBytes, io.MultiWriter(&cappedWriter{f, m.maxBytes}, sum, head))
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
	if demuxer, err = ffmpeg.Sniff(head.buf.Bytes()); err != nil {
		return nil, "", &failure{avail.TranscodeFailed, err}
	}
	return &product{content: hex.EncodeToString(sum.Sum(nil)), validators: validators}, demuxer, nil
}

// inspect finds the streams of the creative that the profile needs, and how
// long it really is.
func (m *maker) inspect(ctx context.Context, dir, demuxer string, p profile.Profile) (*source, error) {
	found, err := ffmpeg.ProbeFile(ctx, dir, sourceFile, demuxer)
	if err != nil {
		return nil, fmt.Errorf("probe the creative: %w", err)
	}
	src := &source{dir: dir, file: sourceFile, demuxer: demuxer, video: -1, audio: -1}
	leading := -1
	if a := found.Stream("audio"); a != nil {
		src.audio, leading = a.Index, a.Index
	}
	seen := p.Renditions[p.Reference()].Kind == profile.VideoKind
	if v := found.Stream("video"); v != nil {
		src.video, src.pixels = v.Index, int64(v.Width)*int64(v.Height)
		if seen || leading < 0 {
			leading = v.Index
		}
	}
	switch {
	case leading < 0:
		return nil, errors.New("the creative has neither video nor audio")
	case seen && src.video < 0:
		return nil, errors.New("the creative has no video")
	}
	var packets int64
	if src.duration, packets, err = ffmpeg.Extent(ctx, dir, sourceFile, demuxer, found, leading); err != nil {
		return nil, fmt.Errorf("list the creative's packets: %w", err)
	}
	if leading == src.video {
		src.pictures = packets
	}
	if src.duration > m.maxDuration {
		return nil, fmt.Errorf("the creative lasts %d s; the maximum is %d s", src.duration/second, m.maxDuration/second)
	}
	if n := src.work(); n > m.maxWork {
		return nil, fmt.Errorf("the creative has %d frames of %d pixels, %d pixels in all; the maximum is %d", src.pictures, src.pixels, n, m.maxWork)
	}
	return src, nil
}

// errTooLarge is what a download longer than the limit fails with.
var errTooLarge = errors.New("the file is larger than the limit")

// cappedWriter fails past a number of bytes, whatever the fetcher thinks.
type cappedWriter struct {
	w    io.Writer
	left int64
}

func (w *cappedWriter) Write(p []byte) (int, error) {
	if w.left -= int64(len(p)); w.left < 0 {
		return 0, errTooLarge
	}
	return w.w.Write(p)
}

// headWriter keeps the first bytes written to it.
type headWriter struct{ buf bytes.Buffer }

func (w *headWriter) Write(p []byte) (int, error) {
	w.buf.Write(p[:min(len(p), ffmpeg.HeadBytes-w.buf.Len())])
	return len(p), nil
}
