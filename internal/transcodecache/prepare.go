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
)

// failure is why a job made no asset.
type failure struct {
	reason avail.Reason
	err    error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// product is what a job has made in its directory.
type product struct {
	// content is the hash of the creative's bytes.
	content    string
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
	// turns has room for the jobs that ffmpeg works on at once, each of them for
	// limit at most.
	turns chan struct{}
	limit time.Duration
}

// turn waits for a place among the jobs that ffmpeg works on. The context is for
// what is done there.
func (m *maker) turn(ctx context.Context) (_ context.Context, leave func(), err error) {
	select {
	case m.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, m.limit, fmt.Errorf("the job took longer than %s", m.limit))
	return ctx, func() { cancel(); <-m.turns }, nil
}

// prepare makes all renditions of a creative in dir/out.
func (m *maker) prepare(ctx context.Context, dir string, p Profile, c avail.Creative) (*product, error) {
	if err := m.encoders.check(ctx, p); errors.Is(err, ErrUnsupported) {
		return nil, &failure{avail.ContentUnsupported, err}
	} else if err != nil {
		return nil, err
	}
	content, demuxer, err := m.download(ctx, dir, c.URL)
	if err != nil {
		return nil, err
	}
	ctx, leave, err := m.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	src, err := m.inspect(ctx, dir, demuxer, p)
	if err != nil {
		return nil, &failure{avail.TranscodeFailed, err}
	}
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
	encode := command{tool: "ffmpeg", dir: dir, args: encodeArgs(p, pl, src, m.loudness, m.threads), limit: 1 << 16}
	if _, _, err := encode.run(ctx); err != nil {
		return nil, &failure{avail.TranscodeFailed, fmt.Errorf("encode: %w", err)}
	}
	renditions, err := collect(p, pl, dir)
	if err != nil {
		return nil, &failure{avail.TranscodeFailed, fmt.Errorf("check what was encoded: %w", err)}
	}
	return &product{content: content, renditions: renditions, loudness: src.loudness}, nil
}

// download fetches the creative into dir and tells what it is.
func (m *maker) download(ctx context.Context, dir, url string) (content, demuxer string, err error) {
	f, err := os.Create(filepath.Join(dir, sourceFile))
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, m.timeout, fmt.Errorf("it takes longer than %s", m.timeout))
	defer cancel()
	sum, head := sha256.New(), &headWriter{}
	err = m.fetcher.Download(ctx, url, m.maxBytes, io.MultiWriter(&cappedWriter{f, m.maxBytes}, sum, head))
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return "", "", &failure{avail.CreativeUnfetchable, fmt.Errorf("fetch the creative: %w", err)}
	}
	if demuxer, err = sniff(head.buf.Bytes()); err != nil {
		return "", "", &failure{avail.TranscodeFailed, err}
	}
	return hex.EncodeToString(sum.Sum(nil)), demuxer, nil
}

// inspect finds the streams of the creative that the profile needs, and how
// long it really is.
func (m *maker) inspect(ctx context.Context, dir, demuxer string, p Profile) (*source, error) {
	found, err := probeFile(ctx, dir, sourceFile, demuxer)
	if err != nil {
		return nil, fmt.Errorf("probe the creative: %w", err)
	}
	src := &source{dir: dir, file: sourceFile, demuxer: demuxer, video: -1, audio: -1}
	leading := -1
	if a := found.stream("audio"); a != nil {
		src.audio, leading = a.Index, a.Index
	}
	seen := p.Renditions[p.Reference()].Kind == VideoKind
	if v := found.stream("video"); v != nil {
		src.video = v.Index
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
	if src.duration, err = extent(ctx, dir, sourceFile, demuxer, found, leading); err != nil {
		return nil, fmt.Errorf("list the creative's packets: %w", err)
	}
	if src.duration > m.maxDuration {
		return nil, fmt.Errorf("the creative lasts %d s, and %d are the most", src.duration/second, m.maxDuration/second)
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
	w.buf.Write(p[:min(len(p), sniffBytes-w.buf.Len())])
	return len(p), nil
}
