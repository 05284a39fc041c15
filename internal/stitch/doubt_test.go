package stitch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// lostStore is a store that nodes share behind a spool: while it is away appends fail, and
// creations are held.
type lostStore struct {
	*memory.Facts
	away bool
	held []avail.Fact
}

func (s *lostStore) Append(ctx context.Context, o string, ttl time.Duration, rev int64, f ...avail.Fact) (store.Appended, error) {
	if s.away {
		return store.Appended{}, fmt.Errorf("%w: it is away", store.ErrUnavailable)
	}
	return s.Facts.Append(ctx, o, ttl, rev, f...)
}

func (s *lostStore) Since(ctx context.Context, o string, rev int64) ([]avail.Fact, int64, error) {
	if s.away {
		return nil, 0, fmt.Errorf("%w: it is away", store.ErrUnavailable)
	}
	return s.Facts.Since(ctx, o, rev)
}

func (s *lostStore) Create(ctx context.Context, o string, ttl time.Duration, f ...avail.Fact) ([]avail.Fact, error) {
	if s.away {
		s.held = append(s.held, f...)
		return f, nil
	}
	return s.Facts.Create(ctx, o, ttl, f...)
}

func (s *lostStore) back(t *testing.T) {
	t.Helper()
	s.away = false
	for _, f := range s.held {
		if _, err := s.Create(t.Context(), "session/x", time.Hour, f); err != nil {
			t.Fatal(err)
		}
	}
	s.held = nil
}

// lonely is two nodes that answer one session, over a store that goes away.
type lonely struct {
	store    *lostStore
	now      time.Time
	began    time.Time // of the outage
	ended    time.Time
	stream   *origin.Stream
	ad       *avail.Asset
	a, b     *session
	deciders map[*session]*askedDecider
}

func newLonely(t *testing.T) *lonely {
	t.Helper()
	w := &lonely{now: time.Unix(1_800_000_000, 0), deciders: map[*session]*askedDecider{}}
	clock := func() time.Time { return w.now }
	w.store = &lostStore{Facts: memory.NewFacts(clock)}
	w.stream, _ = origin.OpenStream(t.Context(), w.store, "c", origin.StreamOptions{Maximum: 300e6, Shared: true})
	assets := &simAssets{map[string]*avail.Asset{}}
	w.ad = assets.make(16000, 0, 2_000_000)
	node := func(name string) *session {
		d := &askedDecider{}
		x := &session{
			Session: &playback.Session{ID: "x"}, layout: &origin.Layout{Renditions: []origin.Rendition{{Kind: origin.Video, Track: "v0"}}},
			stream: w.stream, facts: w.store, now: clock, log: slog.New(slog.DiscardHandler), decider: d, assets: assets,
			rules: Rules{Budget: 3 * time.Second, Refresh: origin.Refresh}, shared: true, node: name,
			away: func(at time.Time) (time.Time, bool) {
				met := !w.began.IsZero() && !at.Before(w.began) && !at.After(w.ended)
				return w.began, w.store.away || met
			},
		}
		x.ttl.Store(3600e6)
		_ = x.recall(nil, 0)
		x.known.entered = true
		w.deciders[x] = d
		return x
	}
	w.a, w.b = node("a"), node("b")
	return w
}

// view is the playlist from a segment on; a break of 16 s begins with every 30th.
func (w *lonely) view(t *testing.T, from int) *origin.View {
	t.Helper()
	out := map[int]string{}
	for i := 0; i < 3000; i += 30 {
		out[i], out[i+4] = "#EXT-X-CUE-OUT:16\n", "#EXT-X-CUE-IN\n"
	}
	w.now = time.Unix(1_800_000_000+int64(4*from+40), 0)
	ref, err := w.stream.Accept(t.Context(), origin.Reference, "", livePlaylist(t, from, 10, out), w.now)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func (w *lonely) lose() { w.store.away, w.began = true, w.now }

func (w *lonely) recover(t *testing.T) {
	t.Helper()
	w.ended = w.now
	w.store.back(t)
}

// plan is one attempt at an answer.
func (w *lonely) plan(t *testing.T, x *session, ref *origin.View) error {
	t.Helper()
	var pool adRuns
	for range 20 {
		err := x.plan(t.Context(), 0, ref, ref, patience{now: w.now}, &hls.Plan{}, &pool)
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	t.Fatal("no answer")
	return nil
}

// ask plans an answer that waits for a decision.
func (w *lonely) ask(t *testing.T, x *session, ref *origin.View) {
	t.Helper()
	var wait *waitFor
	if err := w.plan(t, x, ref); err != nil && !errors.As(err, &wait) {
		t.Fatal(err)
	}
}

// answer has what was asked of a node answered with an ad.
func (w *lonely) answer(x *session) {
	for _, p := range x.pendings {
		if p.asked {
			p.answer = avail.Decision{Items: []avail.Item{{Asset: w.ad.ID, Duration: w.ad.Duration}}}
			p.settle()
		}
	}
}

// shows is the reason of the newest avail on a node; "ads" where it has ads, "" where it
// is not decided.
func shows(x *session, number int64) string {
	f := x.fillOf(avail.Key{Sequence: number})
	switch {
	case f == nil:
		return ""
	case f.content:
		return string(f.reason)
	}
	return "ads"
}

// TestAvailMetWhileAway: an avail that is met while the store is away is content on every
// node, nobody asks the ad server, and it stays so when the store is back.
func TestAvailMetWhileAway(t *testing.T) {
	w := newLonely(t)
	ref := w.view(t, 1005)
	for _, x := range []*session{w.a, w.b} {
		if err := w.plan(t, x, ref); err != nil {
			t.Fatal(err)
		}
	}
	w.lose()
	ref = w.view(t, 1012) // segment 1020 is published
	if err := w.plan(t, w.a, ref); err != nil {
		t.Fatal(err)
	}
	w.recover(t)
	ref = w.view(t, 1013)
	for _, x := range []*session{w.a, w.b} {
		if err := w.plan(t, x, ref); err != nil {
			t.Fatal(err)
		}
		if got := shows(x, 1020); got != string(avail.StoreAway) || len(w.deciders[x].asked) != 0 {
			t.Errorf("node %s shows %q and has asked %d times", x.node, got, len(w.deciders[x].asked))
		}
	}
	w.view(t, 1030)
	ref = w.view(t, 1042) // the next break is as ever
	w.ask(t, w.a, ref)
	w.answer(w.a)
	if err := w.plan(t, w.a, ref); err != nil || shows(w.a, 1050) != "ads" {
		t.Errorf("the break after the outage shows %q, %v", shows(w.a, 1050), err)
	}
}

// TestDecisionUnread: of an avail that another node may have decided before the store
// went away, a node shows nothing until it can read the decision.
func TestDecisionUnread(t *testing.T) {
	w := newLonely(t)
	ref := w.view(t, 1005)
	for _, x := range []*session{w.a, w.b} {
		if err := w.plan(t, x, ref); err != nil {
			t.Fatal(err)
		}
	}
	ref = w.view(t, 1012)
	w.ask(t, w.a, ref)
	w.answer(w.a)
	if err := w.plan(t, w.a, ref); err != nil || shows(w.a, 1020) != "ads" {
		t.Fatalf("node a shows %q, %v", shows(w.a, 1020), err)
	}
	w.now = w.now.Add(time.Second)
	w.lose()
	for range 4 {
		if err := w.plan(t, w.b, ref); !errors.Is(err, errUnsure) {
			t.Fatalf("node b answers %v and shows %q", err, shows(w.b, 1020))
		}
		w.now = w.now.Add(time.Second)
	}
	if err := w.plan(t, w.a, w.view(t, 1013)); err != nil || shows(w.a, 1020) != "ads" {
		t.Errorf("node a, which knows, shows %q, %v", shows(w.a, 1020), err)
	}
	w.recover(t)
	if err := w.plan(t, w.b, w.view(t, 1014)); err != nil || shows(w.b, 1020) != "ads" {
		t.Errorf("when the store is back node b shows %q, %v", shows(w.b, 1020), err)
	}
}

// TestUnsureNotForEver: a viewer who asks one node alone loses the ads, not the channel.
func TestUnsureNotForEver(t *testing.T) {
	w := newLonely(t)
	if err := w.plan(t, w.b, w.view(t, 1005)); err != nil {
		t.Fatal(err)
	}
	ref := w.view(t, 1012)
	w.now = w.now.Add(time.Second)
	w.lose()
	if err := w.plan(t, w.b, ref); !errors.Is(err, errUnsure) {
		t.Fatalf("node b answers %v", err)
	}
	w.now = w.now.Add(maxUnsure)
	if err := w.plan(t, w.b, ref); err != nil || shows(w.b, 1020) != string(avail.StoreAway) {
		t.Errorf("after %v node b shows %q, %v", maxUnsure, shows(w.b, 1020), err)
	}
}

// TestAdsUnrecorded: ads that cannot be recorded are not shown.
func TestAdsUnrecorded(t *testing.T) {
	w := newLonely(t)
	if err := w.plan(t, w.a, w.view(t, 1005)); err != nil {
		t.Fatal(err)
	}
	ref := w.view(t, 1012)
	w.ask(t, w.a, ref)
	w.now = w.now.Add(time.Second)
	w.lose()
	w.answer(w.a)
	if err := w.plan(t, w.a, ref); !errors.Is(err, errUnsure) || shows(w.a, 1020) != "" {
		t.Errorf("node a answers %v and shows %q", err, shows(w.a, 1020))
	}
	w.recover(t)
	if err := w.plan(t, w.a, ref); err != nil || shows(w.a, 1020) != "ads" {
		t.Errorf("when the store is back node a shows %q, %v", shows(w.a, 1020), err)
	}
}
