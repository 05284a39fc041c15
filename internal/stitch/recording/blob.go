package recording

import (
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/bundle"
)

func blobOwner(hash string) string { return "blob/" + hash }

const (
	blobFact = "blob"
	// blobAge is how long a blob is taken to be stored. Blobs are kept for longer than
	// recordings, by more than that.
	blobAge = time.Hour
	// maxBlobs bounds the blobs that are remembered to be stored, maxViews the views of
	// a recording.
	maxBlobs = 10_000
	maxViews = 16
	// maxBlob bounds a text as it is read back, in bytes.
	maxBlob = 64 << 20
)

// line stores a view, unless it is stored, and gives its hash; size is what was
// written.
func (r *Recorder) line(ctx context.Context, x *recording, v *origin.View) (hash string, size int, err error) {
	if hash, ok := x.views[v]; ok {
		return hash, 0, nil
	}
	l := bundle.Line{
		Epoch: v.Epoch, Times: v.Times, Placed: v.Placed, Target: v.Target, First: v.First,
		From: v.From, Shown: v.Shown, Rough: v.Rough, Fed: v.Fed,
	}
	if v.Document != nil {
		text, base := v.Document.Source()
		body := bundle.Body{Text: x.masked(string(text))}
		if base != nil {
			body.Base = x.masked(base.String())
		}
		if l.Body, size, err = r.blob(ctx, body.Encode()); err != nil {
			return "", 0, err
		}
	}
	if d, ok := v.Document.(*dash.View); ok {
		l.Edge = d.KnownTo()
	}
	if v.Document == nil || v.Document.Line() != v.Timeline {
		l.Timeline = plain(v.Timeline)
	}
	b, err := l.Encode()
	if err != nil {
		return "", 0, fmt.Errorf("encode a view: %w", err)
	}
	hash, n, err := r.blob(ctx, b)
	if err != nil {
		return "", 0, err
	}
	if len(x.views) >= maxViews {
		clear(x.views)
	}
	x.views[v] = hash
	return hash, size + n, nil
}

// plain is a timeline without its markers: the ledger has what they say.
func plain(t *manifest.Timeline) *manifest.Timeline {
	out := *t
	out.Unread = nil
	out.Segments = append([]manifest.Segment(nil), t.Segments...)
	for i := range out.Segments {
		out.Segments[i].Signals, out.Segments[i].Identity = nil, 0
	}
	return &out
}

// blob stores a text that sessions share.
func (r *Recorder) blob(ctx context.Context, text []byte) (hash string, size int, err error) {
	hash = bundle.HashOf(text)
	now := r.opt.Now()
	if at, ok := r.blobs[hash]; ok && now.Sub(at) < blobAge {
		return hash, 0, nil
	}
	b := r.packer.pack(text)
	_, err = r.opt.Facts.Create(ctx, blobOwner(hash), r.opt.Retention+2*blobAge, avail.Fact{Key: blobFact, Value: b})
	if err != nil {
		return "", 0, fmt.Errorf("write a playlist: %w", err)
	}
	if len(r.blobs) >= maxBlobs {
		clear(r.blobs)
	}
	r.blobs[hash] = now
	return hash, len(b), nil
}

// readBlob is a text that blob stored; nil where it is not there.
func (r *Recorder) readBlob(ctx context.Context, hash string) ([]byte, error) {
	got, err := r.opt.Facts.Get(ctx, blobOwner(hash), blobFact)
	if err != nil {
		return nil, fmt.Errorf("read a recorded playlist: %w", err)
	}
	if got[0].Value == nil {
		return nil, nil
	}
	return unpackBlob(got[0].Value)
}

// sequence is a key that orders by time and is no one else's.
func (r *Recorder) sequence(at time.Time) string {
	return fmt.Sprintf("%016x", at.UnixMicro()) + "-" + r.tag + "-" + strconv.FormatUint(r.count, 36)
}

// blobPacker deflates texts one after the other, with one compressor.
type blobPacker struct {
	out bytes.Buffer
	z   *flate.Writer
}

func (p *blobPacker) pack(text []byte) []byte {
	p.out.Reset()
	if p.z == nil {
		p.z, _ = flate.NewWriter(&p.out, flate.DefaultCompression) // the level is one that there is
	}
	p.z.Reset(&p.out)
	_, _ = p.z.Write(text) // a buffer takes everything
	_ = p.z.Close()
	return bytes.Clone(p.out.Bytes())
}

// unpackBlob reads what blobPacker wrote.
func unpackBlob(b []byte) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), maxBlob))
	if err != nil {
		return nil, fmt.Errorf("read a recording: %w", err)
	}
	return text, nil
}
