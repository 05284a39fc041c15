package stitch

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
)

var (
	simSeeds = flag.Int64("sim.seeds", 2, "how many seeded worlds the simulation runs")
	simFrom  = flag.Int64("sim.from", 1, "the first seed")
	simHours = flag.Float64("sim.hours", 0.5, "stream hours of a world")
	simTrace = flag.Bool("sim.trace", false, "print the playlists around the first violation")
)

// memoryFacts is a store in memory that counts and can lose nothing.
type memoryFacts struct {
	owners    map[string][]avail.Fact
	index     map[string]int
	registers map[string]int64
	values    map[string][]byte
	writes    int
}

func newMemoryFacts() *memoryFacts {
	return &memoryFacts{map[string][]avail.Fact{}, map[string]int{}, map[string]int64{}, map[string][]byte{}, 0}
}

func (m *memoryFacts) Create(_ context.Context, owner string, _ time.Duration, facts ...avail.Fact) ([][]byte, error) {
	out := make([][]byte, len(facts))
	for i, f := range facts {
		k := owner + "\x00" + f.Key
		n, ok := m.index[k]
		if !ok {
			n = len(m.owners[owner])
			m.owners[owner] = append(m.owners[owner], f)
			m.index[k] = n
			m.writes++
		}
		out[i] = m.owners[owner][n].Value
	}
	return out, nil
}

func (m *memoryFacts) Load(_ context.Context, owner string) ([]avail.Fact, error) {
	return append([]avail.Fact(nil), m.owners[owner]...), nil
}

func (m *memoryFacts) Touch(context.Context, string, time.Duration) error { return nil }

func (m *memoryFacts) Advance(_ context.Context, owner, key string, rank int64, value []byte) (int64, []byte, error) {
	k := owner + "\x00" + key
	if rank > m.registers[k] {
		m.registers[k], m.values[k] = rank, value
	}
	return m.registers[k], m.values[k], nil
}

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

type simAnswer struct {
	at   int64
	give func()
}

func (a *simADS) Decide(r DecisionRequest, done func(avail.Decision)) {
	w := a.w
	rng := rand.New(rand.NewSource(int64(r.Session.Number)*7919 + r.Avail.Sequence*31 + int64(r.Avail.Epoch)))
	a.calls[r.Session.ID+"/"+r.Avail.String()]++
	latency := rng.Int63n(5 * simSecond)
	if r.PreRoll {
		a.calls[r.Session.ID+"/preroll"]++
		r.Avail.Duration = 30 * simSecond
	}
	d := w.decision(rng, r.Avail, !r.PreRoll && r.Session.Number%2 == 0)
	if !w.mappable(r.Avail.Start) {
		w.count["note: unmappable"]++
		d = avail.Decision{Reason: avail.RenditionUnmappable}
	}
	a.queue = append(a.queue, simAnswer{w.t + latency, func() { done(d) }})
}

// mappable is Service.mappable.
func (w *simWorld) mappable(start int64) bool {
	if !w.faults.marked {
		return true
	}
	for r := range simRenditions {
		if v := w.node.view(r); v != nil && !v.Maps(start) {
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

// simNode is one process: all it has in memory can be lost.
type simNode struct {
	w        *simWorld
	stream   *origin.Stream
	sessions map[string]*session
	at       [simRenditions]int64
	fetched  [simRenditions]*hls.Template
}

func (n *simNode) crash() {
	st, err := origin.OpenStream(context.Background(), n.w.store, "channel", n.w.streamOptions())
	if err != nil {
		panic(err)
	}
	*n = simNode{w: n.w, stream: st, sessions: map[string]*session{}}
}

func (w *simWorld) streamOptions() origin.StreamOptions {
	return origin.StreamOptions{Maximum: 300 * simSecond}
}

// view fetches a rendition as the service does and has the stream accept it.
func (n *simNode) view(r int) *origin.View {
	o, t := n.w.origin, n.w.t
	name := n.w.layout.Renditions[r].Name
	if n.fetched[r] == nil || t-n.at[r] >= o.target*simSecond/4 {
		from := t
		if n.w.rng.Float64() < o.stale {
			from -= n.w.rng.Int63n(3 * o.length)
		}
		n.at[r] = t
		if tpl := o.at(r, from); tpl != nil {
			n.fetched[r] = tpl
		}
	}
	if n.fetched[r] == nil {
		return nil
	}
	v, err := n.stream.Accept(context.Background(), name, "", n.fetched[r], simTime(t))
	if err != nil && !errors.Is(err, origin.ErrOlder) && !errors.Is(err, origin.ErrUnsettled) {
		panic(err)
	}
	return v
}

func (n *simNode) session(c *simClient) *session {
	if s := n.sessions[c.id]; s != nil {
		return s
	}
	w := n.w
	s := &session{
		Session: c.playback(w),
		layout:  w.layout, stream: n.stream, facts: w.store, assets: w.assets, decider: w.ads,
		rules: Rules{Budget: 3 * time.Second, Refresh: func(t time.Duration) time.Duration { return t / 4 }},
		now:   func() time.Time { return simTime(w.t) }, log: slog.New(slog.DiscardHandler), off: w.off,
	}
	stored, err := w.store.Load(context.Background(), sessionOwner(c.id))
	if err != nil {
		panic(err)
	}
	if err := s.recall(stored); err != nil {
		panic(err)
	}
	s.booked = func(a avail.Account) { w.book(c, s, a) }
	n.sessions[c.id] = s
	return s
}

// answer is the playlist that a client gets, nil for an error.
func (n *simNode) answer(c *simClient, r int) []byte {
	ref, v := n.view(simRef), n.view(r)
	if r == simRef {
		v = ref
	}
	if ref == nil || v == nil {
		return nil
	}
	s := n.session(c)
	p := patience{now: simTime(n.w.t)}
	plan := &hls.Plan{AssetPrefix: "../tm/"}
	var pool adRuns
	err := s.plan(context.Background(), r, ref, v, p, plan, &pool)
	for wait := (*waitFor)(nil); errors.As(err, &wait); {
		// The request waits: time stands still for everyone else.
		if wait.atMost > 0 {
			n.w.ads.hurry(wait.pending, n.w.t+wait.atMost.Microseconds())
			p.now = p.now.Add(wait.atMost)
		} else {
			p.exhausted = n.w.ads.hurry(wait.pending, n.w.t+2*simSecond)
		}
		err = s.plan(context.Background(), r, ref, v, p, plan, &pool)
	}
	if errors.Is(err, errOutOfStep) {
		n.w.count["note: no answer"]++
		n.w.why(c, r, ref, v)
		return nil
	}
	if err != nil {
		panic(err)
	}
	return v.Append(nil, plan)
}

// why keeps an example of a request that could not be answered.
func (w *simWorld) why(c *simClient, r int, ref, v *origin.View) {
	if _, ok := w.examples["note: no answer"]; !ok {
		w.examples["note: no answer"] = fmt.Sprintf("seed %d t=%.2f %s r=%d epochs %d %d", w.seed, float64(w.t)/1e6, c.id, r, ref.Epoch.Index, v.Epoch.Index)
	}
}

// hurry delivers the awaited decision if it comes by t. It says whether it
// will not.
func (a *simADS) hurry(p *pending, t int64) (exhausted bool) {
	for !p.answered() {
		k := -1
		for i := range a.queue {
			if a.queue[i].at <= t && (k < 0 || a.queue[i].at < a.queue[k].at) {
				k = i
			}
		}
		if k < 0 {
			return true
		}
		give := a.queue[k].give
		a.queue = append(a.queue[:k], a.queue[k+1:]...)
		give()
	}
	return false
}

// simWorld is one seeded world.
type simWorld struct {
	seed      int64
	rng       *rand.Rand
	t         int64
	origin    *simOrigin
	store     *memoryFacts
	assets    *simAssets
	ads       *simADS
	layout    *origin.Layout
	node      *simNode
	adSegment int64
	clients   []*simClient
	count     map[string]int
	examples  map[string]string
	byURI     map[string]*simSegment
	off       switches
	faults    simFaults

	responses int
}

func newSimWorld(seed, until int64, faults simFaults) *simWorld {
	rng := rand.New(rand.NewSource(seed))
	w := &simWorld{
		seed: seed, rng: rng, faults: faults, origin: newSimOrigin(rng, until, faults), store: newMemoryFacts(),
		assets: &simAssets{map[string]*avail.Asset{}}, count: map[string]int{}, examples: map[string]string{},
	}
	w.ads = &simADS{w: w, calls: map[string]int{}}
	w.adSegment = max(simSecond, min(2*simSecond, w.origin.target*simSecond/2))
	w.layout = &origin.Layout{ID: "l", Stream: "channel", Renditions: []origin.Rendition{
		{Name: origin.Reference, Kind: origin.Video, Track: "v0"},
		{Name: "v1", Kind: origin.Video, Track: "v1"},
		{Name: "a0", Kind: origin.Audio, Track: "a0"},
		{Name: "t0", Kind: origin.Subtitle, Track: "t0"},
	}}
	w.node = &simNode{w: w}
	w.node.crash()
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
	w.t = 60 * simSecond
	w.join()
	const step = simSecond / 5
	for w.t < until-30*simSecond {
		w.t += step
		w.ads.deliver(w.t)
		if w.rng.Intn(1500) == 0 && len(w.clients) < 5 {
			w.join()
		}
		if w.rng.Intn(3000) == 0 {
			w.node.crash()
			w.ads.queue = nil // whoever asked is gone
			w.count["crashes"]++
		}
		live := w.clients[:0]
		for _, c := range w.clients {
			if w.t < c.leaves {
				live = append(live, c)
			} else if s := w.node.sessions[c.id]; s != nil {
				s.gone()
			}
		}
		w.clients = live
		for _, c := range w.clients {
			c.poll(w)
		}
	}
}

func runSim(t *testing.T, faults simFaults) {
	until := int64(*simHours * 3600 * float64(simSecond))
	total := map[string]int{}
	examples := map[string]string{}
	responses, avails := 0, 0
	for seed := *simFrom; seed < *simFrom+*simSeeds; seed++ {
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
	t.Logf("%d seeds, %d responses, %d decisions\n%s", *simSeeds, responses, avails, b.String())
	for k := range examples {
		if !strings.HasPrefix(k, "note:") {
			t.Errorf("%s: %d times, first: %s", k, total[k], examples[k])
		}
	}
}

// TestSimulation plays hostile origins for hours of virtual time and holds the
// laws of the output after every response.
func TestSimulation(t *testing.T) {
	all := simFaults{restarts: true, discontinuities: true, stale: true, skew: true, lateMarkers: true}
	t.Run("plain", func(t *testing.T) { runSim(t, simFaults{}) })
	t.Run("pre-roll and suppression", func(t *testing.T) { runSim(t, simFaults{own: true}) })
	t.Run("all", func(t *testing.T) { runSim(t, all) })
	all.own = true
	t.Run("all with pre-roll and suppression", func(t *testing.T) { runSim(t, all) })
	same := all
	same.sameID = true
	t.Run("one id for all", func(t *testing.T) { runSim(t, same) })
	t.Run("undated", func(t *testing.T) { runSim(t, simFaults{undated: true, skew: true}) })
	t.Run("undated with markers in audio", func(t *testing.T) { runSim(t, simFaults{undated: true, skew: true, marked: true}) })
	t.Run("undated with late markers in audio", func(t *testing.T) {
		runSim(t, simFaults{undated: true, skew: true, marked: true, lateMarkers: true, sameID: true})
	})
}
