package matrix

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"stitcher/internal/manifest/dash/check"
	"stitcher/internal/manifest/dash/check/listing"
)

// dashClient is a strict player of an MPD: it polls, remembers all that it was shown,
// holds every answer to the laws (dash-players: P, T, U), and asks for every ad segment
// once.
type dashClient struct {
	w       *world
	channel *dashChannel
	url     string
	id      string
	last    *mpd
	body    string
	tag     string
	// periods are all that were shown, by id; order is their ids.
	periods map[string]*shownPeriod
	order   []string
	latest  time.Duration
	fetched map[string]bool
	// broken are the laws that were broken, each with its first case.
	broken map[string]string
	polls  int
	// early is set where the origin takes content back that it has listed.
	moved bool
	// listing is the last MPD as dash reads it; excused are rules that the origin breaks.
	listing *listing.Listing
	excused []string
	// texts are the MPDs that it was given.
	texts [][]byte
}

// shownPeriod is a Period as it was shown.
type shownPeriod struct {
	id         string
	start, end time.Duration // end is that of the last MPD that had it
	ad         bool
	// fixed must not change: start, sets, Representations, offsets.
	fixed string
	// segments are the URLs by Representation and media time; first the earliest, last the latest.
	segments map[string]map[int64]shownSegment
	sets     []mpdSet
}

const forever = time.Duration(1) << 60

// open has a configuration of the channel, and a session of it.
func (c *dashChannel) open(query string, extra ...any) *dashClient {
	c.w.t.Helper()
	c.w.shelf.fmp4 = true
	if !c.multi {
		extra = append(extra, "DashConfiguration", map[string]any{"OriginManifestType": "SINGLE_PERIOD", "MpdLocation": "EMT_DEFAULT"})
	}
	c.w.configure(originURL+"/live", extra...)
	c.serve("origin.example")
	return c.watch(query)
}

// watch starts a session of the channel.
func (c *dashChannel) watch(query string) *dashClient {
	c.w.t.Helper()
	a := c.w.get("http://viewer.example/v1/dash/" + c.w.hash + "/" + configuration + "/c.mpd" + query)
	if a.Code != http.StatusFound {
		c.w.t.Fatalf("first request: %d %s", a.Code, a.Body)
	}
	return c.play(a.Header().Get("Location"))
}

// play is a player of a session's URL.
func (c *dashChannel) play(url string) *dashClient {
	x := &dashClient{w: c.w, channel: c, url: url, periods: map[string]*shownPeriod{}, fetched: map[string]bool{}, broken: map[string]string{}}
	_, x.id, _ = strings.Cut(url, "aws.sessionId=")
	return x
}

func (c *dashClient) violate(law, format string, args ...any) {
	if _, ok := c.broken[law]; !ok {
		c.broken[law] = fmt.Sprintf("at %v: ", ago+c.w.now()) + fmt.Sprintf(format, args...) + "\nin\n" + c.body
	}
}

// follow polls every two seconds for a time.
func (c *dashClient) follow(d time.Duration) {
	c.w.t.Helper()
	for end := c.w.now() + d; c.w.now() < end; c.w.until(c.w.now() + 2*time.Second) {
		c.poll()
	}
}

// report fails the test by the laws that were broken.
func (c *dashClient) report() {
	c.w.t.Helper()
	for law, text := range c.broken {
		c.w.t.Errorf("%s: %s", law, text)
	}
}

func (c *dashClient) poll() {
	c.w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, c.url, nil)
	if err != nil {
		c.w.t.Fatal(err)
	}
	if c.tag != "" {
		r.Header.Set("If-None-Match", c.tag)
	}
	a := c.w.serve(r)
	c.polls++
	switch a.Code {
	case http.StatusNotModified:
		return
	case http.StatusOK:
	default:
		c.violate("status", "%d %s", a.Code, a.Body)
		return
	}
	c.tag = a.Header().Get("Etag")
	if before := c.body; before == a.Body.String() {
		c.violate("ETag", "the MPD is the same under another tag")
	}
	var m mpd
	c.body = a.Body.String()
	if err := xml.Unmarshal(a.Body.Bytes(), &m); err != nil {
		c.violate("XML", "%v", err)
		return
	}
	c.check(&m)
	c.lint(a.Body.Bytes())
	c.texts = append(c.texts, a.Body.Bytes())
	c.last = &m
}

// lint holds the rules that are code, on an MPD and on what it changes.
func (c *dashClient) lint(text []byte) {
	base, err := url.Parse(c.url)
	if err != nil {
		c.w.t.Fatal(err)
	}
	l, found := listing.Read(text, listing.Options{Base: base, Now: time.Now().UnixMicro()})
	if found = append(found, check.MPD(l)...); c.listing != nil {
		found = append(found, check.Update(c.listing, l)...)
	}
	for _, v := range found {
		if !slices.Contains(c.excused, v.Rule) {
			c.violate(v.Rule, "%s", v)
		}
	}
	c.listing = l
}

// check holds one MPD and all that was shown before to the laws.
func (c *dashClient) check(m *mpd) {
	if m.ID != c.id {
		c.violate("MPD@id", "%q, the session is %q", m.ID, c.id)
	}
	if len(m.Location) != 1 || m.Location[0] != c.url {
		c.violate("U7 Location", "%q, want %q", m.Location, c.url)
	}
	if len(m.Patch) > 0 {
		c.violate("U4 PatchLocation", "%q", m.Patch)
	}
	if len(m.Periods) == 0 {
		c.violate("P4 no Period", "")
		return
	}
	if c.last != nil {
		if !instant(m.Available).Equal(instant(c.last.Available)) {
			c.violate("P2 availabilityStartTime", "from %s to %s", c.last.Available, m.Available)
		}
		if !instant(m.Published).After(instant(c.last.Published)) && m.Type == "dynamic" {
			c.violate("U3 publishTime does not grow", "from %s to %s", c.last.Published, m.Published)
		}
		c.kept(m)
	}
	starts := make([]time.Duration, len(m.Periods)+1)
	for i := range m.Periods {
		at, ok := duration(m.Periods[i].Start)
		if !ok {
			c.violate("Period@start", "%q", m.Periods[i].Start)
		}
		starts[i] = at
	}
	starts[len(m.Periods)] = forever
	if total, ok := duration(m.Total); ok && m.Type == "static" {
		starts[len(m.Periods)] = total
	}
	for i := range m.Periods {
		c.period(m, i, starts[i], starts[i+1])
	}
}

// instant is a time of an MPD; what is none is the zero time.
func instant(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

// kept holds that Periods leave at the head only, when the window has left them, and
// that consecutive MPDs overlap.
func (c *dashClient) kept(m *mpd) {
	first := slices.IndexFunc(c.last.Periods, func(p mpdPeriod) bool { return p.ID == m.Periods[0].ID })
	if first < 0 {
		c.violate("2 consecutive MPDs do not overlap", "%s after %s", m.Periods[0].ID, c.last.Periods[0].ID)
		return
	}
	head := c.head()
	for _, p := range c.last.Periods[:first] {
		if end := c.periods[p.ID].end; end > head+2*time.Second {
			c.violate("2 a Period was removed early", "%s ends at %v, the window begins at %v", p.ID, end, head)
		}
	}
	for i, p := range c.last.Periods[first:] {
		if i >= len(m.Periods) || m.Periods[i].ID != p.ID {
			c.violate("2 a Period was removed", "%s\nafter\n", p.ID)
			return
		}
	}
}

// head is where the window of the origin begins.
func (c *dashClient) head() time.Duration {
	if c.channel.ends > 0 {
		return 0
	}
	return ago + c.w.now() - c.channel.window - c.channel.delay
}

func (c *dashClient) period(m *mpd, i int, start, until time.Duration) {
	p := &m.Periods[i]
	known := c.periods[p.ID]
	if known == nil {
		if start < c.latest {
			c.violate("P1 a new Period begins before one that was published", "%s at %v, before %v", p.ID, start, c.latest)
		}
		known = &shownPeriod{id: p.ID, start: start, segments: map[string]map[int64]shownSegment{}}
		c.periods[p.ID] = known
		c.order = append(c.order, p.ID)
	}
	c.latest = max(c.latest, start)
	if start >= until {
		c.violate("P1 Periods out of order", "%s at %v, the next at %v", p.ID, start, until)
	}
	if d, ok := duration(p.Duration); ok && until != forever && (d-(until-start)).Abs() > time.Second/15 {
		c.violate("P3 Period@duration", "%s is %v long and says %v", p.ID, until-start, d)
	}
	known.end, known.sets = until, p.Sets
	fixed := fmt.Sprint(start)
	var kinds []string
	for k := range p.Sets {
		s := &p.Sets[k]
		fixed += " " + s.ID
		kinds = append(kinds, s.Kind)
		c.mirrors(p, k)
		if len(s.Tracks) == 0 {
			c.violate("P4 a set without Representations", "%s %s", p.ID, s.ID)
		}
		for j := range s.Tracks {
			fixed += " " + c.track(m, p, s, &s.Tracks[j], known, until)
		}
	}
	if !slices.Contains(kinds, "video") || !slices.Contains(kinds, "audio") {
		c.violate("P4 no picture or no sound", "%s has %q", p.ID, kinds)
	}
	if known.fixed != "" && known.fixed != fixed {
		c.violate("P2 a Period changed", "%s from %s to %s", p.ID, known.fixed, fixed)
	}
	known.fixed = fixed
	for _, s := range p.Streams {
		if strings.HasPrefix(s.Scheme, "urn:scte:scte35") {
			c.violate("U13 SCTE-35 is shown", "%s", s.Scheme)
		}
	}
	if known.ad && until != forever && until-start < 2*time.Second {
		c.violate("P6 an ad's Period is shorter than 2 s", "%s is %v long", p.ID, until-start)
	}
}

// mirrors holds that a set is that of the channel: T1 to T6.
func (c *dashClient) mirrors(p *mpdPeriod, k int) {
	s := &p.Sets[k]
	if len(p.Sets) != len(c.channel.tracks) {
		c.violate("T5 sets are missing", "%s has %d of %d", p.ID, len(p.Sets), len(c.channel.tracks))
		return
	}
	t := c.channel.tracks[k]
	var ids, roles []string
	for i := range s.Tracks {
		ids = append(ids, s.Tracks[i].ID)
		codecs := s.Tracks[i].Codecs
		if codecs == "" {
			codecs = s.Codecs
		}
		if codec, _, _ := strings.Cut(codecs, "."); codec != strings.Split(t.codecs, ".")[0] {
			c.violate("T2 codecs", "%s %s has %s, content %s", p.ID, s.Tracks[i].ID, codecs, t.codecs)
		}
	}
	for _, r := range s.Roles {
		roles = append(roles, r.Value)
	}
	if s.ID != t.id || s.Kind != t.kind || s.Lang != t.lang || strings.Join(roles, " ") != t.role || !slices.Equal(ids, t.representations) {
		c.violate("T a set is not like the content's", "%s set %s", p.ID, s.ID)
	}
	for _, x := range s.Inband {
		if x.Scheme == "urn:mpeg:dash:event:2012" {
			c.violate("U6 in-band MPD events", "%s", p.ID)
		}
	}
}

// track holds what is listed of a Representation, and gives what must not change of it.
func (c *dashClient) track(m *mpd, p *mpdPeriod, s *mpdSet, r *mpdTrack, known *shownPeriod, until time.Duration) string {
	base := ""
	for _, list := range [][]string{m.Base, p.Base, s.Base, r.Base} {
		if len(list) > 0 {
			base = resolveURL(base, list[0])
		}
	}
	if r.Single != nil {
		return fmt.Sprint(r.ID, " ", r.Single.Scale, " ", r.Single.Offset)
	}
	list, err := s.segments(r, base, known.start, until, c.head(), ago+c.w.now())
	if err != nil {
		c.violate("U1", "%s: %v", p.ID, err)
	}
	if len(list) == 0 {
		c.violate("P5 a Representation without segments", "%s %s", p.ID, r.ID)
		return r.ID
	}
	seen := known.segments[r.ID]
	if seen == nil {
		seen = map[int64]shownSegment{}
		known.segments[r.ID] = seen
	}
	if known.fixed == "" {
		known.ad = strings.Contains(list[0].url, "/v1/dashsegment/")
	}
	var newest int64
	for at := range seen {
		newest = max(newest, at)
	}
	for i := range list {
		x := &list[i]
		if was, ok := seen[x.at]; ok && (was.url != x.url || was.end != x.end) {
			c.violate("1 a segment changed", "%s %s at %d: %s to %d, then %s to %d", p.ID, r.ID, x.at, was.url, was.end, x.url, x.end)
		}
		seen[x.at] = *x
		ad := strings.Contains(x.url, "/v1/dashsegment/")
		if ad != known.ad {
			c.violate("3 ads and content in one Period", "%s %s", p.ID, x.url)
		}
		if ad {
			c.adSegment(x.url)
		} else {
			c.content(p, r, x)
		}
		if i > 0 && list[i-1].end != x.at && !ad {
			c.violate("P12 a gap", "%s %s between %d and %d", p.ID, r.ID, list[i-1].end, x.at)
		}
	}
	last := &list[len(list)-1]
	if last.at < newest && near(last.to(), until, forever) && last.to().Cmp(rat(until)) < 0 {
		c.violate("2 segments were taken back", "%s %s from %d to %d", p.ID, r.ID, newest, last.at)
	}
	if last.from().Cmp(rat(until)) >= 0 {
		c.violate("segments after the end of their Period", "%s %s %s", p.ID, r.ID, last.url)
	}
	// Where the Period has a successor it is whole; its beginning is listed while the
	// window has it.
	frame := 45 * time.Millisecond
	if until != forever && !near(last.to(), until, frame) && last.to().Cmp(rat(until)) < 0 {
		c.violate("P12 the end of a Period is missing", "%s %s ends at %s, the Period at %v", p.ID, r.ID, last.to().FloatString(3), until)
	}
	if first := list[0].from(); first.Cmp(rat(max(known.start, c.head()+2*time.Second)+frame)) > 0 {
		c.violate("P8 the beginning of a Period is missing", "%s %s begins at %s, the Period at %v", p.ID, r.ID, first.FloatString(3), known.start)
	}
	return fmt.Sprint(r.ID, " ", last.scale, " ", last.offset)
}

// content holds that a segment of content stands at its time of the origin's timeline.
func (c *dashClient) content(p *mpdPeriod, r *mpdTrack, x *shownSegment) {
	t, n, ok := c.channel.find(x.url)
	if !ok {
		c.violate("a segment that the origin does not have", "%s", x.url)
		return
	}
	if x.at != t.zero+t.start(n) || x.end != t.zero+t.ends[n] {
		c.violate("a segment's media time", "%s %s: %s at %d to %d, the origin has %d to %d", p.ID, r.ID, x.url, x.at, x.end, t.zero+t.start(n), t.zero+t.ends[n])
	}
	// Media time less presentation time is the origin's, to a tick or a microsecond.
	off := x.offset - t.zero - ticks(x.start, t.scale)
	if slack := max(1, t.scale/1_000_000+1); (off < -slack || off > slack) && !c.moved {
		c.violate("6 time is not conserved", "%s %s is off by %d ticks of %d", p.ID, r.ID, off, t.scale)
	}
}

// adSegment asks for an ad segment once.
func (c *dashClient) adSegment(url string) {
	if c.fetched[url] {
		return
	}
	c.fetched[url] = true
	if a := c.w.get(url); a.Code != http.StatusFound || !strings.Contains(a.Header().Get("Location"), "/tm/") {
		c.violate("an ad segment cannot be fetched", "%s: %d %s", url, a.Code, a.Body)
	}
}

// ads are the Periods of ads that begin within a range, in order.
func (c *dashClient) ads(from, to time.Duration) []*shownPeriod {
	var out []*shownPeriod
	for _, id := range c.order {
		if p := c.periods[id]; p.ad && p.start >= from && p.start < to {
			out = append(out, p)
		}
	}
	return out
}

// complete holds that what was shown covers a range of time with picture: content where
// the origin has content, ads or content in breaks.
func (c *dashClient) complete(from, to time.Duration) {
	type stretch struct{ from, to time.Duration }
	var all []stretch
	for _, p := range c.periods {
		for _, x := range p.segments["v-low"] {
			at, end := seconds(x.from()), seconds(x.to())
			all = append(all, stretch{max(at, p.start), min(end, p.end)})
		}
	}
	slices.SortFunc(all, func(a, b stretch) int { return int(a.from - b.from) })
	at := from
	for _, s := range all {
		if s.from > at+40*time.Millisecond && at < to && s.from > from {
			c.violate("a hole", "from %v to %v", at, s.from)
		}
		at = max(at, s.to)
	}
	if at < to {
		c.violate("a hole", "from %v to %v", at, to)
	}
}
