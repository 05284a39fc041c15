package contents

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"stitcher/internal/egress"
	"stitcher/internal/manifest"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/transcodecache/profile"
)

const (
	// maxSample bounds a content segment that is fetched to be looked at.
	maxSample     = 32 << 20
	sampleTimeout = 20 * time.Second
	// maxPlaces bounds the segments of one rendition that are looked at.
	maxPlaces = 3
	// sampledAtOnce is how many renditions of one layout are looked at side by side.
	sampledAtOnce = 4
	// sliverSegment is the length below which a segment is no sample, in
	// microseconds: what is cut off at the end of a recording often lacks a track.
	sliverSegment = 500_000
)

// Sampler finds out what the content of a layout is like from its manifests and samples.
type Sampler struct {
	manifests *manifests.Manifests
	fetcher   manifests.Fetcher
	now       func() time.Time
	log       *slog.Logger
	// probes has room for the samples that are probed at once.
	probes chan struct{}
}

// NewSampler makes a sampler.
func NewSampler(m *manifests.Manifests, f manifests.Fetcher, now func() time.Time, log *slog.Logger) *Sampler {
	return &Sampler{manifests: m, fetcher: f, now: now, log: log, probes: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
}

// ErrSamplesDiffer says that the segments of a rendition are encoded differently
// and that the manifest does not say which of them is typical.
var ErrSamplesDiffer = errors.New("its segments are encoded differently, and the manifest does not say how")

// errNoSample says that a rendition's playlist has gaps and slivers only.
var errNoSample = errors.New("the playlist has no segment that can be sampled")

// inspect tells how a rendition is encoded. A sample that the manifest's
// attributes confirm is enough; where the manifest says too little, two samples
// have to agree. Otherwise another segment is tried.
func (s *Sampler) inspect(ctx context.Context, c profile.Content, t samples) (profile.Spec, error) {
	if c.Kind == profile.TextKind {
		return profile.Inspect(ctx, &c) // its initialization section is all that counts
	}
	places := t.places()
	if len(places) == 0 {
		return profile.Spec{}, errNoSample
	}
	var seen []profile.Spec
	var resized *profile.Spec
	var failure error
	for _, i := range places {
		spec, err := s.inspectAt(ctx, c, t, i)
		switch {
		case errors.Is(err, profile.ErrSize):
			resized, failure = &spec, err
			continue
		case errors.Is(err, profile.ErrUnsupported):
			return spec, err
		case err != nil:
			failure = err
			continue
		case c.Declares(), t.encrypted(i):
			return spec, nil
		}
		for j := range seen {
			if seen[j].Like(&spec) {
				return spec, nil
			}
		}
		seen = append(seen, spec)
	}
	switch {
	case resized != nil && len(seen) == 0:
		// Nothing else differs, so RESOLUTION is what the ads are made to.
		return *resized, nil
	case len(seen) == 1 && len(places) == 1:
		return seen[0], nil // there is no other segment
	case len(seen) > 1:
		return profile.Spec{}, ErrSamplesDiffer
	case failure == nil:
		failure = ErrSamplesDiffer
	}
	return profile.Spec{}, failure
}

// inspectAt looks at segment i.
func (s *Sampler) inspectAt(ctx context.Context, c profile.Content, t samples, i int) (profile.Spec, error) {
	c.Encrypted = t.encrypted(i)
	if init := t.init(i); init.URI != "" {
		b, err := s.sample(ctx, init)
		if err != nil {
			return profile.Spec{}, err
		}
		c.Sample = b
	}
	if !c.Encrypted {
		b, err := s.sample(ctx, t.media(i))
		if err != nil {
			return profile.Spec{}, err
		}
		c.Sample = append(c.Sample, b...)
	}
	select {
	case s.probes <- struct{}{}:
		defer func() { <-s.probes }()
	case <-ctx.Done():
		return profile.Spec{}, ctx.Err()
	}
	return profile.Inspect(ctx, &c)
}

// samples are the segments of a rendition that can be looked at.
type samples interface {
	// places are the segments to look at, the most typical first.
	places() []int
	// encrypted is whether segment i is, init where its initialization section lies
	// (its URI is "" where there is none), media where the segment does.
	encrypted(i int) bool
	init(i int) manifest.Resource
	media(i int) manifest.Resource
	// target is how long a segment may be, in microseconds.
	target() int64
}

// sample fetches a piece of the content.
func (s *Sampler) sample(ctx context.Context, r manifest.Resource) ([]byte, error) {
	h := http.Header{}
	if r.Length > 0 {
		h.Set("Range", fmt.Sprintf("bytes=%d-%d", r.Offset, r.Offset+r.Length-1))
	}
	a, err := s.fetcher.Do(ctx, egress.Request{URL: r.URI, Header: h, MaxBytes: maxSample, Timeout: sampleTimeout})
	if err != nil {
		return nil, fmt.Errorf("fetch a segment: %w", err)
	}
	if a.Status != http.StatusOK && a.Status != http.StatusPartialContent {
		return nil, fmt.Errorf("fetch a segment: %w", &manifests.StatusError{Status: a.Status})
	}
	if r.Length > 0 && a.Status == http.StatusOK && int64(len(a.Body)) >= r.Offset+r.Length {
		return a.Body[r.Offset : r.Offset+r.Length], nil
	}
	return a.Body, nil
}
