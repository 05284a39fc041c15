package stitch

import (
	"encoding/xml"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/check"
	"stitcher/internal/manifest/dash/check/listing"
	"stitcher/internal/manifest/dash/check/rule"
	"stitcher/internal/playback"
)

// mpdClient is a strict viewer of an MPD: it remembers everything that it was shown.
type mpdClient struct {
	playback  *playback.Session
	next      int64
	periods   map[string]*seenPeriod
	last      *seenMPD
	listing   *listing.Listing // of last
	published time.Time
	latest    int64 // the greatest start of a Period
	booked    map[avail.Key]bool
	body      []byte // of last
	broken    int    // laws by then
	traced    bool
	plan      string // how body was planned, for a trace
	planned   string // how the one before was
}

// seenPeriod is a Period as it was first shown, and how far it was listed.
type seenPeriod struct {
	start   int64
	offsets map[string]int64 // by AdaptationSet
	edges   map[string]int64 // the end of what was listed, in the timescale
	inits   map[string]string
}

// seenMPD is an MPD, as encoding/xml reads it.
type seenMPD struct {
	XMLName   xml.Name       `xml:"MPD"`
	Start     string         `xml:"availabilityStartTime,attr"`
	Published string         `xml:"publishTime,attr"`
	Periods   []listedPeriod `xml:"Period"`
}

type listedPeriod struct {
	ID       string      `xml:"id,attr"`
	Start    string      `xml:"start,attr"`
	Duration string      `xml:"duration,attr"`
	Sets     []listedSet `xml:"AdaptationSet"`
}

type listedSet struct {
	ID       string        `xml:"id,attr"`
	Template seenTemplate  `xml:"SegmentTemplate"`
	Tracks   []listedTrack `xml:"Representation"`
}

type listedTrack struct {
	ID       string       `xml:"id,attr"`
	Template seenTemplate `xml:"SegmentTemplate"`
}

type seenTemplate struct {
	Timescale int64  `xml:"timescale,attr"`
	Offset    int64  `xml:"presentationTimeOffset,attr"`
	Number    int64  `xml:"startNumber,attr"`
	Duration  int64  `xml:"duration,attr"`
	Media     string `xml:"media,attr"`
	Init      string `xml:"initialization,attr"`
	Timeline  *struct {
		S []struct {
			T *int64 `xml:"t,attr"`
			D int64  `xml:"d,attr"`
			R int64  `xml:"r,attr"`
		} `xml:"S"`
	} `xml:"SegmentTimeline"`
}

// span is the first and the last time that a timeline lists.
func (t *seenTemplate) span() (from, to int64, ok bool) {
	if t.Timeline == nil || len(t.Timeline.S) == 0 {
		return 0, 0, false
	}
	at := int64(0)
	for i, s := range t.Timeline.S {
		if s.T != nil {
			at = *s.T
		}
		if i == 0 {
			from = at
		}
		at += s.D * (s.R + 1)
	}
	return from, at, true
}

// instant is an xs:dateTime in Unix microseconds; 0 is none.
func instant(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0
	}
	return t.UnixMicro()
}

var iso = regexp.MustCompile(`^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?$`)

// mpdMicros reads a duration.
func mpdMicros(s string) (int64, bool) {
	m := iso.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n := func(s string) int64 { v, _ := strconv.ParseInt("0"+s, 10, 64); return v }
	fraction := (m[4] + "000000")[:6]
	return (n(m[1])*3600+n(m[2])*60+n(m[3]))*simSecond + n(fraction), true
}

func (w *mpdWorld) join() {
	c := &mpdClient{periods: map[string]*seenPeriod{}, booked: map[avail.Key]bool{}, next: w.t, playback: &playback.Session{
		ID: fmt.Sprintf("s%d", w.rng.Int63()), Number: uint64(w.rng.Int63n(1 << 40)), Protocol: playback.DASH,
	}}
	if w.faults.own {
		c.playback.PreRoll = c.playback.Number%3 == 0
		if n := c.playback.Number / 3 % 8; n < 3 {
			c.playback.Suppression = playback.Suppression{
				Behind: n == 0, After: n > 0, Partial: n == 2, Value: int64(c.playback.Number/24%600) * simSecond,
			}
		}
	}
	w.clients = append(w.clients, c)
}

// check holds the laws on one MPD and all that was shown before.
func (c *mpdClient) check(w *mpdWorld, body []byte) {
	var m seenMPD
	if err := xml.Unmarshal(body, &m); err != nil {
		w.violate("not XML", "%v", err)
		return
	}
	c.lint(w, body)
	if c.last != nil && instant(m.Start) != instant(c.last.Start) {
		w.violate("P2 availabilityStartTime changed", "%s %s", c.last.Start, m.Start)
	}
	published, err := time.Parse(time.RFC3339Nano, m.Published)
	if err != nil || published.Before(c.published) {
		w.violate("U3 publishTime fell", "from %s to %s", c.published, m.Published)
	}
	c.published = published
	end := int64(-1)
	for i := range m.Periods {
		p := &m.Periods[i]
		start, ok := mpdMicros(p.Start)
		if !ok {
			w.violate("start of a Period", "%s %q", p.ID, p.Start)
			continue
		}
		if start < end {
			w.violate("P1 Periods out of order", "%s begins at %d, after %d", p.ID, start, end)
		}
		end = start
		known := c.periods[p.ID]
		if known == nil {
			if start < c.latest {
				w.violate("P1 a new Period begins before one that was published", "%s at %d, the latest at %d", p.ID, start, c.latest)
			}
			known = &seenPeriod{start: start, offsets: map[string]int64{}, edges: map[string]int64{}, inits: map[string]string{}}
			c.periods[p.ID] = known
		}
		c.latest = max(c.latest, start)
		if known.start != start {
			w.violate("P2 a Period moved", "%s from %d to %d", p.ID, known.start, start)
		}
		until := int64(1) << 60
		if i+1 < len(m.Periods) {
			until, _ = mpdMicros(m.Periods[i+1].Start)
		}
		c.period(w, &m, i, known, start, until)
	}
	if c.last != nil {
		c.removed(w, &m)
	}
	if before := c.body; *simTrace && !c.traced && len(w.violations()) > c.broken {
		c.traced = true
		fmt.Fprintf(os.Stderr, "--- %v\n== before\n%s%s\n== now t=%.2f\n%s%s\n", w.violations(), before, c.planned, float64(w.t)/1e6, body, c.plan)
	}
	c.broken = len(w.violations())
	c.last, c.body, c.planned = &m, body, c.plan
}

// lint holds the rules that are code.
func (c *mpdClient) lint(w *mpdWorld, body []byte) {
	l, found := listing.Read(body, listing.Options{Now: mpdEpoch + w.t})
	if found = append(found, check.MPD(l)...); c.listing != nil {
		found = append(found, check.Update(c.listing, l)...)
	}
	for _, v := range found {
		law := v.Rule
		switch {
		case law == rule.TailMissing && !v.Ad && w.faults.restarts:
			law = "note: " + law // of segments that the origin listed just before it began anew nobody knows
		case law == rule.PublishTimeSame && w.faults.moves:
			law = "note: " + law // the origin's start is written in another way, and is the same
		}
		w.violate(law, "%s %s", c.playback.ID, v)
	}
	c.listing = l
}

// removed holds that nothing leaves but at the head.
func (c *mpdClient) removed(w *mpdWorld, m *seenMPD) {
	if len(m.Periods) == 0 {
		w.violate("P4 no Period", "")
		return
	}
	first := slices.IndexFunc(c.last.Periods, func(p listedPeriod) bool {
		return p.ID == m.Periods[0].ID
	})
	if first < 0 {
		w.violate("2 consecutive MPDs do not overlap", "%s: %s (%s) after %s (%s)", c.playback.ID, m.Periods[0].ID, c.plan, c.last.Periods[0].ID, c.planned)
		return
	}
	for i, p := range c.last.Periods[first:] {
		if i >= len(m.Periods) || m.Periods[i].ID != p.ID {
			w.violate("2 a Period was removed", "%s", p.ID)
			return
		}
	}
}

func (c *mpdClient) period(w *mpdWorld, m *seenMPD, i int, known *seenPeriod, start, until int64) {
	p := &m.Periods[i]
	ad := strings.Contains(p.ID, "_") && !strings.ContainsAny(p.ID, "pcb")
	if len(p.Sets) != 2 {
		w.violate("P4 AdaptationSets are missing", "%s has %d", p.ID, len(p.Sets))
		return
	}
	for k := range p.Sets {
		set := &p.Sets[k]
		if len(set.Tracks) != 2-k {
			w.violate("T1 Representations are missing", "%s set %s has %d", p.ID, set.ID, len(set.Tracks))
			continue
		}
		for j := range set.Tracks {
			track := &set.Tracks[j]
			t := track.Template
			if t.Media == "" {
				t = set.Template
			}
			if want := []string{"v0", "v1", "a0"}[k*2+j]; track.ID != want {
				w.violate("T1 Representation ids differ", "%s has %s, want %s", p.ID, track.ID, want)
			}
			if isAd := strings.Contains(t.Media, "/v1/dashsegment/"); isAd != ad {
				w.violate("ad media outside of an ad's Period", "%s %s", p.ID, t.Media)
			}
			c.track(w, p.ID, track.ID, known, &t, start, until, ad)
		}
	}
}

// track holds what is listed of one Representation.
func (c *mpdClient) track(w *mpdWorld, period, id string, known *seenPeriod, t *seenTemplate, start, until int64, ad bool) {
	if offset, ok := known.offsets[id]; ok && offset != t.Offset {
		w.violate("P2 presentationTimeOffset changed", "%s %s from %d to %d", period, id, offset, t.Offset)
	}
	known.offsets[id] = t.Offset
	if init, ok := known.inits[id]; ok && init != t.Init {
		w.violate("the initialization section changed", "%s %s", period, id)
	}
	known.inits[id] = t.Init
	if t.Timeline == nil {
		if ad || t.Duration == 0 {
			w.violate("U1 an ad without SegmentTimeline", "%s", period)
		}
		return
	}
	from, to, ok := t.span()
	if !ok {
		w.violate("P5 a Representation without segments", "%s %s", period, id)
		return
	}
	scale := t.Timescale
	at := func(ticks int64) int64 { return start + (ticks-t.Offset)*simSecond/scale }
	// P10: where the next Period begins early, this one ends there.
	if edge := known.edges[id]; to < edge && at(to) < until {
		w.violate("2 segments were taken back", "%s %s from %d to %d", period, id, edge, to)
	}
	known.edges[id] = to
	frame := int64(45_000)
	if at(from) >= until {
		w.violate("segments after the end of their Period", "%s %s %d", period, id, from)
	}
	if ad {
		return
	}
	// What the window has of content is listed without gaps up to the next Period.
	head := w.t - w.origin.window - w.origin.delay
	if at(from) > max(start, head)+4*w.origin.target+frame {
		w.violate("P8 content is missing at the start of a Period", "%s %s begins at %.3f, the Period at %.3f", period, id, float64(at(from))/1e6, float64(start)/1e6)
	}
	if until < 1<<60 && at(to) < until-frame && !slices.Contains(w.origin.restarts, until) {
		w.violate("P12 content is missing at the end of a Period", "%s %s ends at %.3f, the Period at %.3f", period, id, float64(at(to))/1e6, float64(until)/1e6)
	}
	if !strings.Contains(period, "_") || w.faults.moves { // the first start counts, whatever it was
		return
	}
	// Content after ads has the origin's clock: media time and stream time agree.
	if drift := w.origin.began(start+w.origin.target) + t.Offset*simSecond/scale - start; drift < -2*simSecond/scale || drift > 2*simSecond/scale {
		w.violate("6 time is not conserved", "%s %s is off by %d µs", period, id, drift)
	}
}

// book holds the law of accounting.
func (w *mpdWorld) book(c *mpdClient, a avail.Account) {
	if n := a.Balance(); n != 0 {
		w.violate("account is open", "%s: %+v leaves %d", a.Key, a, n)
	}
	for _, u := range a.Unfilled {
		if u.Duration < 0 || !slices.Contains(avail.Reasons(), u.Reason) {
			w.violate("account without reason", "%s: %+v", a.Key, a)
		}
	}
	if c.booked[a.Key] {
		w.violate("account is closed twice", "%s: %+v", a.Key, a)
	}
	c.booked[a.Key] = true
	w.violate("note: accounts", "")
	if a.Filled > 0 {
		w.violate("note: accounts of pods", "")
	}
}
