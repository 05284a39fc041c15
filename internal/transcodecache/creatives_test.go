package transcodecache

import (
	"bytes"
	"errors"
	"image/jpeg"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/identity"
	"stitcher/internal/transcodecache/mediatest"
)

// listed are all pages of the creatives.
func listed(t *testing.T, c *Cache, limit int) []Status {
	t.Helper()
	var all []Status
	for cursor := ""; ; {
		page, next, err := c.Creatives(t.Context(), cursor, limit)
		if err != nil || len(page) > limit {
			t.Fatalf("%d of %d, %v", len(page), limit, err)
		}
		all = append(all, page...)
		if cursor = next; next == "" {
			return all
		}
	}
}

// settledEverywhere waits until the store knows how a failed job ended.
func settledEverywhere(t *testing.T, c *Cache, url string) Status {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, s := range listed(t, c, 100) {
			if s.URL == url && s.State == Failed {
				return s
			}
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the failure is not stored")
		case <-tick.C:
		}
	}
}

// TestCreatives: the list tells of what is ready, failed and waits, on all nodes, and in
// pages of every size.
func TestCreatives(t *testing.T) {
	t.Parallel()
	w := newCluster(t)
	front, worker := w.node(t, 0, nil), w.node(t, 1, nil)
	path := mediatest.Creative(t, "1", "320x180", "0.5")
	a := prepared(t, worker, small(), path)
	settledAs(t, worker, small().ID(), avail.Creative{Key: "k", URL: "http://cdn/absent?token=secret", Duration: 5_000_000, Configuration: "news", AdServer: "ads"})
	settledEverywhere(t, front, "http://cdn/absent")
	for limit := 1; limit < 4; limit++ {
		all := listed(t, front, limit)
		if len(all) != 2 {
			t.Fatalf("pages of %d: %+v", limit, all)
		}
		ready, failed := all[0], all[1]
		if ready.State != Ready || ready.ID != a.ID || ready.Duration != a.Duration || ready.Bytes == 0 || ready.Loudness[2].Integrated == 0 ||
			ready.LoudnessTarget != encode.DefaultLoudness || ready.Made.IsZero() || ready.Used.IsZero() {
			t.Errorf("%+v", ready)
		}
		var bytes int64
		for i, r := range ready.Renditions {
			bytes += r.Bytes
			if r.State != Ready || r.Name != a.Renditions[i].Name || r.Segments != len(a.Renditions[i].Segments) || r.Bytes == 0 || r.Bandwidth != a.Renditions[i].Bandwidth || max(r.Duration-a.Duration, a.Duration-r.Duration) > 500_000 {
				t.Errorf("%+v", r)
			}
		}
		if bytes != ready.Bytes || len(ready.Renditions) != len(small().Renditions) {
			t.Errorf("the renditions %+v have %d of %d bytes", ready.Renditions, bytes, ready.Bytes)
		}
		if len(failed.Renditions) != len(small().Renditions) || failed.Renditions[0] != (RenditionStatus{Name: small().Renditions[0].Name, State: Failed}) || failed.Declared != 5_000_000 {
			t.Errorf("%+v", failed)
		}
		if failed.Reason != avail.CreativeUnfetchable || failed.Message == "" || !failed.Retry.After(time.Now()) || failed.Configuration != "news" || failed.AdServer != "ads" {
			t.Errorf("%+v", failed)
		}
		if strings.Contains(failed.URL+failed.Creative+failed.Message, "secret") {
			t.Errorf("a token is listed: %+v", failed)
		}
	}
}

func TestPrewarm(t *testing.T) {
	t.Parallel()
	const url, other = "http://cdn/film?cb=1", "http://cdn/film?cb=2"
	film := page{path: mediatest.Creative(t, "1", "320x180", "0.5")}
	web := newWeb(map[string]page{url: film, other: film})
	c := webCache(t, web, new(atomic.Int64), func(o *Options) { o.Volatile = identity.NewVolatile("cb") })
	list, err := c.Prewarm(t.Context(), Prewarm{URL: url, Configuration: "news", AdServer: "Ads"})
	if err != nil || len(list) != 1 || list[0].State != Queued || list[0].Profile != small().ID() {
		t.Fatalf("%+v, %v", list, err)
	}
	a, reason := settledAs(t, c, small().ID(), avail.Creative{URL: other, Configuration: "news", AdServer: "ads"})
	if sent, _ := web.counts(); a == nil || sent[url]+sent[other] != 1 {
		t.Errorf("%s, fetched %v", reason, sent)
	}
	made, err := c.MadeAt(t.Context(), small().ID(), avail.Creative{URL: other, Configuration: "news", AdServer: "ads"})
	if err != nil || made.IsZero() {
		t.Errorf("made at %v, %v", made, err)
	}
	if made, err = c.MadeAt(t.Context(), small().ID(), avail.Creative{URL: other, Configuration: "news", AdServer: "others"}); err != nil || !made.IsZero() {
		t.Errorf("for others made at %v, %v", made, err)
	}
	if list, err = c.Prewarm(t.Context(), Prewarm{URL: url, Configuration: "news", AdServer: "ads", Profile: small().ID()}); err != nil || list[0].State != Ready || list[0].ID != a.ID {
		t.Errorf("%+v, %v", list, err)
	}
	for what, p := range map[string]Prewarm{
		"no URL": {Configuration: "news"}, "a path": {URL: "/etc/passwd", Configuration: "news"}, "no configuration": {URL: url},
		"no profile": {URL: url, Configuration: "news", Profile: "x"},
	} {
		if _, err := c.Prewarm(t.Context(), p); !errors.Is(err, ErrPrewarm) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestPurge: what decisions may list goes by force only, and is prepared again when it is
// asked for.
func TestPurge(t *testing.T) {
	t.Parallel()
	w := newCluster(t)
	c := w.node(t, 1, nil)
	path := mediatest.Creative(t, "1", "320x180", "0.5")
	a := prepared(t, c, small(), path)
	if err := c.Purge(t.Context(), a.ID, false); !errors.Is(err, ErrInUse) {
		t.Errorf("what is in use: %v", err)
	}
	ended(c)
	// A job that lists an asset, or a sweep, has its lease for a moment.
	if held, _, err := w.leases.Lease(t.Context(), "asset/"+a.ID, "another", 300*time.Millisecond); err != nil || !held {
		t.Fatalf("%t, %v", held, err)
	}
	if err := c.Purge(t.Context(), a.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Asset(t.Context(), a.ID); !errors.Is(err, ErrUnknownAsset) {
		t.Errorf("after the purge: %v", err)
	}
	if err := c.Purge(t.Context(), a.ID, true); !errors.Is(err, ErrUnknownAsset) {
		t.Errorf("twice: %v", err)
	}
	if again, reason := settled(t, c, small().ID(), path); again == nil || again.ID != a.ID {
		t.Errorf("%+v, %s", again, reason)
	}
	settled(t, c, small().ID(), "/absent")
	failed := settledEverywhere(t, c, "/absent")
	if err := c.Purge(t.Context(), failed.ID, false); err != nil {
		t.Fatal(err)
	}
	if all := listed(t, c, 10); slices.ContainsFunc(all, func(s Status) bool { return s.ID == failed.ID }) {
		t.Errorf("a purged failure is listed: %+v", all)
	}
	if _, reason := c.Lookup(t.Context(), small().ID(), avail.Creative{Key: "/absent", URL: "/absent"}); reason != avail.CreativeNew {
		t.Errorf("it is %s", reason)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	var open atomic.Bool
	source := gate{&files{}, &open}
	w := newCluster(t)
	front := w.node(t, 0, nil)
	worker := w.node(t, 1, func(o *Options) { o.Fetcher = source })
	if err := front.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	path := mediatest.Creative(t, "1", "320x180", "0.5")
	settled(t, worker, small().ID(), path)
	failed := settledEverywhere(t, front, path)
	open.Store(true)
	if err := front.Retry(t.Context(), failed.ID); err != nil {
		t.Fatal(err)
	}
	if a, reason := settled(t, worker, small().ID(), path); a == nil && reason == avail.CreativeUnfetchable {
		// The worker has not read of the request yet.
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for a == nil {
			select {
			case <-t.Context().Done():
				t.Fatal("it is not tried again")
			case <-tick.C:
				a, _ = worker.Lookup(t.Context(), small().ID(), avail.Creative{Key: path, URL: path})
			}
		}
	}
	if err := front.Retry(t.Context(), failed.ID); !errors.Is(err, ErrUnknownAsset) && !errors.Is(err, ErrNotFailed) {
		t.Errorf("what is done: %v", err)
	}
}

func TestThumbnail(t *testing.T) {
	t.Parallel()
	c := testCache(t, nil)
	a := prepared(t, c, small(), mediatest.Creative(t, "1", "320x180", "0.5"))
	b, err := c.Thumbnail(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if picture, err := jpeg.Decode(bytes.NewReader(b)); err != nil || picture.Bounds().Dx() != thumbnailWidth {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if _, err := c.Thumbnail(t.Context(), strings.Repeat("0", 32)); !errors.Is(err, ErrUnknownAsset) {
		t.Errorf("of no asset: %v", err)
	}
}
