package records

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/store/memory"
)

// recalls counts how often all that is known of a session is read.
type recalls struct {
	*memory.Facts
	n int
}

func (r *recalls) Recall(ctx context.Context, owner string) ([]avail.Fact, error) {
	r.n++
	return r.Facts.Recall(ctx, owner)
}

// sourceOf is a source with a session that is kept for an hour.
func sourceOf(t *testing.T, clock func() time.Time) (*Source, *recalls) {
	t.Helper()
	fact := func(key string, v any) avail.Fact {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return avail.Fact{Key: key, Value: b}
	}
	r := &recalls{Facts: memory.NewFacts(clock)}
	if _, err := r.Create(t.Context(), SessionOwner("s"), time.Hour,
		fact(SessionKey, playback.Session{ID: "s"}), fact("decision/0.7", avail.Decision{Items: []avail.Item{
			{Kind: avail.BumperItem}, {Ad: &avail.Ad{ID: "a"}}, {Ad: &avail.Ad{ID: "b"}}, {Kind: avail.SlateItem},
		}})); err != nil {
		t.Fatal(err)
	}
	return NewSource(r), r
}

// TestSourceCounts: the ads of a pod are counted up to the one that is told of,
// what is no ad left out ([ADCOUNT], VAST 4.3 §6).
func TestSourceCounts(t *testing.T) {
	s, _ := sourceOf(t, time.Now)
	for n, want := range []int{0, 1, 2, 0} {
		ad, _, err := s.Ad(t.Context(), "s", avail.Key{Sequence: 7}, n)
		if err != nil || (ad == nil) != (want == 0) || ad != nil && ad.Count != want {
			t.Errorf("item %d: %+v, %v, want the ad %d", n, ad, err, want)
		}
	}
}

// TestSourceReadsLittle: of a session that is live the sender of beacons reads the session and
// one decision, not all that was decided in hours. Of one that is over it reads what remains.
func TestSourceReadsLittle(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, r := sourceOf(t, func() time.Time { return now })
	for _, over := range []bool{false, true} {
		if over {
			now = now.Add(time.Hour + time.Minute)
			s = NewSource(r) // which has read nothing
		}
		if ad, x, err := s.Ad(t.Context(), "s", avail.Key{Sequence: 7}, 1); err != nil || ad.ID != "a" || x.ID != "s" {
			t.Fatalf("over: %v: %+v, %+v, %v", over, ad, x, err)
		}
		if (r.n > 0) != over {
			t.Errorf("over: %v: all records were read %d times", over, r.n)
		}
	}
	if _, _, err := s.Ad(t.Context(), "unknown", avail.Key{Sequence: 7}, 1); err == nil {
		t.Error("there is an ad of a session that does not exist")
	}
}

// gets counts reads of records of sessions that are live, and makes those of any session.
type gets struct {
	*memory.Facts
	decision []byte
	n        int
}

func (g *gets) Get(context.Context, string, ...string) ([]avail.Fact, error) {
	g.n++
	return []avail.Fact{{Key: SessionKey, Value: []byte(`{"id":"s"}`)}, {Key: "decision/0.7", Value: g.decision}}, nil
}

// TestSourceKeeps: a decision is read once for all events of its ads, and what is kept of
// decisions is bounded.
func TestSourceKeeps(t *testing.T) {
	d, err := json.Marshal(avail.Decision{Items: []avail.Item{{Ad: &avail.Ad{ID: "a", Title: strings.Repeat("x", maxSourced/10)}}}})
	if err != nil {
		t.Fatal(err)
	}
	g := &gets{decision: d}
	s := NewSource(g)
	read := func(session string, want int) {
		t.Helper()
		if _, _, err := s.Ad(t.Context(), session, avail.Key{Sequence: 7}, 0); err != nil || g.n != want {
			t.Errorf("%d reads, %v, want %d", g.n, err, want)
		}
	}
	read("s", 1)
	read("s", 1)
	for i := range 30 {
		read(fmt.Sprint(i), 2+i)
		read("s", 2+i) // it stays, since it is asked for
	}
	read("0", 32)
	if n := len(s.young) + len(s.old); n > 20 {
		t.Errorf("%d decisions are kept", n)
	}
}
