package stitch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand"
	"net/url"
	"sort"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/known"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/mpdplan"
	"stitcher/internal/stitch/published"
	"stitcher/internal/stitch/reference"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// mpdWorld is a seeded world of DASH: an origin, nodes over one store, viewers.
type mpdWorld struct {
	simCounts
	seed    int64
	rng     *rand.Rand
	t       int64 // microseconds after the origin's availabilityStartTime
	origin  *mpdOrigin
	store   store.Facts
	assets  *simAssets
	layout  *layouts.Layout
	nodes   []*mpdNode
	tasks   *simTasks
	clients []*mpdClient
	faults  mpdFaults
	queue   []mpdAnswer
	asked   map[string]int

	responses int
}

// simCounts are what a world has counted, by law; those that begin with "note:" break
// none.
type simCounts struct {
	count    map[string]int
	examples map[string]string
}

func (c *simCounts) note(law, format string, args ...any) {
	c.count[law]++
	if _, ok := c.examples[law]; !ok {
		c.examples[law] = fmt.Sprintf(format, args...)
	}
}

// violations are the laws that were broken.
func (c *simCounts) violations() []string {
	var list []string
	for law := range c.count {
		if !strings.HasPrefix(law, "note:") {
			list = append(list, law+": "+c.examples[law])
		}
	}
	return list
}

func (w *mpdWorld) violate(law, format string, args ...any) {
	w.note(law, "seed %d t=%.2f "+format, append([]any{w.seed, float64(w.t) / 1e6}, args...)...)
}

// mpdAnswer is a decision on its way.
type mpdAnswer struct {
	at   int64
	node *mpdNode
	give func()
}

// mpdNode is one process.
type mpdNode struct {
	w        *mpdWorld
	index    int
	life     int
	skew     int64
	stream   *ledger.Stream
	sessions map[string]*Playback
	fetched  *dash.Template
	at       int64
	busy     bool
}

func (n *mpdNode) shared() bool   { return len(n.w.nodes) > 1 }
func (n *mpdNode) now() time.Time { return time.UnixMicro(mpdEpoch + n.w.t + n.skew) }

func (n *mpdNode) crash() {
	st, err := ledger.Open(context.Background(), n.w.store, "channel", ledger.Options{
		Maximum: 300 * simSecond, Keep: 900 * simSecond, Shared: n.shared(),
	})
	if err != nil {
		panic(err)
	}
	*n = mpdNode{w: n.w, index: n.index, life: n.life + 1, skew: n.skew, stream: st, sessions: map[string]*Playback{}}
}

// fetch is mpds.Template.
func (n *mpdNode) fetch(force bool) *dash.Template {
	w := n.w
	if force || n.fetched == nil || w.t-n.at >= simSecond/2 {
		from := w.t
		if w.faults.stale && w.rng.Intn(10) == 0 {
			from -= w.rng.Int63n(3 * w.origin.target)
		}
		n.fetched, n.at = w.compile(w.origin.at(from)), w.t
	}
	return n.fetched
}

func (w *mpdWorld) compile(body []byte) *dash.Template {
	t, err := dash.Compile(body, presentation.Options{Base: &url.URL{Scheme: "https", Host: "origin.example", Path: "/live/m.mpd"}})
	if err != nil {
		panic(fmt.Sprintf("%v\n%s", err, body))
	}
	return t
}

// pinned is what placing makes of an MPD.
func (n *mpdNode) pinned(t *dash.Template) *dash.Template {
	ctx := context.Background()
	var earlier *dash.Template
	if name, begun := n.stream.Feeder(); begun {
		if v := n.stream.Newest(name); v != nil {
			earlier = v.Document.(*dash.View).Template
		}
	}
	p, dropped, same, err := published.Past(ctx, n.stream, t, earlier, t.Edge(n.now().UnixMicro()))
	if err != nil {
		panic(err)
	}
	if same {
		return t
	}
	n.w.violate("note: starts are pinned", "")
	if len(dropped) > 0 {
		n.w.violate("note: Periods are kept", "")
		p.Kept = published.Last(ctx, n.stream, earlier).Keep(dropped)
	}
	text, base := t.Source()
	if text, err = p.Pin(text); err != nil {
		panic(err)
	}
	if t, err = dash.Compile(text, presentation.Options{Base: base}); err != nil {
		panic(err)
	}
	return t
}

// view is placing.Placer.MPD.
func (n *mpdNode) view() (*origin.View, error) {
	ctx := context.Background()
	if err := n.stream.Follow(ctx, n.now()); err != nil {
		panic(err)
	}
	name := n.w.layout.Renditions[n.w.layout.Reference].Name
	if _, begun := n.stream.Feeder(); !begun {
		if err := n.stream.Begin(ctx, name); err != nil {
			panic(err)
		}
	}
	for attempt := range 3 {
		v, err := n.stream.Accept(ctx, name, "", n.pinned(n.fetch(attempt > 0)).At(n.now().UnixMicro()), n.now())
		if v != nil && n.stream.Behind(name, v) {
			body, _, err := n.stream.Shared(ctx, name)
			if err != nil {
				panic(err)
			}
			if body == nil {
				continue
			}
			n.fetched, n.at = n.w.compile(body), n.w.t
			v, err = n.stream.Accept(ctx, name, "", n.pinned(n.fetched).At(n.now().UnixMicro()), n.now())
			if err == nil && !n.stream.Behind(name, v) {
				return v, nil
			}
			n.w.violate("note: behind", "")
			continue
		}
		switch {
		case err == nil, v != nil && errors.Is(err, ledger.ErrOlder):
			return v, nil
		case errors.Is(err, ledger.ErrOlder), errors.Is(err, ledger.ErrEmpty):
		default:
			panic(err)
		}
	}
	return nil, reference.ErrOutOfStep
}

func (n *mpdNode) session(c *mpdClient) *Playback {
	if s := n.sessions[c.playback.ID]; s != nil {
		return s
	}
	w := n.w
	s := &Playback{
		Session: c.playback, Layout: &w.layout.Layout, Stream: n.stream, Facts: w.store, Assets: w.assets,
		Rules: Rules{Budget: 3 * time.Second}, env: &Env{Refresh: func(t time.Duration) time.Duration { return t / 4 }, Decider: w, Now: n.now, Log: slog.New(slog.DiscardHandler), Shared: n.shared(), Node: fmt.Sprint(n.index, ".", n.life)},
	}
	_, stored, rev, err := known.Load(context.Background(), w.store, s.ID)
	if err != nil {
		panic(err)
	}
	if err := s.recall(stored, rev); err != nil {
		panic(err)
	}
	s.env.Audience = booker(func(a avail.Account) { w.book(c, a) })
	n.sessions[s.ID] = s
	return s
}

// Decide implements Decider.
func (w *mpdWorld) Decide(r DecisionRequest, done func(avail.Decision)) {
	var node *mpdNode
	for _, n := range w.nodes {
		if n.sessions[r.Session.ID] == r.Playback {
			node = n
		}
	}
	call := r.Session.ID + "/" + r.Avail.String()
	rng := rand.New(rand.NewSource(int64(r.Session.Number)*7919 + r.Avail.Sequence))
	if r.PreRoll {
		call, r.Avail.Duration = r.Session.ID+"/preroll", 30*simSecond
	}
	if w.asked[call]++; w.asked[call] > 1 && len(w.nodes) > 1 {
		w.violate("asked twice", "%s", call)
	}
	d := (&simWorld{assets: w.assets, adSegment: simSecond}).decision(rng, r.Avail, !r.PreRoll && r.Session.Number%2 == 0)
	w.queue = append(w.queue, mpdAnswer{w.t + rng.Int63n(5*simSecond), node, func() { done(d) }})
}

func (w *mpdWorld) deliver() {
	rest := w.queue[:0]
	for _, q := range w.queue {
		if q.at <= w.t {
			q.give()
		} else {
			rest = append(rest, q)
		}
	}
	w.queue = rest
}

// hurry delivers the awaited decision if it comes by t, and says whether it will not.
func (w *mpdWorld) hurry(n *mpdNode, s *Playback, p *pending, t int64) (exhausted bool) {
	for !p.answered() {
		k, busy := -1, false
		for i, q := range w.queue {
			switch {
			case q.at > t:
			case q.node != n && q.node != nil && q.node.busy:
				busy = true
			case k < 0 || q.at < w.queue[k].at:
				k = i
			}
		}
		if k < 0 && busy {
			w.tasks.yield()
			continue
		}
		if k < 0 {
			return true
		}
		give := w.queue[k].give
		w.queue = append(w.queue[:k], w.queue[k+1:]...)
		give()
		if p.elsewhere {
			s.Look(context.Background())
		}
	}
	return false
}

// answer is the MPD that a client gets.
func (n *mpdNode) answer(c *mpdClient) []byte {
	n.busy = true
	defer func() { n.busy = false }()
	ctx := context.Background()
	var s *Playback
	p := Patience{Now: n.now()}
	for replans := 0; ; {
		ref, err := n.view()
		if err != nil {
			n.w.violate("note: no answer", "")
			return nil
		}
		if s == nil {
			s = n.session(c)
		}
		now, err := s.Settled(ctx, ref, p)
		var wait *Wait
		switch {
		case err == nil:
			s.answered = true
			var plan dash.Plan
			v := ref.Document.(*dash.View)
			defer func() {
				if *simTrace {
					c.plan = fmt.Sprintf("plan until %d breaks %d hold %+v edge %d", plan.Until-mpdEpoch, len(plan.Breaks), now.Hold, ref.Edge()-mpdEpoch)
					for _, b := range plan.Breaks {
						c.plan += fmt.Sprintf(" [%s %d-%d %d items]", b.ID, b.Start-mpdEpoch, b.Return-mpdEpoch, len(b.Items))
					}
					for _, sp := range n.stream.Spans(0) {
						c.plan += fmt.Sprintf("\n   span %+v %d %s", sp.Avail, sp.End-mpdEpoch, sp.Cause)
					}
				}
			}()
			mpdplan.Plan(mpdplan.Input{Session: s.Session, Names: n.w.layout.MPD.Names, Base: "https://ads.example", Location: "https://ads.example/v1/dash/x"}, now, v, s.env.Now(), &plan)
			if s.FoldDue(ref) {
				s.Fold(ctx)
			}
			return v.Append(nil, &plan)
		case errors.Is(err, ErrMoved):
			if replans++; replans > MaxReplans {
				panic(err)
			}
			n.w.violate("note: planned again", "")
		case errors.As(err, &wait):
			if wait.AtMost > 0 {
				n.w.hurry(n, s, wait.pending, n.w.t+wait.AtMost.Microseconds())
				p.Now = p.Now.Add(wait.AtMost)
			} else {
				p.Exhausted = n.w.hurry(n, s, wait.pending, n.w.t+2*simSecond)
			}
		default:
			panic(err)
		}
	}
}

func newMPDWorld(seed, until int64, faults mpdFaults) *mpdWorld {
	rng := rand.New(rand.NewSource(seed))
	w := &mpdWorld{
		simCounts: simCounts{map[string]int{}, map[string]string{}}, seed: seed, rng: rng, faults: faults,
		origin: newMPDOrigin(rng, until, faults), assets: &simAssets{map[string]*avail.Asset{}},
		tasks: &simTasks{rng: rng}, asked: map[string]int{},
	}
	w.t = 60 * simSecond
	src := layouts.Source{Template: "https://origin.example/live/m.mpd", Tracks: w.compile(w.origin.at(w.t)).Tracks()}
	var err error
	if w.layout, err = src.Layout("l"); err != nil {
		panic(err)
	}
	w.store = simStore{memory.NewFacts(func() time.Time { return simTime(0) }), w.tasks}
	for i := range max(1, faults.nodes) {
		w.nodes = append(w.nodes, &mpdNode{w: w, index: i})
	}
	for _, n := range w.nodes {
		if n.shared() {
			n.skew = rng.Int63n(simSecond) - simSecond/2
		}
		n.crash()
	}
	return w
}

func (w *mpdWorld) run(until int64) {
	defer w.tasks.close()
	w.join()
	for w.t < until-30*simSecond {
		w.t += simSecond / 5
		w.deliver()
		if w.rng.Intn(1500) == 0 && len(w.clients) < 4 {
			w.join()
		}
		if w.rng.Intn(3000) == 0 {
			n := w.nodes[w.rng.Intn(len(w.nodes))]
			n.crash()
			rest := w.queue[:0]
			for _, q := range w.queue {
				if q.node != n {
					rest = append(rest, q)
				}
			}
			w.queue = rest
			w.violate("note: crashes", "")
		}
		taken := map[*mpdNode]bool{}
		for _, c := range w.clients {
			n := w.nodes[w.rng.Intn(len(w.nodes))]
			if w.t < c.next || taken[n] {
				continue
			}
			taken[n] = true
			n.busy = true
			c.next = w.t + simSecond/2 + w.rng.Int63n(3*simSecond)
			w.tasks.add(func() {
				if body := n.answer(c); body != nil {
					w.responses++
					c.check(w, body)
				}
			})
		}
		w.tasks.run()
	}
}

func runMPDSim(t *testing.T, faults mpdFaults) {
	hours := *simHours / 4 // there are many worlds
	if testing.Short() {
		hours = min(hours, 0.1)
	}
	until := int64(hours * 3600 * float64(simSecond))
	all := simCounts{map[string]int{}, map[string]string{}}
	responses, asked := 0, 0
	for seed := *simFrom; seed < *simFrom+*simSeeds; seed++ {
		w := newMPDWorld(seed, until, faults)
		w.run(until)
		for k, n := range w.count {
			all.count[k] += n
			if _, ok := all.examples[k]; !ok {
				all.examples[k] = w.examples[k]
			}
		}
		responses += w.responses
		asked += len(w.asked)
	}
	var laws []string
	for k := range all.count {
		laws = append(laws, k)
	}
	sort.Strings(laws)
	var b strings.Builder
	for _, k := range laws {
		fmt.Fprintf(&b, "%8d  %-40s %s\n", all.count[k], k, all.examples[k])
	}
	t.Logf("%d seeds, %d responses, %d decisions\n%s", *simSeeds, responses, asked, b.String())
	for _, k := range laws {
		if !strings.HasPrefix(k, "note:") {
			t.Errorf("%s: %d times, first: %s", k, all.count[k], all.examples[k])
		}
	}
	if asked == 0 {
		t.Error("no avail was decided")
	}
}

// TestSimulationDASH plays live origins of DASH for hours of virtual time and holds the
// laws of design.md §5 on the history of every viewer.
func TestSimulationDASH(t *testing.T) {
	nodes := []int{1, 3}
	if *simNodes > 0 {
		nodes = []int{*simNodes}
	}
	for _, n := range nodes {
		for name, f := range map[string]mpdFaults{
			"plain":         {},
			"Periods":       {multi: true},
			"late":          {late: true, stale: true, forms: true},
			"late Periods":  {multi: true, late: true, stale: true, forms: true},
			"duration":      {duration: true, late: true},
			"own":           {own: true, late: true, stale: true},
			"moves":         {moves: true},
			"Periods move":  {moves: true, multi: true},
			"restarts":      {restarts: true, stale: true},
			"slides":        {slides: true, stale: true, late: true},
			"Periods slide": {slides: true, stale: true, multi: true},
			"Periods go":    {drops: true, multi: true, stale: true},
		} {
			f.nodes = n
			t.Run(fmt.Sprintf("%d nodes/%s", n, name), func(t *testing.T) { runMPDSim(t, f) })
		}
	}
}
