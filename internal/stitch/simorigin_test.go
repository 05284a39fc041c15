package stitch

import (
	"fmt"
	"math/rand"
	"net/url"
	"sort"
	"strings"
	"time"

	"stitcher/internal/manifest/hls"
)

// The simulated origin: a channel of four renditions in virtual time, with
// everything that origins in the field get wrong. Times are microseconds of
// truth; playlists show them rounded to milliseconds, as encoders do.

const simSecond = int64(1_000_000)

const (
	simRef = iota
	simVideo
	simAudio
	simText
	simRenditions
)

// simTime is the wall clock at a moment of the simulation.
func simTime(t int64) time.Time { return time.UnixMicro(1_790_000_000*simSecond + t) }

type simCue struct {
	id        string
	announced int64 // milliseconds, 0 unknown
}

type simSegment struct {
	epoch      int
	sequence   int64
	start, end int64
	disc       bool
	number     int64
	out        *simCue
	in, cont   bool
	lateBy     int64 // the marker appears this long after the segment
	published  int64
	uri        string
}

func (s *simSegment) ms() int64 { return (s.end - s.start + 500) / 1000 }

type simFaults struct {
	restarts, discontinuities, stale, skew, lateMarkers, sameID, undated bool
	// marked gives undated audio segments of its own length, and markers.
	marked bool
	// dies makes renditions unavailable for a while, some from the start.
	dies bool
	// nodes is how many processes answer over one store; 0 is one.
	nodes int
	// own is whether clients have avails of their own and suppress others.
	own bool
	// prompt is whether nodes fetch at each request, their clocks agree, answers of
	// the ad server come at once, and no node crashes. What is listed then depends on
	// no node's memory.
	prompt bool
	// outages is whether the store is away at times, for one node or all.
	outages bool
}

type simOrigin struct {
	segs    [simRenditions][]*simSegment
	window  int
	target  int64 // seconds
	length  int64 // nominal segment length
	stale   float64
	undated bool
	cache   map[string]*hls.Template
	note    string
	deaths  [simRenditions][]simDeath
}

// simDeath is a time in which the origin does not serve a rendition.
type simDeath struct{ from, to int64 }

// die draws when the renditions are not served: one of them at a time, mostly.
func (o *simOrigin) die(rng *rand.Rand, until int64) {
	for r := range o.deaths {
		t := int64(0)
		if rng.Intn(3) > 0 {
			t = 60*simSecond + rng.Int63n(600*simSecond)
		}
		for t < until {
			d := simDeath{t, t + simSecond + rng.Int63n([]int64{20, 120, 600}[rng.Intn(3)]*simSecond)}
			o.deaths[r] = append(o.deaths[r], d)
			t = d.to + 30*simSecond + rng.Int63n(900*simSecond)
		}
	}
}

// dead is whether a rendition was not served at some time between two.
func (o *simOrigin) dead(r int, from, to int64) bool {
	for _, d := range o.deaths[r] {
		if d.from <= to && from < d.to {
			return true
		}
	}
	return false
}

type simAvail struct {
	start, end int64
	cue        simCue
	noIn       bool
	repeat     int64
	noCont     bool
	lateBy     int64
}

func frame(us, f int64) int64 { return (us + f/2) / f * f }

func newSimOrigin(rng *rand.Rand, until int64, faults simFaults) *simOrigin {
	o := &simOrigin{cache: map[string]*hls.Template{}, undated: faults.undated}
	o.length = []int64{2, 4, 6}[rng.Intn(3)] * simSecond
	o.window = 6 + rng.Intn(15)
	if faults.stale && rng.Intn(2) == 0 {
		o.stale = 0.3
	}
	cutVideo := rng.Intn(2) == 0
	cutAudio := cutVideo && rng.Intn(2) == 0
	jitter := rng.Intn(2) == 0 && !faults.undated
	avails := simAvails(rng, until, faults)
	discs, restarts := simBreaks(rng, avails, faults)

	forced := func(edges bool) []int64 {
		at := map[int64]bool{}
		for d := range discs {
			at[d] = true
		}
		for d := range restarts {
			at[d] = true
		}
		if edges {
			for _, a := range avails {
				at[a.start] = true
				if !a.noIn {
					at[a.end] = true
				}
			}
		}
		var l []int64
		for d := range at {
			l = append(l, d)
		}
		sort.Slice(l, func(i, j int) bool { return l[i] < l[j] })
		return l
	}
	var longest int64
	for r := range simRenditions {
		delay := rng.Int63n(simSecond / 2)
		if faults.skew && rng.Intn(2) == 0 {
			delay += rng.Int63n(o.length)
		}
		switch r {
		case simVideo:
			base := int64(rng.Intn(1000))
			bare := rng.Intn(2) == 0
			for _, s := range o.segs[simRef] {
				c := *s
				if c.epoch == 0 && !o.undated {
					c.sequence += base
				}
				c.published = c.end + delay
				c.uri = fmt.Sprintf("v1/%d/%d.ts", c.epoch, c.sequence)
				if bare {
					c.out, c.in, c.cont = nil, false, false
				}
				o.segs[r] = append(o.segs[r], &c)
			}
			continue
		case simRef:
			o.lay(rng, r, until, delay, forced(cutVideo), discs, restarts, jitter)
			o.mark(r, avails)
		case simAudio:
			if faults.marked {
				o.lay(rng, r, until, delay, forced(cutAudio), discs, restarts, false)
				o.mark(r, avails)
				o.lose(rng, r)
				continue
			}
			if o.undated {
				o.copyOf(r, delay, "a")
				continue
			}
			o.lay(rng, r, until, delay, forced(cutAudio), discs, restarts, false)
		case simText:
			if o.undated {
				o.copyOf(r, delay, "t")
				continue
			}
			o.lay(rng, r, until, delay, forced(false), discs, restarts, false)
		}
	}
	for r := range o.segs {
		for _, s := range o.segs[r] {
			longest = max(longest, s.ms())
		}
	}
	o.target = (longest + 500) / 1000
	if faults.dies {
		o.die(rng, until)
	}
	o.note = fmt.Sprintf("segments %ds window %d target %d cutVideo %v cutAudio %v jitter %v stale %v undated %v avails %d restarts %d",
		o.length/simSecond, o.window, o.target, cutVideo, cutAudio, jitter, o.stale, o.undated, len(avails), len(restarts))
	return o
}

// copyOf is a rendition with the reference's boundaries and numbers.
func (o *simOrigin) copyOf(r int, delay int64, name string) {
	for _, s := range o.segs[simRef] {
		c := *s
		c.out, c.in, c.cont = nil, false, false
		c.published = c.end + delay
		c.uri = fmt.Sprintf("%s/%d/%d", name, c.epoch, c.sequence)
		o.segs[r] = append(o.segs[r], &c)
	}
}

func simAvails(rng *rand.Rand, until int64, faults simFaults) []simAvail {
	const f = 40_000
	var list []simAvail
	t := 20*simSecond + rng.Int63n(60*simSecond)
	for id := 1; t < until-200*simSecond; id++ {
		length := frame(8*simSecond+rng.Int63n(110*simSecond), f)
		a := simAvail{start: frame(t, f), noCont: rng.Intn(2) == 0}
		a.end = a.start + length
		a.cue.id = fmt.Sprintf("ev%d", id)
		if rng.Intn(4) == 0 {
			a.cue.id = ""
		}
		if faults.sameID {
			a.cue.id = "1"
		}
		if rng.Intn(3) > 0 {
			a.cue.announced = length / 1000
			switch k := rng.Intn(10); {
			case k < 2:
				a.end = min(a.end, a.start+frame(simSecond/2+rng.Int63n(length), f))
			case k < 4:
				a.end += frame(simSecond+rng.Int63n(20*simSecond), f)
			case k == 4:
				a.noIn = true
			}
		}
		if rng.Intn(5) == 0 && a.cue.id != "" && a.end-a.start > 10*simSecond {
			a.repeat = a.start + 2*simSecond + rng.Int63n(a.end-a.start-4*simSecond)
		}
		if faults.lateMarkers && rng.Intn(6) == 0 && a.repeat == 0 {
			a.lateBy = simSecond + rng.Int63n(8*simSecond)
		}
		if rng.Intn(8) == 0 && a.end-a.start > 12*simSecond && a.lateBy == 0 {
			// another event begins inside
			b := a
			at := a.start + frame(4*simSecond+rng.Int63n(a.end-a.start-8*simSecond), f)
			a.end, a.noIn, a.repeat = at, true, 0
			b.start, b.repeat = at, 0
			b.cue = simCue{id: a.cue.id + "x"}
			if rng.Intn(2) == 0 {
				b.cue.announced = (b.end - b.start) / 1000
			}
			if a.cue.id != "" {
				list = append(list, a, b)
				a = b
			} else {
				a.end, a.noIn = b.end, b.noIn
				list = append(list, a)
			}
		} else {
			list = append(list, a)
		}
		t = a.end
		switch rng.Intn(8) {
		case 0: // back to back
		case 1:
			t += rng.Int63n(6 * simSecond)
		default:
			t += 20*simSecond + rng.Int63n(150*simSecond)
		}
		if a.noIn && a.cue.announced > 0 {
			t = max(t, a.start+a.cue.announced*1000)
		}
		if a.lateBy > 0 {
			t = max(t, a.end+20*simSecond)
		}
	}
	return list
}

// simBreaks are the origin's own discontinuities and restarts, in and near
// avails.
func simBreaks(rng *rand.Rand, avails []simAvail, faults simFaults) (discs, restarts map[int64]bool) {
	const f = 40_000
	discs, restarts = map[int64]bool{}, map[int64]bool{}
	for _, a := range avails {
		if faults.discontinuities {
			if rng.Intn(4) == 0 {
				discs[a.start+frame(rng.Int63n(a.end-a.start), f)] = true
			}
			if rng.Intn(6) == 0 {
				discs[a.start] = true
			}
			if rng.Intn(6) == 0 {
				discs[a.end] = true
			}
			if rng.Intn(6) == 0 {
				discs[a.start+frame(rng.Int63n(2*simSecond)-simSecond, f)] = true
			}
			if rng.Intn(6) == 0 {
				discs[a.end+frame(rng.Int63n(2*simSecond)-simSecond, f)] = true
			}
		}
		if faults.restarts && rng.Intn(12) == 0 {
			restarts[a.start+frame(rng.Int63n(2*(a.end-a.start)), f)] = true
		}
	}
	for d := range restarts {
		delete(discs, d)
	}
	return discs, restarts
}

// lay cuts a rendition into segments.
func (o *simOrigin) lay(rng *rand.Rand, r int, until, delay int64, forced []int64, discs, restarts map[int64]bool, jitter bool) {
	const f, audio = 40_000, 21_333
	lengths := []int64{1_920_000 * (o.length / (2 * simSecond)), 2_005_333 * (o.length / (2 * simSecond))}
	name := []string{"v0", "v1", "a", "t"}[r]
	sequence, number, epoch := int64(rng.Intn(1000)), int64(0), 0
	next := 0
	for t, k := int64(0), 0; t < until; k++ {
		for next < len(forced) && forced[next] <= t {
			next++
		}
		d := o.length
		switch {
		case r == simAudio:
			d = frame(lengths[k%2], audio)
		case jitter:
			d = frame(d-rng.Int63n(o.length/4), f)
		}
		end := t + d
		if next < len(forced) && forced[next]-end < 120_000 {
			end = forced[next]
		}
		s := &simSegment{start: t, end: end, disc: discs[t]}
		if s.disc {
			number++
		}
		if restarts[t] {
			epoch++
			sequence, number = int64(rng.Intn(3)), 0
		}
		s.epoch, s.sequence, s.number = epoch, sequence, number
		s.published = end + delay
		s.uri = fmt.Sprintf("%s/%d/%d.ts", name, epoch, sequence)
		o.segs[r] = append(o.segs[r], s)
		t = end
		sequence++
	}
}

// lose takes one marker in eight away.
func (o *simOrigin) lose(rng *rand.Rand, r int) {
	for _, s := range o.segs[r] {
		if (s.out != nil || s.in) && rng.Intn(8) == 0 {
			s.out, s.in = nil, false
		}
	}
}

// mark puts the markers of the avails on a rendition.
func (o *simOrigin) mark(r int, avails []simAvail) {
	l := o.segs[r]
	at := func(t int64) int { return sort.Search(len(l), func(i int) bool { return l[i].start >= t }) }
	for _, a := range avails {
		i, j := at(a.start), at(a.end)
		if i >= len(l) {
			continue
		}
		cue := a.cue
		l[i].out, l[i].lateBy = &cue, a.lateBy
		for x := i + 1; x < j && x < len(l); x++ {
			l[x].cont = !a.noCont
			if a.repeat > 0 && l[x].start <= a.repeat && a.repeat < l[x].end && l[x].out == nil {
				l[x].out = &cue
			}
		}
		if !a.noIn && j < len(l) {
			l[j].in = true
		}
	}
}

// at gives the compiled playlist of a rendition at a time; nil before there is
// one. A stale edge answers with an older state.
func (o *simOrigin) at(r int, t int64) *hls.Template {
	l := o.segs[r]
	n := sort.Search(len(l), func(i int) bool { return l[i].published > t })
	if n == 0 {
		return nil
	}
	from := max(0, n-o.window)
	for l[from].epoch != l[n-1].epoch {
		from++
	}
	var late strings.Builder
	for i := from; i < n; i++ {
		if l[i].lateBy > 0 && t < l[i].published+l[i].lateBy {
			fmt.Fprint(&late, " ", i)
		}
	}
	key := fmt.Sprint(r, " ", from, " ", n, late.String())
	if c := o.cache[key]; c != nil {
		return c
	}
	if len(o.cache) > 400 {
		clear(o.cache)
	}
	base := &url.URL{Scheme: "http", Host: "origin", Path: "/live/"}
	c, err := hls.Compile(o.text(r, from, n, t), hls.Options{Base: base})
	if err != nil {
		panic(err)
	}
	o.cache[key] = c
	return c
}

// text writes a playlist as packagers do.
func (o *simOrigin) text(r, from, n int, t int64) []byte {
	l := o.segs[r]
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:%d\n#EXT-X-MEDIA-SEQUENCE:%d\n", o.target, l[from].sequence)
	before := l[from].number
	if l[from].disc {
		before--
	}
	fmt.Fprintf(&b, "#EXT-X-DISCONTINUITY-SEQUENCE:%d\n", before)
	for i := from; i < n; i++ {
		s := l[i]
		if s.disc {
			b.WriteString("#EXT-X-DISCONTINUITY\n")
		}
		if s.in {
			b.WriteString("#EXT-X-CUE-IN\n")
		}
		if s.cont && s.out == nil {
			b.WriteString("#EXT-X-CUE-OUT-CONT\n")
		}
		if s.out != nil && (s.lateBy == 0 || t >= s.published+s.lateBy) {
			cue := "#EXT-X-CUE-OUT"
			var attrs []string
			if s.out.announced > 0 {
				attrs = append(attrs, fmt.Sprintf("DURATION=%d.%03d", s.out.announced/1000, s.out.announced%1000))
			}
			if s.out.id != "" {
				attrs = append(attrs, `BREAKID="`+s.out.id+`"`)
			}
			if len(attrs) > 0 {
				cue += ":" + strings.Join(attrs, ",")
			}
			b.WriteString(cue + "\n")
		}
		if !o.undated {
			fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n", simTime(s.start+500).UTC().Format("2006-01-02T15:04:05.000Z"))
		}
		fmt.Fprintf(&b, "#EXTINF:%d.%03d,\n%s\n", s.ms()/1000, s.ms()%1000, s.uri)
	}
	return []byte(b.String())
}
