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
	"stitcher/internal/origin/ledger"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// lostStore is a store that nodes share behind a spool: while it is away appends fail, and
// creations are held.
type lostStore struct {
	*memory.Facts
	away bool
	// readable is whether it can be read while it is away.
	readable bool
	held     []avail.Fact
}

func (s *lostStore) Append(ctx context.Context, o string, ttl time.Duration, rev int64, f ...avail.Fact) (store.Appended, error) {
	if s.away {
		return store.Appended{}, fmt.Errorf("%w: it is away", store.ErrUnavailable)
	}
	return s.Facts.Append(ctx, o, ttl, rev, f...)
}

func (s *lostStore) Since(ctx context.Context, o string, rev int64) ([]avail.Fact, int64, error) {
	if s.away && !s.readable {
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
	outages  []store.Outage
	stream   *ledger.Stream
	ad       *avail.Asset
	a, b     *Playback
	deciders map[*Playback]*askedDecider
}

func newLonely(t *testing.T) *lonely {
	t.Helper()
	w := &lonely{now: time.Unix(1_800_000_000, 0), deciders: map[*Playback]*askedDecider{}}
	clock := func() time.Time { return w.now }
	w.store = &lostStore{Facts: memory.NewFacts(clock)}
	w.stream, _ = ledger.Open(t.Context(), w.store, "c", ledger.Options{Maximum: 300e6, Shared: true})
	assets := &simAssets{map[string]*avail.Asset{}}
	w.ad = assets.make(16000, 0, 2_000_000)
	node := func(name string) *Playback {
		d := &askedDecider{}
		x := &Playback{
			Session: &playback.Session{ID: "x"}, Layout: &origin.Layout{Renditions: []origin.Rendition{{Kind: origin.Video, Track: "v0"}}},
			Stream: w.stream, Facts: w.store, Assets: assets,
			Rules:   Rules{Budget: 3 * time.Second},
			Outages: outage.Watch{List: func() []store.Outage { return w.outages }}, env: &Env{Refresh: manifests.Refresh, Now: clock, Log: slog.New(slog.DiscardHandler), Decider: d, Shared: true, Node: name},
		}
		x.ttl.Store(3600e6)
		_ = x.recall(nil, 0)
		x.known.Entered = true
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

func (w *lonely) lose() {
	w.store.away, w.outages = true, append(w.outages, store.Outage{Began: w.now})
}

func (w *lonely) recover(t *testing.T) {
	t.Helper()
	w.outages[len(w.outages)-1].Ended = w.now
	w.store.back(t)
}

// plan is one attempt at an answer.
func (w *lonely) plan(t *testing.T, x *Playback, ref *origin.View) error {
	t.Helper()
	var pool hlsplan.Pool
	for range 20 {
		err := x.Plan(t.Context(), 0, ref, ref, Patience{Now: w.now}, &hls.Plan{}, &pool)
		if !errors.Is(err, ErrMoved) {
			return err
		}
	}
	t.Fatal("no answer")
	return nil
}

// ask plans an answer that waits for a decision.
func (w *lonely) ask(t *testing.T, x *Playback, ref *origin.View) {
	t.Helper()
	var wait *Wait
	if err := w.plan(t, x, ref); err != nil && !errors.As(err, &wait) {
		t.Fatal(err)
	}
}

// answer has what was asked of a node answered with an ad.
func (w *lonely) answer(x *Playback) {
	for _, p := range x.pendings {
		if p.asked {
			p.answer = avail.Decision{Items: []avail.Item{{Asset: w.ad.ID, Duration: w.ad.Duration}}}
			p.settle()
		}
	}
}

// shows is the reason of the newest avail on a node; "ads" where it has ads, "" where it
// is not decided.
func shows(x *Playback, number int64) string {
	f := x.fillOf(avail.Key{Sequence: number})
	switch {
	case f == nil:
		return ""
	case f.Content:
		return string(f.Reason)
	}
	return "ads"
}

// want holds what a node answers and shows of an avail.
func (w *lonely) want(t *testing.T, x *Playback, ref *origin.View, number int64, failure error, shown string) {
	t.Helper()
	err := w.plan(t, x, ref)
	if got := shows(x, number); !errors.Is(err, failure) || got != shown {
		t.Errorf("node %s answers %v and shows %q, want %v and %q", x.env.Node, err, got, failure, shown)
	}
}

// both have both nodes answer.
func (w *lonely) both(t *testing.T, ref *origin.View) {
	t.Helper()
	for _, x := range []*Playback{w.a, w.b} {
		if err := w.plan(t, x, ref); err != nil {
			t.Fatal(err)
		}
	}
}

// TestShortOutage: during the first seconds of an outage nothing is concluded, and when it
// is over soon nothing is lost.
func TestShortOutage(t *testing.T) {
	w := newLonely(t)
	w.both(t, w.view(t, 1005))
	w.lose()
	ref := w.view(t, 1012) // segment 1020 is published
	w.outages[0].Began = w.now.Add(-2 * time.Second)
	w.want(t, w.a, ref, 1020, outage.ErrUnsure, "")
	w.recover(t)
	w.now = w.now.Add(time.Second)
	w.ask(t, w.a, ref)
	w.answer(w.a)
	w.want(t, w.a, ref, 1020, nil, "ads")
}

// TestAvailMetWhileAway: an avail that is met while the store is away for long is content on
// every node, nobody asks the ad server, and it stays so when the store is back.
func TestAvailMetWhileAway(t *testing.T) {
	w := newLonely(t)
	w.both(t, w.view(t, 1005))
	w.lose()
	ref := w.view(t, 1012)
	w.want(t, w.a, ref, 1020, nil, string(avail.StoreAway))
	w.recover(t)
	ref = w.view(t, 1013)
	for _, x := range []*Playback{w.a, w.b} {
		w.want(t, x, ref, 1020, nil, string(avail.StoreAway))
		if n := len(w.deciders[x].asked); n != 0 {
			t.Errorf("node %s has asked %d times", x.env.Node, n)
		}
	}
	w.view(t, 1030)
	ref = w.view(t, 1042) // the next break is as ever
	w.ask(t, w.a, ref)
	w.answer(w.a)
	w.want(t, w.a, ref, 1050, nil, "ads")
}

// TestStillAway: a node that has the store back takes an avail for content that another,
// which has not, shows as content.
func TestStillAway(t *testing.T) {
	w := newLonely(t)
	w.both(t, w.view(t, 1005))
	w.lose()
	ref := w.view(t, 1012)
	w.want(t, w.b, ref, 1020, nil, string(avail.StoreAway))
	w.store.away = false // what node b holds is not written yet
	w.outages[0].Ended = w.now
	w.want(t, w.a, ref, 1020, nil, string(avail.StoreAway))
}

// TestDecisionUnread: of an avail that another node may have decided before the store
// went away, a node shows nothing until it can read the decision, or the outage is long.
func TestDecisionUnread(t *testing.T) {
	for _, back := range []bool{true, false} {
		w := newLonely(t)
		w.both(t, w.view(t, 1005))
		ref := w.view(t, 1012)
		w.ask(t, w.a, ref)
		w.answer(w.a)
		w.want(t, w.a, ref, 1020, nil, "ads")
		w.lose()
		for since := time.Duration(0); since < outage.MaxDisputed; since += time.Second {
			failure := outage.ErrUnsure
			if since >= outage.MaxUnsure {
				failure = outage.ErrDisputed
			}
			w.now = w.outages[0].Began.Add(since)
			w.want(t, w.b, ref, 1020, failure, "")
		}
		w.want(t, w.a, ref, 1020, nil, "ads")
		if back {
			w.recover(t)
			w.want(t, w.b, w.view(t, 1014), 1020, nil, "ads")
			continue
		}
		w.now = w.outages[0].Began.Add(outage.MaxDisputed)
		w.want(t, w.b, ref, 1020, nil, string(avail.StoreAway))
	}
}

// TestReadable: where the store takes no writes but can be read, nothing is disputed once
// what other nodes began before is over: their ads are read, and what they have not recorded
// they have not shown. An avail that another node is deciding stays disputed.
func TestReadable(t *testing.T) {
	for _, c := range []struct {
		name            string
		asked, answered bool
		failure         error
		shown           string
	}{
		{"nothing", false, false, nil, string(avail.StoreAway)},
		{"asked", true, false, outage.ErrDisputed, ""},
		{"ads", true, true, nil, "ads"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newLonely(t)
			w.both(t, w.view(t, 1005))
			ref := w.view(t, 1012)
			if c.asked {
				w.ask(t, w.a, ref)
			}
			if c.answered {
				w.answer(w.a)
				w.want(t, w.a, ref, 1020, nil, "ads")
			}
			w.lose()
			w.want(t, w.b, ref, 1020, outage.ErrUnsure, "")
			w.now = w.outages[0].Began.Add(outage.MaxUnsure)
			w.want(t, w.b, ref, 1020, outage.ErrDisputed, "")
			w.store.readable = true
			w.want(t, w.b, ref, 1020, c.failure, c.shown)
		})
	}
}

// TestOwnAnswer: the node that asks the ad server for an avail makes it content as soon as
// answers do not wait any more, because no other node can have shown ads; unless its answer
// may have been recorded.
func TestOwnAnswer(t *testing.T) {
	for _, answered := range []bool{false, true} {
		w := newLonely(t)
		w.both(t, w.view(t, 1005))
		ref := w.view(t, 1012)
		w.ask(t, w.a, ref)
		w.store.away = true // and nobody has noticed
		if answered {
			w.answer(w.a)
			w.want(t, w.a, ref, 1020, outage.ErrUnsure, "")
		}
		w.lose()
		w.now = w.now.Add(time.Second)
		w.want(t, w.a, ref, 1020, outage.ErrUnsure, "")
		w.now = w.outages[0].Began.Add(outage.MaxUnsure)
		if answered {
			w.want(t, w.a, ref, 1020, outage.ErrDisputed, "")
			continue
		}
		w.want(t, w.a, ref, 1020, nil, string(avail.StoreAway))
	}
}

// TestAlone: a session that no other node can know is not in doubt, for the outage in which
// it began.
func TestAlone(t *testing.T) {
	w := newLonely(t)
	w.both(t, w.view(t, 1005))
	w.lose()
	w.a.Outages.Lone = w.now
	ref := w.view(t, 1012)
	w.now = w.outages[0].Began.Add(time.Second)
	w.want(t, w.a, ref, 1020, nil, string(avail.StoreAway))
	w.recover(t)
	w.view(t, 1030)
	w.lose()
	ref = w.view(t, 1042)
	w.now = w.outages[1].Began.Add(time.Second)
	w.want(t, w.a, ref, 1050, outage.ErrUnsure, "")
}

// TestAdsUnrecorded: ads that cannot be recorded are not shown.
func TestAdsUnrecorded(t *testing.T) {
	w := newLonely(t)
	w.both(t, w.view(t, 1005))
	ref := w.view(t, 1012)
	w.ask(t, w.a, ref)
	w.now = w.now.Add(time.Second)
	w.lose()
	w.answer(w.a)
	w.want(t, w.a, ref, 1020, outage.ErrUnsure, "")
	w.recover(t)
	w.want(t, w.a, ref, 1020, nil, "ads")
}
