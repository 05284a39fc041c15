package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/origin/manifests/manifeststest"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// tardyStore is a store that nodes share, as one node sees it.
type tardyStore struct {
	*memory.Facts
	// deaf is whether single facts cannot be read; before is what happens before a read of
	// a log.
	deaf   bool
	before func()
}

func (s *tardyStore) Get(ctx context.Context, owner string, keys ...string) ([]avail.Fact, error) {
	if s.deaf {
		return nil, fmt.Errorf("%w: it is away", store.ErrUnavailable)
	}
	return s.Facts.Get(ctx, owner, keys...)
}

func (s *tardyStore) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	if s.before != nil && strings.HasPrefix(owner, ledger.Owner("")) {
		s.before()
	}
	return s.Facts.Since(ctx, owner, rev)
}

// shown is a node that shows a channel of an origin of files.
type shown struct {
	*Service
	store *tardyStore
	x     *viewing
}

// newShown makes a node over facts, whose origin has a playlist from a segment on.
func newShown(t *testing.T, o *manifeststest.Files, facts *memory.Facts, now func() time.Time) *shown {
	t.Helper()
	m, err := manifests.New(manifests.Options{
		Fetcher: o, MaxBytes: 1 << 20, Timeout: time.Second, Entries: 100, Now: now, Metrics: manifests.NewMetrics(prometheus.NewRegistry()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	n := &shown{store: &tardyStore{Facts: facts}}
	n.Service = New(t.Context(), Options{Manifests: m, Facts: n.store, MaxSessions: 10, Log: slog.New(slog.DiscardHandler), Now: now, Shared: true})
	stream, err := ledger.Open(t.Context(), n.store, "c", ledger.Options{Maximum: 300e6, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	play, err := stitch.New(&stitch.Env{Now: now, Log: n.opt.Log, Shared: true, Refresh: manifests.Refresh}, &stitch.Options{
		Session: &playback.Session{ID: "x"}, Stream: stream, Facts: n.store, Rules: stitch.Rules{Budget: 3 * time.Second},
		Layout: &origin.Layout{Renditions: []origin.Rendition{{Kind: origin.Video, URL: "http://origin.example/v.m3u8", Name: "v", Track: "v0"}}},
	}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n.x = &viewing{Subject: placing.Subject{Playback: play}}
	return n
}

// list has an origin list ten segments from one on.
func list(o *manifeststest.Files, from int) {
	var text strings.Builder
	fmt.Fprintf(&text, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:%d\n", from)
	for n := from; n < from+10; n++ {
		at := time.Unix(1_800_000_000+int64(4*n), 0).UTC()
		fmt.Fprintf(&text, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:4.000,\nsegment%d.ts\n", at.Format("2006-01-02T15:04:05.000Z"), n)
	}
	o.Put("v.m3u8", []byte(text.String()))
}

// TestNewerElsewhere: where another node has shown a newer state of a playlist than this one
// has, this node shows that, from the store, or from the origin while the store does not give
// it. It does not fail.
func TestNewerElsewhere(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		now := time.Unix(1_800_000_000+4*110, 0)
		clock := func() time.Time { return now }
		facts, o := memory.NewFacts(clock), manifeststest.NewFiles(map[string][]byte{})
		a, b := newShown(t, o, facts, clock), newShown(t, o, facts, clock)
		list(o, 100)
		if _, _, err := b.placer.Views(t.Context(), &b.x.Subject, 0); err != nil {
			t.Fatal(err)
		}
		now = now.Add(500 * time.Millisecond) // b's playlist is good still
		list(o, 101)
		if _, _, err := a.placer.Views(t.Context(), &a.x.Subject, 0); err != nil {
			t.Fatal(err)
		}
		b.store.deaf = deaf
		asked := o.Hits("v.m3u8")
		_, v, err := b.placer.Views(t.Context(), &b.x.Subject, 0)
		if err != nil || v.Next() != 111 {
			t.Fatalf("the store is away: %v: the node shows %v, %v, want segments up to 110", deaf, v, err)
		}
		if again := o.Hits("v.m3u8") > asked; again != deaf {
			t.Errorf("the store is away: %v: the origin was asked again: %v", deaf, again)
		}
	}
}

// TestAgedViews: views that waited for a slow store are taken again, because another node may
// have shown newer ones meanwhile.
func TestAgedViews(t *testing.T) {
	for _, c := range []struct {
		late   time.Duration
		caught bool
		want   error
	}{
		{0, false, nil},
		{300 * time.Millisecond, false, nil},
		{301 * time.Millisecond, false, stitch.ErrMoved},
		{301 * time.Millisecond, true, nil}, // they were taken again
	} {
		now := time.Unix(1_800_000_000+4*110, 0)
		clock := func() time.Time { return now }
		o := manifeststest.NewFiles(map[string][]byte{})
		n := newShown(t, o, memory.NewFacts(clock), clock)
		list(o, 100)
		if _, _, err := n.placer.Views(t.Context(), &n.x.Subject, 0); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
		n.store.before = func() {
			n.store.before = nil
			now = now.Add(c.late)
		}
		w := &planning{plan: hls.Plan{}}
		_, _, err := n.try(t.Context(), n.x, 0, stitch.Patience{Now: now, Caught: c.caught}, w)
		if !errors.Is(err, c.want) {
			t.Errorf("after %v, caught up: %v: %v, want %v", c.late, c.caught, err, c.want)
		}
	}
}
