package contents

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
	"stitcher/internal/transcodecache/profile"
)

// contentOfHeight is a profile of a picture and its sound, the sound first in the
// layout.
func contentOfHeight(height int) Profile {
	return Profile{
		Profile: profile.Profile{Segment: 1_000_000, Renditions: []profile.Spec{
			{Name: "v0", Kind: profile.VideoKind, Video: &profile.Video{Height: height}},
			{Name: "a0", Kind: profile.AudioKind},
		}},
		Tracks: []string{"a0", "v0"},
	}
}

// testProfiler is a profiler whose content is what *found says, in virtual time.
func testProfiler(t *testing.T, facts store.Facts, found *finding) (*Profiler, *wanted) {
	t.Helper()
	w := &wanted{}
	return &Profiler{
		facts: facts, use: w, derive: found.derive, now: time.Now, log: slog.New(slog.DiscardHandler), context: t.Context(),
	}, w
}

type finding struct {
	mu      sync.Mutex
	content Profile
	err     error
	takes   time.Duration
	looks   int
}

func (f *finding) derive(context.Context, *layouts.Layout) (Profile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	time.Sleep(f.takes)
	return f.content, f.err
}

func (f *finding) set(content Profile, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.content, f.err = content, err
}

func testLayout() *layouts.Layout {
	l := &layouts.Layout{}
	l.ID = "l"
	l.Renditions = []origin.Rendition{{Track: "a0"}, {Track: "v0"}}
	return l
}

// TestProfileIsReplaced: content that turns out to be another is followed by the
// decisions to come, on every node, and what was decided before still finds its
// assets' renditions.
func TestProfileIsReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		facts := memory.NewFacts(time.Now)
		f := &finding{content: contentOfHeight(360)}
		p, w := testProfiler(t, facts, f)
		l := testLayout()
		first, err := p.Await(t.Context(), l, true)
		if err != nil || first != contentOfHeight(360).ID() {
			t.Fatalf("%s, %v", first, err)
		}
		f.set(contentOfHeight(720), nil)
		if again, _ := p.Await(t.Context(), l, true); again != first {
			t.Errorf("it is replaced at once")
		}
		time.Sleep(profileCheck)
		p.entry(l)
		synctest.Wait()
		second, err := p.Await(t.Context(), l, true)
		if err != nil || second != contentOfHeight(720).ID() || second == first {
			t.Fatalf("after a while: %s, %v", second, err)
		}
		if len(w.added) != 2 {
			t.Errorf("%d profiles were made known", len(w.added))
		}
		// Another node, and one that knew the first only.
		other, _ := testProfiler(t, facts, &finding{err: errors.New("not asked")})
		if got, err := other.Await(t.Context(), l, false); err != nil || got != second {
			t.Errorf("another node has %s, %v", got, err)
		}
		for _, id := range []string{first, second} {
			if names, err := other.tracks(t.Context(), l, id); err != nil || fmt.Sprint(names) != "[a0 v0]" {
				t.Errorf("tracks of %s: %v, %v", id, names, err)
			}
		}
		if names, err := other.tracks(t.Context(), l, "of an earlier version"); err != nil || names != nil {
			t.Errorf("tracks of an unknown profile: %v, %v", names, err)
		}
		// A contradiction replaces nothing.
		f.set(Profile{}, profile.ErrContradiction)
		time.Sleep(profileCheck)
		p.entry(l)
		synctest.Wait()
		if got, err := p.Await(t.Context(), l, true); err != nil || got != second {
			t.Errorf("after a contradiction: %s, %v", got, err)
		}
	})
}

// TestProfilesAreBounded: content that changes to and fro does not have all
// creatives prepared again for ever.
func TestProfilesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &finding{content: contentOfHeight(100)}
		p, _ := testProfiler(t, memory.NewFacts(time.Now), f)
		l := testLayout()
		for i := range 3 * maxProfilesOfLayout {
			f.set(contentOfHeight(100+2*i), nil)
			if _, err := p.Await(t.Context(), l, true); err != nil {
				t.Fatal(err)
			}
			time.Sleep(profileCheck)
			p.entry(l)
			synctest.Wait()
		}
		if n := len(p.known[l.ID].all); n != maxProfilesOfLayout {
			t.Errorf("%d profiles", n)
		}
	})
}

// TestProfileIsAwaited: a live channel's decisions wait for the store alone, those
// of a title for the samples; the creatives that were asked for meanwhile are
// prepared when the profile is there. What was not found out has a reason of its
// own and is tried again.
func TestProfileIsAwaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &finding{content: contentOfHeight(360), takes: 7 * time.Second}
		p, w := testProfiler(t, memory.NewFacts(time.Now), f)
		l := testLayout()
		begun := time.Now()
		live := &Content{profiles: p, layout: l, patience: Patience(10*time.Second, false)}
		if id, reason := live.Await(t.Context()); id != "" || reason != avail.ContentUnknown || time.Since(begun) > 0 {
			t.Errorf("a live channel has %q, %s after %s", id, reason, time.Since(begun))
		}
		live.Want(avail.Creative{Key: "ad"})
		title := &Content{profiles: p, layout: l, patience: Patience(10*time.Second, true)}
		if id, reason := title.Await(t.Context()); id != f.content.ID() || reason != "" || time.Since(begun) != 7*time.Second {
			t.Errorf("a title has %q, %s after %s", id, reason, time.Since(begun))
		}
		if len(w.asked) != 1 || w.asked[0] != f.content.ID()+" ad" {
			t.Errorf("prepared are %v", w.asked)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		f := &finding{err: profile.ErrContradiction, takes: time.Minute}
		p, _ := testProfiler(t, memory.NewFacts(time.Now), f)
		l := testLayout()
		begun := time.Now()
		title := &Content{profiles: p, layout: l, patience: Patience(10*time.Second, true)}
		if _, reason := title.Await(t.Context()); reason != avail.ContentUnknown || time.Since(begun) >= 10*time.Second {
			t.Errorf("a title has %s after %s", reason, time.Since(begun))
		}
		time.Sleep(time.Hour)
		if _, reason, known := title.Profile(); known {
			t.Errorf("it is not looked at again: %s", reason)
		}
		f.mu.Lock()
		f.err, f.content = nil, contentOfHeight(360)
		f.mu.Unlock()
		time.Sleep(3 * time.Minute)
		title.Profile()
		time.Sleep(3 * time.Minute)
		if _, reason, known := title.Profile(); !known || reason != "" {
			t.Errorf("it stays %s, %t", reason, known)
		}
	})
}

// TestLayoutAssets: the assets of a profile have a layout's names, in its order.
func TestLayoutAssets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		content := contentOfHeight(360)
		content.Tracks = []string{"a0", "v0"}
		p, _ := testProfiler(t, memory.NewFacts(time.Now), &finding{content: content})
		l := testLayout()
		l.Renditions = []origin.Rendition{{Track: "x"}, {Track: "y"}}
		if _, err := p.Await(t.Context(), l, true); err != nil {
			t.Fatal(err)
		}
		made := &avail.Asset{ID: "1", Profile: content.ID(), Duration: 2, Renditions: []avail.AssetRendition{
			{Name: "v0", Segments: []avail.AssetSegment{{Name: "v0-0.ts", Duration: 2}}},
			{Name: "a0", Segments: []avail.AssetSegment{{Name: "a0-0.ts", Duration: 2}}},
		}}
		x := &NamedAssets{assets: oneAsset{made}, profiles: p, layout: l}
		a, err := x.Asset(t.Context(), "1")
		if err != nil {
			t.Fatal(err)
		}
		if a.Rendition("x").Segments[0].Name != "a0-0.ts" || a.Rendition("y").Segments[0].Name != "v0-0.ts" || made.Renditions[0].Name != "v0" {
			t.Errorf("%+v", a)
		}
		if again, _ := x.Asset(t.Context(), "1"); again != a {
			t.Error("it is made again")
		}
	})
}

type oneAsset struct{ a *avail.Asset }

func (o oneAsset) Asset(context.Context, string) (*avail.Asset, error) { return o.a, nil }
