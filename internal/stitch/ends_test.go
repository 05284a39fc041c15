package stitch

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/turns"
	"stitcher/internal/store/memory"
)

// livePlaylist is a window of n segments of four seconds, with lines before some.
func livePlaylist(t *testing.T, from, n int, out map[int]string) *hls.Template {
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:%d\n", from)
	for i := from; i < from+n; i++ {
		b.WriteString(out[i])
		fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:4.000,\ns%d.ts\n", time.Unix(1_800_000_000+int64(4*i), 0).UTC().Format("2006-01-02T15:04:05.000Z"), i)
	}
	tpl, err := hls.Compile([]byte(b.String()), hls.Options{Base: &url.URL{Scheme: "http", Host: "o.example", Path: "/"}})
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// TestGone: a session that ended is accounted for without a turn of its own, and the
// records that its beacons need stay where the store has let it expire.
func TestGone(t *testing.T) {
	now := time.Unix(1_800_000_100, 0)
	clock := func() time.Time { return now }
	m := memory.NewFacts(clock)
	ctx := t.Context()
	st, err := ledger.Open(ctx, m, "c", ledger.Options{Maximum: 300e6})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := st.Accept(ctx, origin.Reference, "", livePlaylist(t, 10, 10, map[int]string{15: "#EXT-X-CUE-OUT:60\n"}), now)
	if err != nil {
		t.Fatal(err)
	}
	shares := turns.New(1)
	x := &Playback{Session: &playback.Session{ID: "x"}, Layout: &origin.Layout{Renditions: make([]origin.Rendition, 1)}, Stream: st, Facts: m, env: &Env{Now: clock, Log: slog.New(slog.DiscardHandler), Turns: shares}}
	x.ttl.Store(60e6)
	a, err := m.Append(ctx, "session/x", 75*time.Second, 0, avail.Fact{Key: "session", Value: []byte(`{"ID":"x"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.recall(nil, a.Rev); err != nil {
		t.Fatal(err)
	}
	r, err := x.run(ctx, ref)
	if err != nil {
		t.Fatal(err)
	}
	x.leaveTurn()
	sp := st.Spans(0)[0]
	if err := x.store(ctx, r, sp, avail.Decision{Start: sp.Sequence, Reason: avail.AdsEmpty}); err != nil {
		t.Fatal(err)
	}
	x.leaveTurn()
	r.Edge = ref.Edge()
	booked := 0
	x.env.Audience = booker(func(avail.Account) { booked++ })
	now = now.Add(76 * time.Second) // last used 15 s after the store was told; swept 1 s after its end
	x.End(ctx)
	got, _ := m.Recall(ctx, "session/x")
	var keys []string
	for _, f := range got {
		keys = append(keys, f.Key)
	}
	t.Logf("booked %d; the store has %v; turns taken %d", booked, keys, shares.Taken())
	if shares.Taken() != 0 {
		t.Error("the turn is kept by a session that is gone")
	}
	if len(keys) < 3 {
		t.Error("the records of the session that beacons and explain need are deleted")
	}
}

// askedDecider records what it is asked.
type askedDecider struct{ asked []DecisionRequest }

func (d *askedDecider) Decide(r DecisionRequest, done func(avail.Decision)) {
	d.asked = append(d.asked, r)
}

// TestUpgradeWithoutPreRoll: a session of a version that did not record empty pre-rolls
// is given none in the middle.
func TestUpgradeWithoutPreRoll(t *testing.T) {
	now := time.Unix(1_800_000_100, 0)
	clock := func() time.Time { return now }
	m := memory.NewFacts(clock)
	ctx := t.Context()
	st, _ := ledger.Open(ctx, m, "c", ledger.Options{Maximum: 300e6})
	ref, err := st.Accept(ctx, origin.Reference, "", livePlaylist(t, 1000, 10, nil), now)
	if err != nil {
		t.Fatal(err)
	}
	// What 41e3d1d wrote: begin, decisions and settlements, no own/ as its pre-roll was empty.
	a, err := m.Append(ctx, "session/x", time.Hour, 0, avail.Fact{Key: "begin/0", Value: []byte("10")})
	if err != nil {
		t.Fatal(err)
	}
	d := &askedDecider{}
	x := &Playback{Session: &playback.Session{ID: "x", PreRoll: true}, Layout: &origin.Layout{Renditions: make([]origin.Rendition, 1)}, Stream: st, Facts: m, env: &Env{Now: clock, Log: slog.New(slog.DiscardHandler), Decider: d}}
	x.ttl.Store(60e6)
	if err := x.recall(a.Facts, a.Rev); err != nil {
		t.Fatal(err)
	}
	var pool hlsplan.Pool
	err = x.Plan(ctx, 0, ref, ref, Patience{Now: now}, &hls.Plan{}, &pool)
	t.Log(err)
	if len(d.asked) > 0 && d.asked[0].PreRoll {
		t.Error("a session that has played 990 segments is given a pre-roll")
	}
}

// TestContentPreRoll: a pre-roll that became content is over, so that the avails after
// it are summed up.
func TestContentPreRoll(t *testing.T) {
	now := time.Unix(1_800_000_100, 0)
	clock := func() time.Time { return now }
	m := memory.NewFacts(clock)
	ctx := t.Context()
	st, _ := ledger.Open(ctx, m, "c", ledger.Options{Maximum: 300e6})
	accept := func(from int) *origin.View {
		now = time.Unix(1_800_000_000+int64(4*from+40), 0)
		out := map[int]string{}
		for i := 0; i < 10000; i += 30 { // a break of 8 s every two minutes
			out[i], out[i+2] = "#EXT-X-CUE-OUT:8\n", "#EXT-X-CUE-IN\n"
		}
		ref, err := st.Accept(ctx, origin.Reference, "", livePlaylist(t, from, 10, out), now)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	ref := accept(1001)
	x := &Playback{Session: &playback.Session{ID: "x", PreRoll: true}, Layout: &origin.Layout{Renditions: make([]origin.Rendition, 1)}, Stream: st, Facts: m, Rules: Rules{Budget: 3 * time.Second}, env: &Env{Refresh: manifests.Refresh, Now: clock, Log: slog.New(slog.DiscardHandler), Decider: &askedDecider{}}}
	x.ttl.Store(60e6)
	var accounts []avail.Account
	x.env.Audience = booker(func(a avail.Account) { accounts = append(accounts, a) })
	_ = x.recall(nil, 0)
	r, _ := x.run(ctx, ref)
	own := avail.Avail{Key: avail.Key{Sequence: 1008}, Start: ref.Times[7], Before: 0}
	if err := x.enterWith(ctx, records.PreRoll{Avail: own, Decision: avail.Decision{Items: []avail.Item{{Asset: "gone"}}}}, true); err != nil {
		t.Fatal(err)
	}
	// As decide does where the pre-roll is too close to the return of a break before it.
	if err := x.leave(ctx, r, x.known.Own[0].Span, avail.TooClose); err != nil {
		t.Fatal(err)
	}
	for from := 1002; from < 9000; from++ {
		ref = accept(from)
		for {
			_, err := x.settle(ctx, r, ref, Patience{Now: now})
			if err == nil && len(x.pendings) == 0 {
				break
			}
			for _, w := range x.pendings {
				w.answer = avail.Decision{Reason: avail.AdsEmpty}
				w.settle()
			}
		}
		if x.FoldDue(ref) {
			x.Fold(ctx)
		}
	}
	n := 0
	for _, o := range x.known.Own {
		n += len(o.Bounds)
	}
	t.Logf("own bounds %d, fills %d, foldable %d", n, len(r.Fills), x.foldable(r, ref))
	x.End(ctx)
	for _, a := range accounts {
		if a.Key == own.Key {
			t.Logf("account of the pre-roll: %+v", a)
		}
	}
	if len(r.Fills) > 50 {
		t.Error("the session is never summed up")
	}
}

// TestFoldGivesTurnBack: summing up leaves the turn to others.
func TestFoldGivesTurnBack(t *testing.T) {
	w := newSimWorld(1, 3600*simSecond, simFaults{})
	w.t = 60 * simSecond
	w.join()
	shares := turns.New(1)
	for w.t < 3500*simSecond {
		w.t += simSecond / 5
		w.ads.deliver(w.t)
		for _, x := range w.nodes[0].sessions {
			x.env.Turns = shares
		}
		before := 0
		for _, x := range w.nodes[0].sessions {
			if x.known.Fold != nil {
				before++
			}
		}
		w.poll()
		if shares.Taken() > 0 {
			for id, x := range w.nodes[0].sessions {
				t.Errorf("at %d s session %s has the only turn between its requests: %v, folded %v", w.t/simSecond, id, x.inTurn, x.known.Fold != nil)
			}
			return
		}
	}
}

// TestContentPreRollRestart: a session whose pre-roll became content has the same
// numbers in the next process after hours.
func TestContentPreRollRestart(t *testing.T) {
	now := time.Unix(1_800_000_100, 0)
	clock := func() time.Time { return now }
	m := memory.NewFacts(clock)
	ctx := t.Context()
	opt := ledger.Options{Maximum: 300e6}
	st, _ := ledger.Open(ctx, m, "c", opt)
	out := map[int]string{}
	for i := 0; i < 10000; i += 30 {
		out[i], out[i+2] = "#EXT-X-CUE-OUT:8\n", "#EXT-X-CUE-IN\n"
	}
	accept := func(from int) *origin.View {
		now = time.Unix(1_800_000_000+int64(4*from+40), 0)
		ref, err := st.Accept(ctx, origin.Reference, "", livePlaylist(t, from, 10, out), now)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	assets := &simAssets{map[string]*avail.Asset{}}
	ad := assets.make(8000, 0, 2_000_000)
	open := func(facts []avail.Fact, rev int64) *Playback {
		x := &Playback{Session: &playback.Session{ID: "x", PreRoll: true}, Layout: &origin.Layout{Renditions: []origin.Rendition{{Kind: origin.Video, Track: "v0"}}}, Stream: st, Facts: m, Assets: assets, Rules: Rules{Budget: 3 * time.Second}, env: &Env{Refresh: manifests.Refresh, Now: clock, Log: slog.New(slog.DiscardHandler), Decider: &askedDecider{}}}
		x.ttl.Store(3600e6)
		if err := x.recall(facts, rev); err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, preroll := range []bool{false, true} {
		m = memory.NewFacts(clock)
		st, _ = ledger.Open(ctx, m, "c", opt)
		x := open(nil, 0)
		answer := func(x *Playback, ref *origin.View) *hls.Plan {
			plan, pool := &hls.Plan{}, hlsplan.Pool{}
			for range 10 {
				if err := x.Plan(ctx, 0, ref, ref, Patience{Now: now}, plan, &pool); err == nil && len(x.pendings) == 0 {
					if x.FoldDue(ref) {
						x.Fold(ctx)
					}
					return plan
				}
				for _, w := range x.pendings {
					w.answer = avail.Decision{Items: []avail.Item{{Asset: ad.ID, Duration: ad.Duration}}}
					w.settle()
				}
			}
			t.Fatal("no answer")
			return nil
		}
		ref := accept(1001)
		r, _ := x.run(ctx, ref)
		if preroll {
			own := avail.Avail{Key: avail.Key{Sequence: 1008}, Start: ref.Times[7]}
			_ = x.enterWith(ctx, records.PreRoll{Avail: own, Decision: avail.Decision{Items: []avail.Item{{Asset: ad.ID, Duration: ad.Duration}}}}, true)
			_ = x.leave(ctx, r, x.known.Own[0].Span, avail.TooClose) // decide: too close to the break before
		} else {
			x.known.Entered = true
		}
		var plan *hls.Plan
		for from := 1002; from < 5000; from++ {
			ref = accept(from)
			plan = answer(x, ref)
		}
		got, _ := m.Get(ctx, "session/x", records.FoldKey)
		var sums records.Fold
		stored := got
		if got[0].Value == nil {
			stored = nil
		} else if err := records.Decode(got[0].Value, &sums); err != nil {
			t.Fatal(err)
		}
		news, rev, _ := m.Since(ctx, "session/x", sums.Rev)
		st, _ = ledger.Open(ctx, m, "c", opt)
		y := open(append(stored, news...), rev)
		y.known.Entered = true
		after := answer(y, accept(4999))
		t.Logf("pre-roll %v: numbers before kill -9: %d %d, after: %d %d (avails: %d)", preroll, plan.Sequence, plan.Discontinuity, after.Sequence, after.Discontinuity, len(st.Spans(0)))
		if plan.Sequence != after.Sequence || plan.Discontinuity != after.Discontinuity {
			t.Error("the numbers of a session change with a restart of the process")
		}
	}
}

// TestFoldInSettlement: a settlement that is not written because another node has summed
// up avails does not count as written.
func TestFoldInSettlement(t *testing.T) {
	now := time.Unix(1_800_000_100, 0)
	clock := func() time.Time { return now }
	m := memory.NewFacts(clock)
	ctx := t.Context()
	st, _ := ledger.Open(ctx, m, "c", ledger.Options{Maximum: 300e6})
	out := map[int]string{}
	for i := 0; i < 10000; i += 30 {
		out[i], out[i+4] = "#EXT-X-CUE-OUT:16\n", "#EXT-X-CUE-IN\n"
	}
	assets := &simAssets{map[string]*avail.Asset{}}
	ad := assets.make(16000, 0, 2_000_000)
	node := func(name string) *Playback {
		x := &Playback{Session: &playback.Session{ID: "x"}, Layout: &origin.Layout{Renditions: []origin.Rendition{{Kind: origin.Video, Track: "v0"}}}, Stream: st, Facts: m, Assets: assets, Rules: Rules{Budget: 3 * time.Second}, env: &Env{Refresh: manifests.Refresh, Now: clock, Log: slog.New(slog.DiscardHandler), Decider: &askedDecider{}, Shared: true, Node: name}}
		x.ttl.Store(3600e6)
		_ = x.recall(nil, 0)
		return x
	}
	a, b := node("a"), node("b")
	b.known.Entered = true
	answer := func(x *Playback, ref *origin.View) {
		plan, pool := &hls.Plan{}, hlsplan.Pool{}
		for range 20 {
			err := x.Plan(ctx, 0, ref, ref, Patience{Now: now}, plan, &pool)
			if err == nil && len(x.pendings) == 0 {
				return
			}
			for _, w := range x.pendings {
				if w.asked {
					w.answer = avail.Decision{Items: []avail.Item{{Asset: ad.ID, Duration: ad.Duration}}}
					w.settle()
				}
			}
		}
		t.Fatal("no answer")
	}
	for from := 1002; from < 1500; from++ {
		now = time.Unix(1_800_000_000+int64(4*from+40), 0)
		ref, err := st.Accept(ctx, origin.Reference, "", livePlaylist(t, from, 10, out), now)
		if err != nil {
			t.Fatal(err)
		}
		r := a.current()
		if r != nil && from%30 == 24 && a.foldable(r, ref) > 0 { // in the middle of a break
			if err := a.foldFirst(ctx, r, 1); err != nil {
				t.Fatal(err)
			}
			answer(b, ref)
			for _, f := range b.current().Fills {
				if f.Back == pods.Unknown || f.Content {
					continue
				}
				if got, _ := m.Get(ctx, "session/x", "settlement/"+f.Key.String()); got[0].Value == nil {
					t.Fatalf("view %d: node b has settled %s (back %d), the store has no settlement", from, f.Key, f.Back)
				}
			}
		}
		answer(a, ref)
		answer(b, ref)
	}
}
