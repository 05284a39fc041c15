package stitch

import (
	"fmt"
	"slices"
	"sort"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/pods"
)

// simClient is a strict player: it polls its renditions in any order, switches
// between videos, pauses, asks for audio an hour late, and remembers everything.
type simClient struct {
	id       string
	number   uint64
	video    int
	leaves   int64
	paused   int64
	steady   bool // polls faster than any hold
	next     [simRenditions]int64
	seen     [simRenditions]*simSeen
	atNumber map[int64]string // what stands at a discontinuity number
	refDSN   map[string]int64 // the reference's numbers, by truth segment
	dead     bool
	booked   map[avail.Key]bool
	node     *simNode // that answered last
}

// simSeen is all that a client ever saw of a rendition.
type simSeen struct {
	listing    *listing.Listing
	body       []byte
	uri        map[int64]string
	number     map[int64]int64
	tagged     map[int64]bool
	updated    int64
	polled     int64
	asked      int64
	tail, head int64
}

func (w *simWorld) join() {
	c := &simClient{
		id: fmt.Sprintf("s%d", w.rng.Int63()), number: uint64(w.rng.Int63n(1 << 40)),
		video: w.rng.Intn(2), steady: w.rng.Intn(2) == 0,
		leaves:   w.t + 600*simSecond + w.rng.Int63n(3600*simSecond),
		atNumber: map[int64]string{}, refDSN: map[string]int64{},
	}
	for r := range c.next {
		c.next[r] = w.t + w.rng.Int63n(simSecond)
		if r != simRef && w.rng.Intn(4) == 0 {
			c.next[r] = w.t + w.rng.Int63n(900*simSecond)
		}
		c.seen[r] = &simSeen{uri: map[int64]string{}, number: map[int64]int64{}, tagged: map[int64]bool{}, head: -1, tail: -1}
	}
	w.clients, w.all = append(w.clients, c), append(w.all, c)
}

// playback is the client's session: some begin with a pre-roll, some suppress
// avails in one of the ways there are.
func (c *simClient) playback(w *simWorld) *playback.Session {
	x := &playback.Session{ID: c.id, Number: c.number, PreRoll: w.faults.own && c.number%3 == 0}
	if n := c.number / 3 % 8; w.faults.own && n < 3 {
		x.Suppression = playback.Suppression{
			Behind: n == 0, After: n > 0, Partial: n == 2, Value: int64(c.number/24%600) * simSecond,
		}
	}
	return x
}

// simRequest is a request of a client for a rendition.
type simRequest struct {
	c    *simClient
	r    int
	node *simNode
}

// due are the requests that a client makes now.
func (c *simClient) due(w *simWorld) []simRequest {
	if w.t < c.paused {
		return nil
	}
	if w.rng.Intn(5000) == 0 {
		c.paused = w.t + w.rng.Int63n(400*simSecond)
		return nil
	}
	if w.rng.Intn(2000) == 0 {
		c.video = 1 - c.video
	}
	var list []simRequest
	for _, r := range w.rng.Perm(simRenditions) {
		if r <= simVideo && r != c.video || w.t < c.next[r] {
			continue
		}
		c.next[r] = w.t + w.origin.length/4
		if !c.steady {
			c.next[r] = w.t + w.origin.length/2 + w.rng.Int63n(w.origin.length)
		}
		list = append(list, simRequest{c: c, r: r})
	}
	return list
}

func (q simRequest) run(w *simWorld) {
	body := q.node.answer(q.c, q.r)
	if body != nil {
		w.responses++
		q.c.check(w, q.node, q.r, body)
	} else if w.origin.dead(q.r, w.t, w.t) && q.r <= simVideo {
		q.c.video = simVideo - q.r // it plays the other
	}
	q.c.frozen(w, q.r)
}

// simApart is how long a rendition that was not served, and whose place is not known then,
// may have nothing: the longest avail and a window.
const simApart = 300 * simSecond

// frozen holds that renditions which the origin serves go on, as long as it serves
// one that can feed the timeline too.
func (c *simClient) frozen(w *simWorld, r int) {
	seen := c.seen[r]
	patience := 8 * w.origin.target * simSecond
	if w.outage(seen.updated, w.t) {
		patience += simOutageMost // nobody may know what it has been shown
	}
	if seen.asked == 0 || w.t-seen.asked > patience/4 {
		seen.updated = w.t // it has not asked for a while
	}
	seen.asked = w.t
	from := seen.updated
	if from = max(from, w.t-2*patience); w.t-from < patience || w.origin.dead(r, from, w.t) || w.originGap(r, from, w.t) > patience/4 {
		return
	}
	if w.faults.marked && w.origin.dead(r, from-simApart, w.t) {
		return // it is back, and may have to wait until the avails are over that it missed
	}
	for f := simRef; f <= simAudio; f++ {
		if !w.origin.dead(f, from, w.t) {
			w.violate("frozen", "%s r=%d since %.2f, tail %d", c.id, r, float64(from)/1e6, seen.tail)
			return
		}
	}
}

// check holds the laws on one response.
func (c *simClient) check(w *simWorld, node *simNode, r int, body []byte) {
	l, violations := listing.Read(body)
	violations = append(violations, check.Playlist(l)...)
	seen := c.seen[r]
	if seen.listing != nil {
		violations = append(violations, check.Update(seen.listing, l)...)
	}
	for _, v := range violations {
		if w.excused(v) {
			continue
		}
		w.violate(v.Rule, "%s r=%d: %s", c.id, r, v)
		if *simTrace && !c.dead {
			c.dead = true
			w.log("--- %s seed %d t %.2f r %d %s\n== before\n%s== now %s\n%s\n%s", c.id, w.seed, float64(w.t)/1e6, r, v, seen.body, node.heads(), body, w.describe(node, c))
		}
	}
	if len(l.Segments) == 0 {
		w.violate("empty", "%s r=%d", c.id, r)
		return
	}
	c.history(w, r, l)
	c.numbers(w, r, l)
	c.updates(w, r, l)
	c.drift(w, node)
	seen.listing = l
	seen.body = slices.Concat(body, fmt.Appendf(nil, "[t %.2f view %s]\n", float64(w.t)/1e6, node.heads()))
}

// excused are violations that the origin itself commits.
func (w *simWorld) excused(v rule.Violation) bool {
	return v.Rule == rule.SegmentTooShort || v.Rule == rule.WindowTooShort
}

// history holds law 1 and 2 against everything ever seen, not only the last
// response.
func (c *simClient) history(w *simWorld, r int, l *listing.Listing) {
	seen := c.seen[r]
	for _, s := range l.Segments {
		if u, ok := seen.uri[s.Sequence]; ok && u != s.URI {
			w.violate("uri changed", "%s r=%d %d was %s is %s", c.id, r, s.Sequence, u, s.URI)
		}
		if n, ok := seen.number[s.Sequence]; ok && n != s.DiscontinuityNumber {
			w.violate("number changed", "%s r=%d %d %s was %d is %d", c.id, r, s.Sequence, s.URI, n, s.DiscontinuityNumber)
		}
		if d, ok := seen.tagged[s.Sequence]; ok && d != s.Discontinuity {
			w.violate("tag changed", "%s r=%d %d %s was %v", c.id, r, s.Sequence, s.URI, d)
		}
		seen.uri[s.Sequence], seen.number[s.Sequence], seen.tagged[s.Sequence] = s.URI, s.DiscontinuityNumber, s.Discontinuity
	}
}

// numbers holds law 2 across renditions: what stands at a discontinuity number
// is the same ad everywhere, and content has the reference's number of its time.
func (c *simClient) numbers(w *simWorld, r int, l *listing.Listing) {
	for _, s := range l.Segments {
		ad, truth := w.identify(r, s.URI)
		if ad != "" {
			if w.origin.dead(simRef, w.t, w.t) {
				w.count["note: ad segments without the first video"]++
			}
			if is, ok := c.atNumber[s.DiscontinuityNumber]; ok && is != ad {
				w.violate("ad numbers differ", "%s r=%d number %d is %s, was %s", c.id, r, s.DiscontinuityNumber, ad, is)
			}
			c.atNumber[s.DiscontinuityNumber] = ad
			continue
		}
		if truth == nil {
			w.violate("unknown uri", "%s r=%d %s", c.id, r, s.URI)
			continue
		}
		if r == simRef {
			c.refDSN[fmt.Sprint(truth.epoch, "/", truth.sequence)] = s.DiscontinuityNumber
			continue
		}
		ref := w.origin.segs[simRef]
		i := sort.Search(len(ref), func(i int) bool { return ref[i].end > truth.start+100_000 })
		j := sort.Search(len(ref), func(i int) bool { return ref[i].end > truth.end-100_000 })
		if i >= len(ref) || j >= len(ref) || ref[i].epoch != truth.epoch {
			continue
		}
		a, ok1 := c.refDSN[fmt.Sprint(ref[i].epoch, "/", ref[i].sequence)]
		b, ok2 := c.refDSN[fmt.Sprint(ref[j].epoch, "/", ref[j].sequence)]
		if ok1 && ok2 && a == b && a != s.DiscontinuityNumber {
			w.violate("content numbers differ", "%s r=%d %s number %d, reference %d", c.id, r, s.URI, s.DiscontinuityNumber, a)
		}
	}
}

// identify says what a URI is: an ad's asset, or a segment of the origin.
func (w *simWorld) identify(r int, uri string) (ad string, truth *simSegment) {
	var id, name string
	if n, _ := fmt.Sscanf(uri, "../tm/%s", &id); n == 1 {
		for i := range id {
			if id[i] == '/' {
				id, name = id[:i], id[i+1:]
				break
			}
		}
		_ = name
		return id, nil
	}
	return "", w.truth(r, uri)
}

func (w *simWorld) truth(r int, uri string) *simSegment {
	const base = "http://origin/live/"
	if len(uri) < len(base) || uri[:len(base)] != base {
		return nil
	}
	uri = uri[len(base):]
	if w.byURI == nil {
		w.byURI = map[string]*simSegment{}
		for _, l := range w.origin.segs {
			for _, s := range l {
				w.byURI[s.uri] = s
			}
		}
	}
	return w.byURI[uri]
}

// updates holds the timing part of law 3 and the window.
func (c *simClient) updates(w *simWorld, r int, l *listing.Listing) {
	seen := c.seen[r]
	tail := l.Segments[len(l.Segments)-1].Sequence
	target := w.origin.target * simSecond
	var sum int64
	for _, s := range l.Segments {
		sum += s.Duration
	}
	if sum < 3*target && w.originWindow(r) >= 3*target+2*simSecond {
		w.count["note: window under 3 targets"]++
	}
	if tail > seen.tail {
		if gap := seen.polled - seen.updated; seen.tail >= 0 && c.steady && gap > target*3/2 && gap < 60*simSecond {
			if w.originGap(r, seen.updated-w.origin.length, w.t) <= target*3/2 && w.origin.stale == 0 {
				w.count["note: late update"]++
				if _, ok := w.examples["note: late update"]; !ok {
					w.examples["note: late update"] = fmt.Sprintf("seed %d t=%.2f %s r=%d %.2f s, target %d", w.seed, float64(w.t)/1e6, c.id, r, float64(gap)/1e6, w.origin.target)
				}
			}
		}
		seen.updated = w.t
	}
	seen.tail = max(seen.tail, tail)
	seen.polled = w.t
}

func (w *simWorld) originWindow(r int) int64 {
	tpl := w.origin.at(r, w.t)
	var sum int64
	for i := range tpl.Segments {
		sum += tpl.Segments[i].Duration
	}
	return sum
}

func (w *simWorld) originGap(r int, from, to int64) int64 {
	l := w.origin.segs[r]
	var gap int64
	for i := sort.Search(len(l), func(i int) bool { return l[i].published >= from }); i < len(l) && l[i].published <= to; i++ {
		if i > 0 {
			gap = max(gap, l[i].published-l[i-1].published)
		}
	}
	return gap
}

// drift holds law 6: the output is never more than a content segment apart from
// the origin.
func (c *simClient) drift(w *simWorld, node *simNode) {
	for _, r := range node.session(c).runs {
		for i := range r.Fills {
			if f := &r.Fills[i]; f.Back != pods.Unknown && !f.Content && distance(f.Drift, 0) > w.origin.length {
				w.violate("drift", "%s avail %s drift %d", c.id, f.Key, f.Drift)
			}
		}
	}
}

// heads are the windows that a node has.
func (n *simNode) heads() string {
	out := ""
	for r := range n.w.layout.Renditions {
		if v := n.stream.Newest(n.w.layout.Renditions[r].Name); v != nil {
			out += fmt.Sprintf(" %d:%d-%d(%d)", v.Epoch.Index, v.Head(), v.Next(), v.First)
		}
	}
	return out
}

// describe prints what the nodes know of a client, that which has answered first, and the
// outages.
func (w *simWorld) describe(answered *simNode, c *simClient) string {
	out := answered.describe(c)
	for _, n := range w.nodes {
		if n != answered && n.stream != nil && n.sessions[c.id] != nil {
			out += fmt.Sprintf("\nnode %d:\n%s", n.index, n.describe(c))
		}
	}
	for _, o := range w.outages {
		if o.from[0] < w.t && o.from[0] > w.t-600*simSecond {
			out += fmt.Sprintf("\noutage from %d to %d", o.from, o.to)
		}
	}
	return out + "\n"
}

// describe prints what a node knows of a client, for a trace.
func (n *simNode) describe(c *simClient) string {
	s := n.session(c)
	out := fmt.Sprintf("node %d\n", n.index)
	for _, r := range s.runs {
		out += fmt.Sprintf("run epoch %+v begin %d base %+v\n", r.Epoch, r.Begin, r.Base)
		for i := range r.Fills {
			f := r.Fills[i]
			f.Pod = nil
			out += fmt.Sprintf("  fill %+v\n", f)
		}
		for _, sp := range n.stream.Spans(r.Epoch.Index) {
			out += fmt.Sprintf("  span %+v %d-%d %s after %d bounds %d\n", sp.Avail, sp.Sequence, sp.End, sp.Cause, sp.After, len(sp.Bounds))
		}
	}
	return out
}
