package stitch

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/outage"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/reference"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
	"stitcher/internal/store/spool"
)

var (
	simSeeds = flag.Int64("sim.seeds", 2, "how many seeded worlds the simulation runs")
	simFrom  = flag.Int64("sim.from", 1, "the first seed")
	simHours = flag.Float64("sim.hours", 0.5, "stream hours of a world")
	simNodes = flag.Int("sim.nodes", 0, "how many nodes a world has; 0 is one and three")
	simTrace = flag.Bool("sim.trace", false, "print the playlists around the first violation")
)

// simAssets makes prepared creatives of any length.
type simAssets struct{ made map[string]*avail.Asset }

func (a *simAssets) Asset(_ context.Context, id string) (*avail.Asset, error) {
	if x := a.made[id]; x != nil {
		return x, nil
	}
	return nil, errors.New("no such asset")
}

// make prepares a creative of about so many milliseconds, off by a few frames.
func (a *simAssets) make(ms, off, segment int64) *avail.Asset {
	id := fmt.Sprintf("%d.%d.%d", ms, off, segment)
	if x := a.made[id]; x != nil {
		return x
	}
	x := &avail.Asset{ID: id, Renditions: []avail.AssetRendition{{Name: "v0"}, {Name: "v1"}, {Name: "a0"}, {Name: "t0"}}}
	length := (ms + off*40) * 1000
	var at, audioAt int64
	for n := 0; at < length; n++ {
		d := min(segment, length-at)
		if rest := length - at - d; rest < 500_000 && d+rest <= segment+500_000 {
			d += rest
		}
		audioEnd := (at + d + 10_667) / 21_333 * 21_333
		for i := range x.Renditions {
			r := &x.Renditions[i]
			dur := d
			if r.Name == "a0" {
				dur = audioEnd - audioAt
			}
			r.Segments = append(r.Segments, avail.AssetSegment{Name: fmt.Sprintf("%s_%d.ts", r.Name, n), Duration: dur})
		}
		at += d
		audioAt = audioEnd
	}
	x.Duration = at
	a.made[id] = x
	return x
}

// simADS decides after a latency of virtual time.
type simADS struct {
	w     *simWorld
	calls map[string]int
	queue []simAnswer
}

// simAnswer is an answer on its way to a node.
type simAnswer struct {
	at   int64
	node *simNode
	give func()
}

func (a *simADS) Decide(r DecisionRequest, done func(avail.Decision)) {
	w := a.w
	node := w.nodeOf(r.Playback)
	rng := rand.New(rand.NewSource(int64(r.Session.Number)*7919 + r.Avail.Sequence*31 + int64(r.Avail.Epoch)))
	call := r.Session.ID + "/" + r.Avail.String()
	latency := rng.Int63n(5 * simSecond)
	if w.faults.prompt {
		latency = 0
	}
	if r.PreRoll {
		call = r.Session.ID + "/preroll"
		r.Avail.Duration = 30 * simSecond
	}
	if a.calls[call]++; a.calls[call] > 1 && node.shared() {
		w.violate("asked twice", "%s", call)
	}
	d := w.decision(rng, r.Avail, !r.PreRoll && r.Session.Number%2 == 0)
	if !node.mappable(r.Avail.Start) {
		w.count["note: unmappable"]++
		d = avail.Decision{Reason: avail.RenditionUnmappable}
	}
	a.queue = append(a.queue, simAnswer{w.t + latency, node, func() { done(d) }})
}

// mappable is Service.mappable.
func (n *simNode) mappable(start int64) bool {
	if !n.w.faults.marked {
		return true
	}
	for r := range simRenditions {
		if v, _ := n.View(context.Background(), r); v != nil && !v.Maps(start) {
			return false
		}
	}
	return true
}

// deliver hands out what is due by t.
func (a *simADS) deliver(t int64) {
	rest := a.queue[:0]
	for _, q := range a.queue {
		if q.at <= t {
			q.give()
		} else {
			rest = append(rest, q)
		}
	}
	a.queue = rest
}

// decision is a pod of any kind: empty, short, full, too long.
func (w *simWorld) decision(rng *rand.Rand, a avail.Avail, slate bool) avail.Decision {
	var d avail.Decision
	segment := w.adSegment
	if slate {
		x := w.assets.make(4000, 0, segment)
		d.Slate = &avail.Item{Asset: x.ID, Duration: x.Duration}
	}
	kind := rng.Intn(8)
	if kind == 0 {
		return avail.Decision{Reason: avail.AdsEmpty}
	}
	left := a.Duration
	if left == 0 {
		left = 90 * simSecond
	}
	for left >= 5*simSecond {
		if kind == 1 && rng.Intn(2) == 0 {
			break
		}
		ms := int64(5000 + rng.Intn(26)*1000)
		if ms*1000 > left {
			ms = left / simSecond * 1000
		}
		if d.Slate != nil && rng.Intn(6) == 0 {
			left -= w.player(&d, min(left, ms*1000))
			continue
		}
		off := int64(rng.Intn(4) - 1)
		if kind == 2 { // every ad is a frame too long, as 30 s of 29.97 frames a second are
			off = 1
		}
		x := w.assets.make(ms, off, segment)
		d.Items = append(d.Items, avail.Item{Asset: x.ID, Duration: x.Duration})
		left -= x.Duration
	}
	if len(d.Items) == 0 && d.Slate == nil {
		d.Reason = avail.AdsEmpty
	}
	return d
}

// player adds slate under an ad of the player, and says how long it is.
func (w *simWorld) player(d *avail.Decision, length int64) int64 {
	slate, _ := w.assets.Asset(context.Background(), d.Slate.Asset)
	ad, sum := &avail.Ad{}, int64(0)
	for sum+slate.Duration <= length {
		d.Items = append(d.Items, avail.Item{Kind: avail.PlayerItem, Asset: slate.ID, Duration: slate.Duration, Ad: ad})
		ad, sum = nil, sum+slate.Duration
	}
	if slate.Segments() > 1 && slate.Through(1) <= length-sum {
		d.Items = append(d.Items, avail.Item{Kind: avail.PlayerItem, Asset: slate.ID, Duration: slate.Through(1), Segments: 1, Ad: ad})
		sum += slate.Through(1)
	}
	return max(sum, simSecond)
}

// booker is an Audience that takes accounts.
type booker func(avail.Account)

func (b booker) Booked(_ *playback.Session, a avail.Account)        { b(a) }
func (booker) Unshown(*playback.Session, []*avail.Ad, avail.Reason) {}
func (booker) CutShort(*playback.Session, avail.Key, int)           {}

// simNode is one process: all it has in memory can be lost.
type simNode struct {
	w        *simWorld
	index    int
	life     int   // how often it was started
	skew     int64 // of its clock
	stream   *ledger.Stream
	sessions map[string]*Playback
	at       [simRenditions]int64
	good     [simRenditions]int64 // when it was last had
	failed   [simRenditions]int   // fetches in a row
	fetched  [simRenditions]*hls.Template
	// facts is the store as the node has it: behind spool, in a world with outages.
	facts store.Facts
	spool *spool.Spool
	// busy is set while it answers a request, waits while that waits for an answer
	// of the ad server.
	busy, waits bool
}

// crash starts the process again.
func (n *simNode) crash() {
	*n = simNode{w: n.w, index: n.index, life: n.life + 1, skew: n.skew, sessions: map[string]*Playback{}}
	n.connect()
	n.open()
}

// open opens the stream. It answers false while the node, which has just started, cannot
// read it.
func (n *simNode) open() bool {
	if n.stream != nil {
		return true
	}
	st, err := ledger.Open(context.Background(), n.facts, "channel", n.w.streamOptions())
	if errors.Is(err, store.ErrUnavailable) {
		return false
	}
	if err != nil {
		panic(err)
	}
	n.stream = st
	return true
}

func (n *simNode) shared() bool { return len(n.w.nodes) > 1 }

func (n *simNode) name() string { return fmt.Sprint(n.index, ".", n.life) }

// now is the node's clock.
func (n *simNode) Now() time.Time { return simTime(n.w.t + n.skew) }

func (w *simWorld) streamOptions() ledger.Options {
	return ledger.Options{Maximum: 300 * simSecond, Keep: 900 * simSecond, Shared: len(w.nodes) > 1}
}

// errSimDead is an origin's 404.
var errSimDead = errors.New("no such playlist")

// View is placing.Placer.Views of one rendition: it fetches a rendition and has the stream accept it.
func (n *simNode) View(ctx context.Context, r int) (*origin.View, error) {
	name := n.w.layout.Renditions[r].Name
	if err := n.stream.Follow(ctx, n.Now()); err != nil && !errors.Is(err, store.ErrUnavailable) {
		panic(err)
	}
	for attempt := range 3 {
		if err := n.get(r, attempt > 0); err != nil {
			return nil, err
		}
		v, err := n.stream.Accept(ctx, name, "", n.fetched[r], n.Now())
		if v != nil && n.stream.Behind(name, v) {
			if v, err = n.Published(ctx, r); err == nil {
				return v, nil
			}
			n.w.count["note: behind"]++
			continue
		}
		switch {
		case err == nil, v != nil && (errors.Is(err, ledger.ErrOlder) || errors.Is(err, ledger.ErrUnsettled)):
			return v, nil
		case errors.Is(err, ledger.ErrOlder), errors.Is(err, ledger.ErrUnsettled):
			if !n.shared() {
				return nil, reference.ErrOutOfStep
			}
		case errors.Is(err, store.ErrUnavailable):
			if v == nil {
				return nil, err
			}
			return v, nil
		default:
			panic(err)
		}
	}
	return nil, reference.ErrOutOfStep
}

// Moved implements reference.Sources.
func (n *simNode) Moved(int) { n.w.count["note: the timeline moves"]++ }

// Fetch implements reference.Sources.
func (n *simNode) Fetch(_ context.Context, r int) error { return n.get(r, false) }

// Failing is Manifests.Failing.
func (n *simNode) Failing(r int) error {
	if n.failed[r] < 2 {
		return nil
	}
	return errSimDead
}

// get is playlists.Media.
func (n *simNode) get(r int, force bool) error {
	o, from := n.w.origin, n.w.t
	if force || n.w.faults.prompt || n.fetched[r] == nil && n.failed[r] == 0 || n.w.t-n.at[r] >= o.target*simSecond/4 {
		if o.stale > 0 && n.w.rng.Float64() < o.stale {
			from -= n.w.rng.Int63n(3 * o.length)
		}
		n.at[r] = n.w.t
		tpl := o.at(r, from)
		switch {
		case o.dead(r, n.w.t, n.w.t):
			n.failed[r]++
		case tpl != nil:
			n.fetched[r], n.good[r], n.failed[r] = tpl, n.w.t, 0
		}
	}
	if n.fetched[r] == nil || n.failed[r] > 0 && n.w.t-n.good[r] >= 10*o.target*simSecond {
		return errSimDead
	}
	return nil
}

// Published implements reference.Sources.
func (n *simNode) Published(ctx context.Context, r int) (*origin.View, error) {
	name := n.w.layout.Renditions[r].Name
	body, base, err := n.stream.Shared(ctx, name)
	if err != nil && !errors.Is(err, store.ErrUnavailable) {
		panic(err)
	}
	if body == nil {
		return nil, ledger.ErrOlder
	}
	t, err := hls.Compile(body, hls.Options{Base: base})
	if err != nil {
		panic(err)
	}
	n.fetched[r], n.at[r], n.good[r], n.failed[r] = t, n.w.t, n.w.t, 0
	v, err := n.stream.Accept(ctx, name, "", t, n.Now())
	if err != nil || n.stream.Behind(name, v) {
		return nil, ledger.ErrOlder
	}
	return v, nil
}

// session is the client's session; nil where the node cannot read it.
func (n *simNode) session(c *simClient) *Playback {
	if s := n.sessions[c.id]; s != nil {
		return s
	}
	w := n.w
	got, err := n.facts.Get(context.Background(), records.SessionOwner(c.id), records.FoldKey)
	if errors.Is(err, store.ErrUnavailable) {
		return nil
	}
	if err != nil {
		panic(err)
	}
	s := &Playback{
		Session: c.playback(w),
		Layout:  w.layout, Stream: n.stream, Facts: n.facts, Assets: w.assets,
		Rules: Rules{Budget: 3 * time.Second}, off: w.off, env: &Env{Refresh: func(t time.Duration) time.Duration { return t / 4 }, Decider: w.ads, Now: n.Now, Log: slog.New(slog.DiscardHandler), Shared: n.shared(), Node: n.name()},
	}
	if n.spool != nil {
		s.Outages = outage.Watch{List: n.spool.Outages, Off: w.undoubting}
	}
	var sums records.Fold
	if b := got[0].Value; b != nil {
		if err := records.Decode(b, &sums); err != nil {
			panic(err)
		}
		w.count["note: read back from a fold"]++
	} else {
		got = nil
	}
	stored, rev, err := n.facts.Since(context.Background(), records.SessionOwner(c.id), sums.Rev)
	if errors.Is(err, store.ErrUnavailable) {
		return nil
	}
	if err != nil {
		panic(err)
	}
	if err := s.recall(append(got, stored...), rev); err != nil {
		panic(err)
	}
	s.env.Audience = booker(func(a avail.Account) { w.book(c, s, a) })
	n.sessions[c.id] = s
	return s
}

// answer is the playlist that a client gets, nil for an error.
func (n *simNode) answer(c *simClient, r int) []byte {
	n.busy = true
	defer func() { n.busy = false }()
	if !n.open() {
		return nil
	}
	c.node = n
	var s *Playback
	p := Patience{Now: n.Now()}
	plan := &hls.Plan{AssetPrefix: "../tm/"}
	var pool hlsplan.Pool
	for replans := 0; ; {
		ref, v, err := reference.Views(context.Background(), n, n.stream, n.w.layout, r, n.w.off.move)
		if err != nil {
			return nil
		}
		if s == nil {
			if s = n.session(c); s == nil {
				n.w.count["note: unknown session"]++
				return nil
			}
		}
		err = s.Plan(context.Background(), r, ref, v, p, plan, &pool)
		var wait *Wait
		switch {
		case err == nil:
			if s.FoldDue(ref) {
				s.Fold(context.Background())
			}
			return hlsplan.TemplateOf(v).Append(nil, plan)
		case errors.Is(err, ErrMoved):
			if replans++; replans > MaxReplans {
				panic(err)
			}
			n.w.count["note: planned again"]++
		case errors.As(err, &wait):
			// The request waits: time stands still for everyone else.
			if wait.AtMost > 0 {
				n.w.ads.hurry(s, wait.pending, n.w.t+wait.AtMost.Microseconds())
				p.Now = p.Now.Add(wait.AtMost)
			} else {
				p.Exhausted = n.w.ads.hurry(s, wait.pending, n.w.t+2*simSecond)
			}
		case errors.Is(err, outage.ErrUnsure), errors.Is(err, outage.ErrDisputed):
			// The request waits, or the client asks again. It is the same.
			n.w.count["note: "+err.Error()]++
			return nil
		case errors.Is(err, reference.ErrOutOfStep):
			n.w.count["note: no answer"]++
			n.w.why(c, r, ref, v)
			return nil
		default:
			panic(err)
		}
	}
}

// why keeps an example of a request that could not be answered.
func (w *simWorld) why(c *simClient, r int, ref, v *origin.View) {
	if _, ok := w.examples["note: no answer"]; !ok {
		w.examples["note: no answer"] = fmt.Sprintf("seed %d t=%.2f %s r=%d epochs %d %d", w.seed, float64(w.t)/1e6, c.id, r, ref.Epoch.Index, v.Epoch.Index)
	}
}

// hurry delivers the awaited decision if it comes by t. It says whether it
// will not. Answers to nodes that are in the middle of a request wait for that.
func (a *simADS) hurry(s *Playback, p *pending, t int64) (exhausted bool) {
	own := a.w.nodeOf(s)
	for !p.answered() {
		// A node that is at work may be about to ask, or to write what was answered.
		k, busy := -1, slices.ContainsFunc(a.w.nodes, func(n *simNode) bool { return n != own && n.busy && !n.waits })
		for i, q := range a.queue {
			switch {
			case q.at > t:
			case q.node != own && q.node.busy:
				busy = true
			case k < 0 || q.at < a.queue[k].at:
				k = i
			}
		}
		if k < 0 && busy {
			own.waits = true
			a.w.tasks.yield()
			own.waits = false
			continue
		}
		if k < 0 {
			return true
		}
		give := a.queue[k].give
		a.queue = append(a.queue[:k], a.queue[k+1:]...)
		give()
		if p.elsewhere {
			s.Look(context.Background())
		}
	}
	return false
}

// nodeOf is the node that a session is in the memory of.
func (w *simWorld) nodeOf(s *Playback) *simNode {
	for _, n := range w.nodes {
		if n.sessions[s.ID] == s {
			return n
		}
	}
	return w.nodes[0] // it has crashed meanwhile
}

// simWorld is one seeded world.
type simWorld struct {
	seed      int64
	rng       *rand.Rand // the origin and the clients
	turns     *rand.Rand // which node answers, which request goes on, which node crashes
	t         int64
	origin    *simOrigin
	store     store.Facts
	assets    *simAssets
	ads       *simADS
	layout    *origin.Layout
	nodes     []*simNode
	tasks     *simTasks
	adSegment int64
	clients   []*simClient // that watch now
	all       []*simClient // that ever came
	count     map[string]int
	examples  map[string]string
	byURI     map[string]*simSegment
	off       switches
	// undoubting is whether doubt is off.
	undoubting bool
	faults     simFaults
	outages    []simOutage

	responses int
}

func newSimWorld(seed, until int64, faults simFaults) *simWorld {
	rng, turns := rand.New(rand.NewSource(seed)), rand.New(rand.NewSource(-seed))
	w := &simWorld{
		seed: seed, rng: rng, turns: turns, faults: faults, origin: newSimOrigin(rng, until, faults), tasks: &simTasks{rng: turns},
		assets: &simAssets{map[string]*avail.Asset{}}, count: map[string]int{}, examples: map[string]string{},
	}
	w.ads = &simADS{w: w, calls: map[string]int{}}
	w.adSegment = max(simSecond, min(2*simSecond, w.origin.target*simSecond/2))
	w.layout = &origin.Layout{ID: "l", Stream: "channel", Renditions: []origin.Rendition{
		{Name: "v0", Kind: origin.Video, Track: "v0"},
		{Name: "v1", Kind: origin.Video, Track: "v1"},
		{Name: "a0", Kind: origin.Audio, Track: "a0"},
		{Name: "t0", Kind: origin.Subtitle, Track: "t0"},
	}}
	// Nothing expires: sessions of the simulation end with their clients.
	w.store = memory.NewFacts(func() time.Time { return simTime(0) })
	if faults.outages && faults.nodes > 1 {
		w.outages = simOutages(turns, faults.nodes, until)
	}
	for i := range max(1, faults.nodes) {
		w.nodes = append(w.nodes, &simNode{w: w, index: i})
	}
	for _, n := range w.nodes {
		if len(w.nodes) > 1 && !faults.prompt {
			n.skew = turns.Int63n(simSecond) - simSecond/2
		}
		n.crash()
	}
	return w
}

// log prints a trace where the test's own log is too late: at once.
func (w *simWorld) log(format string, args ...any) { fmt.Fprintf(os.Stderr, format, args...) }

func (w *simWorld) violate(law, format string, args ...any) {
	w.count[law]++
	if _, ok := w.examples[law]; !ok {
		w.examples[law] = fmt.Sprintf("seed %d t=%.2f ", w.seed, float64(w.t)/1e6) + fmt.Sprintf(format, args...)
	}
}

// run plays the world to its end.
func (w *simWorld) run(until int64) {
	defer w.tasks.close()
	w.t = 60 * simSecond
	w.join()
	const step = simSecond / 5
	for w.t < until-30*simSecond {
		w.t += step
		w.keepUp()
		w.ads.deliver(w.t)
		if w.rng.Intn(1500) == 0 && len(w.clients) < 5 {
			w.join()
		}
		if !w.faults.prompt && w.turns.Intn(3000) == 0 {
			n := w.nodes[w.turns.Intn(len(w.nodes))]
			n.crash()
			w.ads.lose(n)
			w.count["crashes"]++
		}
		live := w.clients[:0]
		for _, c := range w.clients {
			if w.t < c.leaves {
				live = append(live, c)
			} else if c.node != nil && c.node.sessions[c.id] != nil {
				c.node.sessions[c.id].End(context.Background())
			}
		}
		w.clients = live
		w.poll()
	}
}

// lose drops the answers on their way to a node: it does not wait for them any
// more.
func (a *simADS) lose(n *simNode) {
	a.queue = slices.DeleteFunc(a.queue, func(q simAnswer) bool { return q.node == n })
}

// poll has the clients ask for what is due: requests of different nodes at the
// same time, which take turns at each operation of the store.
func (w *simWorld) poll() {
	var due []simRequest
	for _, c := range w.clients {
		due = append(due, c.due(w)...)
	}
	for len(due) > 0 {
		taken := map[*simNode]bool{}
		rest := due[:0]
		for _, q := range due {
			q.node = w.nodes[w.turns.Intn(len(w.nodes))]
			if taken[q.node] {
				rest = append(rest, q)
				continue
			}
			taken[q.node], q.node.busy = true, true
			w.tasks.add(func() { q.run(w) })
		}
		w.tasks.run()
		due = rest
	}
}

func runSim(t *testing.T, faults simFaults) { runSeeds(t, faults, *simFrom, *simSeeds) }

// runSeeds runs seeds of a world from one on.
func runSeeds(t *testing.T, faults simFaults, from, seeds int64) {
	hours := *simHours
	if testing.Short() {
		hours = min(hours, 0.1)
	}
	until := int64(hours * 3600 * float64(simSecond))
	total := map[string]int{}
	examples := map[string]string{}
	responses, avails := 0, 0
	for seed := from; seed < from+seeds; seed++ {
		w := newSimWorld(seed, until, faults)
		w.run(until)
		for k, n := range w.count {
			total[k] += n
		}
		for k, e := range w.examples {
			if _, ok := examples[k]; !ok {
				examples[k] = e + " [" + w.origin.note + "]"
			}
		}
		responses += w.responses
		avails += len(w.ads.calls)
	}
	var laws []string
	for k := range total {
		laws = append(laws, k)
	}
	sort.Strings(laws)
	var b strings.Builder
	for _, k := range laws {
		fmt.Fprintf(&b, "%8d  %-40s %s\n", total[k], k, examples[k])
	}
	t.Logf("%d seeds, %d responses, %d decisions\n%s", seeds, responses, avails, b.String())
	for k := range examples {
		if !strings.HasPrefix(k, "note:") {
			t.Errorf("%s: %d times, first: %s", k, total[k], examples[k])
		}
	}
}

// TestSimulationFound plays the worlds in which a seed once broke a law.
func TestSimulationFound(t *testing.T) {
	hostile := simFaults{restarts: true, discontinuities: true, stale: true, skew: true, lateMarkers: true}
	dies := hostile
	dies.dies = true
	own := dies
	own.own = true
	same := own
	same.sameID = true
	undatedDies := simFaults{dies: true, undated: true, skew: true}
	markedRestarts := simFaults{undated: true, skew: true, marked: true, restarts: true, stale: true}
	markedDies := undatedDies
	markedDies.marked = true
	for _, c := range []struct {
		name   string
		seed   int64
		nodes  int
		faults simFaults
	}{
		{"a pod left a rendition unseen", 902, 3, simFaults{undated: true, skew: true}},
		{"the return of a folded pod is a rendition's first segment", 907, 3, simFaults{dies: true, skew: true}},
		{"a stale edge past the numbers of a restart", 910, 3, same},
		{"a restart without viewers", 911, 1, hostile},
		{"pods that a rendition has not seen are summed up", 2002, 1, undatedDies},
		{"discontinuities between two pods that a rendition has not seen", 1005, 1, own},
		{"a process starts while the reference is dead", 901, 1, undatedDies},
		{"the reference dies before any other video was seen", 1009, 1, undatedDies},
		{"an avail is undecided in sound whose times are an estimate", 1020, 1, simFaults{undated: true, skew: true, marked: true}},
		{"no rendition is proved to continue the timeline", 4, 1, markedDies},
		{"the reference is back after the timeline has resumed without it", 29, 1, markedDies},
		{"a rendition of which nothing says where it stands is back after avails", 3007, 3, undatedDies},
		{"renditions publish content at different times when the timeline resumes", 9, 1, markedDies},
		{"a discontinuity before a pod left a rendition unlisted", 3008, 1, same},
		{"sound whose first segment after a restart is as long as the picture's", 36, 1, markedRestarts},
		{"a restart without viewers, and a video that was never requested", 6, 3, same},
		{"a restart without viewers, and sound that was never requested", 1004, 3, dies},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.faults.nodes = c.nodes
			runSeeds(t, c.faults, c.seed, 1)
		})
	}
}

// TestSimulation plays hostile origins for hours of virtual time and holds the
// laws of the output after every response.
func TestSimulation(t *testing.T) {
	nodes := []int{1, 3}
	if *simNodes > 0 {
		nodes = []int{*simNodes}
	}
	for _, n := range nodes {
		t.Run(fmt.Sprintf("%d nodes", n), func(t *testing.T) { simulate(t, n) })
	}
}

func simulate(t *testing.T, nodes int) {
	runSim := func(t *testing.T, f simFaults) {
		f.nodes = nodes
		runSim(t, f)
	}
	all := simFaults{restarts: true, discontinuities: true, stale: true, skew: true, lateMarkers: true}
	t.Run("plain", func(t *testing.T) { runSim(t, simFaults{}) })
	t.Run("pre-roll and suppression", func(t *testing.T) { runSim(t, simFaults{own: true}) })
	t.Run("all", func(t *testing.T) { runSim(t, all) })
	t.Run("renditions die", func(t *testing.T) { runSim(t, simFaults{dies: true, skew: true}) })
	t.Run("undated renditions die", func(t *testing.T) { runSim(t, simFaults{dies: true, undated: true, skew: true}) })
	all.dies = true
	t.Run("all, and renditions die", func(t *testing.T) { runSim(t, all) })
	all.own = true
	t.Run("all with pre-roll and suppression", func(t *testing.T) { runSim(t, all) })
	same := all
	same.sameID = true
	t.Run("one id for all", func(t *testing.T) { runSim(t, same) })
	t.Run("undated", func(t *testing.T) { runSim(t, simFaults{undated: true, skew: true}) })
	undated := same
	undated.undated, undated.sameID, undated.dies = true, false, false
	t.Run("undated, all", func(t *testing.T) { runSim(t, undated) })
	t.Run("undated with markers in audio", func(t *testing.T) { runSim(t, simFaults{undated: true, skew: true, marked: true}) })
	t.Run("undated renditions with markers in audio die", func(t *testing.T) {
		runSim(t, simFaults{dies: true, undated: true, skew: true, marked: true})
	})
	if nodes > 1 {
		t.Run("outages", func(t *testing.T) { runSim(t, simFaults{outages: true, skew: true}) })
		t.Run("outages with pre-roll and suppression", func(t *testing.T) { runSim(t, simFaults{outages: true, own: true}) })
	}
	t.Run("undated with late markers in audio", func(t *testing.T) {
		runSim(t, simFaults{undated: true, skew: true, marked: true, lateMarkers: true, sameID: true})
	})
}
