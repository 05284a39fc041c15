package stitch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/transcodecache"
)

// Profiles takes what contents are like, so that creatives can be made to equal
// them.
type Profiles interface {
	AddProfile(ctx context.Context, p transcodecache.Profile) error
	// Lookup asks for a creative; the first time it only queues it.
	Lookup(ctx context.Context, profile string, c avail.Creative) (*avail.Asset, avail.Reason)
}

const (
	// maxSample bounds a content segment that is fetched to be looked at.
	maxSample     = 32 << 20
	sampleTimeout = 20 * time.Second
	// profileRetry is how long a layout is left alone whose profile could not
	// be derived: each avail of each session would try again.
	profileRetry = 10 * time.Second
)

// prepare has a layout's profile derived, off the request path, so that the
// first avail finds it ready; and the slate and the bumpers with it.
func (s *Service) prepare(l *layout, clips []avail.Creative) {
	go func() {
		ctx, cancel := context.WithTimeout(s.background, 2*sampleTimeout)
		defer cancel()
		profile, err := s.profile(ctx, l)
		if err != nil {
			s.opt.Log.Warn("no profile of the content", "layout", l.ID, "err", err)
			return
		}
		for _, clip := range clips {
			s.opt.Profiles.Lookup(ctx, profile, clip)
		}
	}()
}

// profile is the id of a layout's profile: stored once, derived by one
// goroutine.
func (s *Service) profile(ctx context.Context, l *layout) (string, error) {
	return s.profiles.do(l.ID, maxLayouts, func() (string, error) {
		p, err := s.storedProfile(ctx, l)
		if err != nil {
			return "", err
		}
		if err := s.opt.Profiles.AddProfile(ctx, p); err != nil {
			return "", err
		}
		return p.ID(), nil
	})
}

func (s *Service) storedProfile(ctx context.Context, l *layout) (transcodecache.Profile, error) {
	var p transcodecache.Profile
	stored, err := s.opt.Facts.Get(ctx, layoutOwner(l.ID), "profile")
	if err != nil {
		return p, fmt.Errorf("read layout %s: %w", l.ID, err)
	}
	if b := stored[0].Value; b != nil {
		return p, json.Unmarshal(b, &p)
	}
	if p, err = s.derive(ctx, l); err != nil {
		return p, err
	}
	b, err := json.Marshal(p)
	if err != nil {
		return p, fmt.Errorf("encode profile: %w", err)
	}
	got, err := s.opt.Facts.Create(ctx, layoutOwner(l.ID), layoutTTL, avail.Fact{Key: "profile", Value: b})
	if err != nil {
		return p, fmt.Errorf("write layout %s: %w", l.ID, err)
	}
	return p, json.Unmarshal(got[0].Value, &p)
}

// derive looks at one segment of each rendition.
func (s *Service) derive(ctx context.Context, l *layout) (transcodecache.Profile, error) {
	var contents []transcodecache.Content
	var target int64
	for i, r := range l.Renditions {
		c, t, err := s.content(ctx, l, i)
		if err != nil {
			return transcodecache.Profile{}, fmt.Errorf("rendition %d (%s): %w", i, r.Kind, err)
		}
		target = max(target, t)
		contents = append(contents, c)
	}
	return transcodecache.Derive(ctx, contents, target)
}

func (s *Service) content(ctx context.Context, l *layout, n int) (transcodecache.Content, int64, error) {
	r := l.Renditions[n]
	c := l.multivariant.content(n)
	c.Name = r.Track
	switch r.Kind {
	case origin.Subtitle:
		return s.text(ctx, l, n, c), 0, nil
	case origin.Audio:
		c.Kind = transcodecache.AudioKind
	default:
		c.Kind = transcodecache.VideoKind
	}
	t, err := s.opt.Templates.Media(ctx, r.URL, hls.Options{Variables: l.multivariant.Variables}, false)
	if err != nil {
		return c, 0, err
	}
	if len(t.Segments) == 0 {
		return c, 0, fmt.Errorf("the playlist has no segments")
	}
	last := len(t.Segments) - 1
	c.Encrypted = t.EncryptedAt(last)
	c.Container = container(t, last)
	if init := t.Init(last); init.URI != "" {
		if c.Sample, err = s.sample(ctx, init); err != nil {
			return c, 0, err
		}
	}
	if !c.Encrypted {
		b, err := s.sample(ctx, t.Resource(last))
		if err != nil {
			return c, 0, err
		}
		c.Sample = append(c.Sample, b...)
	}
	return c, t.Target * 1_000_000, nil
}

// container is what a segment's name and map say of it.
func container(t *hls.Template, i int) transcodecache.Container {
	path, _, _ := strings.Cut(t.URI(i), "?")
	switch {
	case t.Mapped:
		return transcodecache.FMP4
	case strings.HasSuffix(path, ".aac"):
		return transcodecache.ADTS
	}
	return transcodecache.TS
}

// sample fetches a piece of the content.
func (s *Service) sample(ctx context.Context, r hls.Resource) ([]byte, error) {
	h := http.Header{}
	if r.Length > 0 {
		h.Set("Range", fmt.Sprintf("bytes=%d-%d", r.Offset, r.Offset+r.Length-1))
	}
	a, err := s.opt.Fetcher.Do(ctx, egress.Request{URL: r.URI, Header: h, MaxBytes: maxSample, Timeout: sampleTimeout})
	if err != nil {
		return nil, fmt.Errorf("fetch a segment: %w", err)
	}
	if a.Status != http.StatusOK && a.Status != http.StatusPartialContent {
		return nil, fmt.Errorf("fetch a segment: %w", &origin.StatusError{Status: a.Status})
	}
	if r.Length > 0 && a.Status == http.StatusOK && int64(len(a.Body)) >= r.Offset+r.Length {
		return a.Body[r.Offset : r.Offset+r.Length], nil
	}
	return a.Body, nil
}
