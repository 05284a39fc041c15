package matrix

import (
	"fmt"
	"net/http"
	"sort"
	"strings"
	"time"
)

// addressing is how the MPDs of a channel say where segments are.
type addressing string

const (
	byTime     addressing = "SegmentTimeline, $Time$"
	byNumber   addressing = "SegmentTimeline, $Number$"
	openRepeat addressing = `SegmentTimeline, r="-1"`
	byDuration addressing = "@duration, $Number$"
	byList     addressing = "SegmentList"
	oneFile    addressing = "SegmentBase"
)

// dashTrack is an AdaptationSet of a channel.
type dashTrack struct {
	id, kind, lang, role, codecs string
	// representations are the ids; all have the same segments.
	representations []string
	scale           int64
	// zero is the media time at which the channel begins, first the number of its
	// first segment.
	zero, first int64
	// ends are the ends of the segments in ticks after the channel's beginning.
	ends []int64
}

// dashBreak is a break of a channel: where it is, and when it is told.
type dashBreak struct {
	id         int
	start, end time.Duration
	// announced is the length that the event tells; 0 is none.
	announced time.Duration
	// seen is when the event appears before the break, ended when its end is known:
	// both before the break's start and end.
	seen, ended time.Duration
}

// dashChannel is a live origin of MPDs. Its clock begins ago before the world does.
type dashChannel struct {
	w       *world
	began   time.Time
	address addressing
	event   eventForm
	// multi has a Period begin where a break begins or ends; else cuts are where
	// Periods begin, for other reasons.
	multi bool
	cuts  []time.Duration
	// slides has the first Period begin with the window, and its media time with it.
	slides bool
	// everywhere repeats the events of the window in every Period.
	everywhere bool
	tracks     []*dashTrack
	breaks     []dashBreak
	window     time.Duration
	delay      time.Duration
	ends       time.Duration
	// stops, where it is not 0, is when the channel ends: from then on its MPD is static.
	stops time.Duration
	// at, where set, is the time that request n, from 1, is answered for.
	at func(n int, now time.Duration) time.Duration
	// edit, where set, changes the answer to request n.
	edit func(n int, now time.Duration, text string) string
	// attributes and inside stand in the MPD's and in each set's start tag; extra in the MPD and
	// in each set.
	attributes, extra, inSet, inTemplate string
	requests                             int
	// texts are its answers.
	texts [][]byte
}

// newDASH makes a channel with picture at 25 frames a second in segments of two seconds,
// and sound in frames of 1024 samples whose segments end near those.
func (w *world) newDASH(address addressing, form eventForm) *dashChannel {
	c := &dashChannel{
		w: w, began: w.began.Add(-ago), address: address, event: form,
		window: 40 * time.Second, delay: 300 * time.Millisecond,
	}
	video := &dashTrack{id: "1", kind: "video", codecs: "avc1.64001f", representations: []string{"v-low", "v-high"}, scale: 90_000, zero: 900_000_000, first: 17}
	audio := &dashTrack{id: "2", kind: "audio", codecs: "mp4a.40.2", lang: "en", role: "main", representations: []string{"a-en"}, scale: 48_000, zero: 480_000_000, first: 17}
	c.tracks = []*dashTrack{video, audio}
	c.lay(10 * time.Minute)
	return c
}

// lay cuts the tracks into segments of about two seconds.
func (c *dashChannel) lay(total time.Duration) {
	const frame = 1024
	for _, t := range c.tracks {
		t.ends = nil
		for at := 2 * time.Second; at <= total; at += 2 * time.Second {
			end := ticks(at, t.scale)
			if t.kind == "audio" && c.address != byDuration && c.address != openRepeat {
				end = (end*48_000/t.scale + frame - 1) / frame * frame * t.scale / 48_000
			}
			t.ends = append(t.ends, end)
		}
	}
}

// avail adds a break that is announced two seconds before it begins.
func (c *dashChannel) avail(at, length time.Duration) *dashChannel {
	c.breaks = append(c.breaks, dashBreak{
		id: len(c.breaks) + 1, start: at, end: at + length, announced: length, seen: 2 * time.Second,
	})
	return c
}

// ticks of a time in a timescale, rounded to the nearest.
func ticks(d time.Duration, scale int64) int64 {
	s, ns := int64(d/time.Second), int64(d%time.Second)
	return s*scale + (ns*scale+int64(time.Second)/2)/int64(time.Second)
}

// start is where segment n begins, in ticks after the channel's beginning.
func (t *dashTrack) start(n int) int64 {
	if n == 0 {
		return 0
	}
	return t.ends[n-1]
}

// when is a time in ticks as a time.
func (t *dashTrack) when(n int64) time.Duration {
	return time.Duration(n/t.scale)*time.Second + time.Duration(n%t.scale*int64(time.Second)/t.scale)
}

// published is how many segments there are at a time.
func (t *dashTrack) published(at time.Duration) int {
	return sort.Search(len(t.ends), func(i int) bool { return t.when(t.ends[i]) > at })
}

// serve puts the channel behind a host.
func (c *dashChannel) serve(host string) { c.w.net.host(host, c) }

// ServeHTTP implements http.Handler.
func (c *dashChannel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, ".mpd") {
		http.NotFound(w, r)
		return
	}
	c.w.net.mu.Lock()
	c.requests++
	n := c.requests
	c.w.net.mu.Unlock()
	now := time.Since(c.began)
	if c.at != nil {
		now = c.at(n, now)
	}
	if c.stops > 0 {
		now = min(now, c.stops+c.delay)
	}
	text := c.text(now)
	if c.edit != nil {
		text = c.edit(n, now, text)
	}
	c.w.net.mu.Lock()
	c.texts = append(c.texts, []byte(text))
	c.w.net.mu.Unlock()
	w.Header().Set("Content-Type", "application/dash+xml")
	fmt.Fprint(w, text)
}

// dashPeriod is a Period of the origin; end is 0 while it is open.
type dashPeriod struct {
	id         string
	start, end time.Duration
}

// periods are those of the window at a time.
func (c *dashChannel) periods(now time.Duration) []dashPeriod {
	edge := now - c.delay
	cuts := c.cuts
	if c.multi {
		cuts = nil
		for _, b := range c.breaks {
			cuts = append(cuts, b.start)
			if edge >= b.end-b.ended {
				cuts = append(cuts, b.end)
			}
		}
	}
	list := []dashPeriod{{id: "p0"}}
	for i, at := range cuts {
		// A Period is announced with its first segments, or before them where they are
		// not listed.
		first := at + 2100*time.Millisecond
		if c.address == byDuration || c.address == openRepeat {
			first = at
		}
		if edge < first {
			break
		}
		list[len(list)-1].end = at
		list = append(list, dashPeriod{id: fmt.Sprintf("p%d", i+1), start: at})
	}
	if c.ends > 0 {
		list[len(list)-1].end = c.ends
	}
	head := edge - c.window
	for c.ends == 0 && len(list) > 1 && list[0].end <= head {
		list = list[1:]
	}
	if c.slides {
		list[0].start = max(list[0].start, head.Truncate(2*time.Second))
	}
	return list
}

// text is the MPD at a time.
func (c *dashChannel) text(now time.Duration) string {
	var b strings.Builder
	edge := now - c.delay
	kind := fmt.Sprintf(`type="dynamic" availabilityStartTime="%s" publishTime="%s" minimumUpdatePeriod="PT2S" timeShiftBufferDepth="%s" suggestedPresentationDelay="PT10S"`,
		c.date(0), c.date(edge.Truncate(time.Second)), iso(c.window))
	if c.stops > 0 && edge >= c.stops {
		kind = fmt.Sprintf(`type="static" availabilityStartTime="%s" publishTime="%s" mediaPresentationDuration="%s"`, c.date(0), c.date(edge.Truncate(time.Second)), iso(c.stops))
	}
	if c.ends > 0 {
		kind = fmt.Sprintf(`type="static" mediaPresentationDuration="%s"`, iso(c.ends))
	}
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:vendor="urn:example:vendor" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT4S" %s%s>
`, kind, c.attributes)
	b.WriteString(c.extra)
	for _, p := range c.periods(now) {
		c.period(&b, p, edge)
	}
	b.WriteString("</MPD>\n")
	return b.String()
}

func (c *dashChannel) date(at time.Duration) string {
	return c.began.Add(at).UTC().Format("2006-01-02T15:04:05.000Z")
}

// iso is an xs:duration.
func iso(d time.Duration) string { return fmt.Sprintf("PT%.3fS", d.Seconds()) }

func (c *dashChannel) period(b *strings.Builder, p dashPeriod, edge time.Duration) {
	fmt.Fprintf(b, `<Period id="%s" start="%s">`+"\n", p.id, iso(p.start))
	b.WriteString(c.stream(p, edge))
	for _, t := range c.tracks {
		c.set(b, t, p, edge)
	}
	b.WriteString("</Period>\n")
}

// set writes the AdaptationSet of a track.
func (c *dashChannel) set(b *strings.Builder, t *dashTrack, p dashPeriod, edge time.Duration) {
	mime, more := t.kind+"/mp4", ""
	if t.kind == "text" {
		mime = "application/mp4"
	}
	if t.lang != "" {
		more += fmt.Sprintf(` lang="%s"`, t.lang)
	}
	fmt.Fprintf(b, `<AdaptationSet id="%s" contentType="%s" mimeType="%s" codecs="%s"%s segmentAlignment="true" startWithSAP="1">%s`+"\n", t.id, t.kind, mime, t.codecs, more, c.inSet)
	if t.role != "" {
		fmt.Fprintf(b, `<Role schemeIdUri="urn:mpeg:dash:role:2011" value="%s"/>`+"\n", t.role)
	}
	if c.address != oneFile && c.address != byList {
		c.template(b, t, p, edge)
	}
	for i, id := range t.representations {
		size := ""
		switch t.kind {
		case "video":
			size = fmt.Sprintf(` width="%d" height="%d" frameRate="25"`, 640*(i+1), 360*(i+1))
		case "audio":
			size = ` audioSamplingRate="48000"`
		}
		fmt.Fprintf(b, `<Representation id="%s" bandwidth="%d"%s>`, id, 100_000*(i+1), size)
		switch c.address {
		case byList:
			c.list(b, t, id, p, edge)
		case oneFile:
			fmt.Fprintf(b, `<BaseURL>%s.mp4</BaseURL><SegmentBase timescale="%d" presentationTimeOffset="%d" indexRange="800-1999"><Initialization range="0-799"/></SegmentBase>`, id, t.scale, t.zero+ticks(p.start, t.scale))
		}
		b.WriteString("</Representation>\n")
	}
	b.WriteString("</AdaptationSet>\n")
}

// shows is the range of a track's segments that a Period lists: those that overlap it
// and the window.
func (c *dashChannel) shows(t *dashTrack, p dashPeriod, edge time.Duration) (from, to int) {
	head := edge - c.window
	if c.ends > 0 {
		head, edge = 0, c.ends
	}
	begin := max(p.start, head)
	from = sort.Search(len(t.ends), func(i int) bool { return t.when(t.ends[i]) > begin })
	to = t.published(edge)
	if p.end > 0 {
		to = min(to, sort.Search(len(t.ends), func(i int) bool { return t.when(t.start(i)) >= p.end }))
	}
	return from, max(from, to)
}

func (c *dashChannel) template(b *strings.Builder, t *dashTrack, p dashPeriod, edge time.Duration) {
	offset := t.zero + ticks(p.start, t.scale)
	name := "$Number%05d$"
	if c.address == byTime {
		name = "$Time$"
	}
	head := fmt.Sprintf(`<SegmentTemplate timescale="%d" presentationTimeOffset="%d" media="$RepresentationID$/%s.m4s" initialization="$RepresentationID$/init.mp4"%s`, t.scale, offset, name, c.inTemplate)
	from, to := c.shows(t, p, edge)
	if c.address == byDuration {
		// The first segment of the Period, which begins on a boundary.
		n := sort.Search(len(t.ends), func(i int) bool { return t.when(t.ends[i]) > p.start })
		fmt.Fprintf(b, `%s startNumber="%d" duration="%d"/>`+"\n", head, t.first+int64(n), t.ends[0])
		return
	}
	fmt.Fprintf(b, `%s startNumber="%d"><SegmentTimeline>`, head, t.first+int64(from))
	if c.address == openRepeat {
		to = max(to, from+1)
	}
	c.timeline(b, t, from, to, p.end == 0)
	b.WriteString("</SegmentTimeline></SegmentTemplate>\n")
}

// timeline writes the entries of segments, equal ones in one.
func (c *dashChannel) timeline(b *strings.Builder, t *dashTrack, from, to int, open bool) {
	length := func(i int) int64 { return t.ends[i] - t.start(i) }
	for i := from; i < to; {
		k := i + 1
		for k < to && length(k) == length(i) {
			k++
		}
		b.WriteString("<S")
		if i == from {
			fmt.Fprintf(b, ` t="%d"`, t.zero+t.start(i))
		}
		fmt.Fprintf(b, ` d="%d"`, length(i))
		switch {
		case c.address == openRepeat && open && k == to && c.ends == 0:
			b.WriteString(` r="-1"`)
		case k > i+1:
			fmt.Fprintf(b, ` r="%d"`, k-i-1)
		}
		b.WriteString("/>")
		i = k
	}
}

// list writes a SegmentList with a timeline.
func (c *dashChannel) list(b *strings.Builder, t *dashTrack, id string, p dashPeriod, edge time.Duration) {
	from, to := c.shows(t, p, edge)
	fmt.Fprintf(b, `<SegmentList timescale="%d" presentationTimeOffset="%d" startNumber="%d"><Initialization sourceURL="%s/init.mp4"/><SegmentTimeline>`,
		t.scale, t.zero+ticks(p.start, t.scale), t.first+int64(from), id)
	c.timeline(b, t, from, to, false)
	b.WriteString("</SegmentTimeline>")
	for i := from; i < to; i++ {
		fmt.Fprintf(b, `<SegmentURL media="%s/%05d.m4s"/>`, id, t.first+int64(i))
	}
	b.WriteString("</SegmentList>")
}

// find is the segment of a URL; false where it is not the channel's.
func (c *dashChannel) find(url string) (t *dashTrack, n int, ok bool) {
	dir, name, _ := strings.Cut(strings.TrimPrefix(url, originURL+"/live/"), "/")
	for _, t := range c.tracks {
		for _, id := range t.representations {
			if id != dir {
				continue
			}
			var number int64
			if _, err := fmt.Sscanf(name, "%d.m4s", &number); err != nil {
				return nil, 0, false
			}
			if c.address == byTime {
				n = sort.Search(len(t.ends), func(i int) bool { return t.zero+t.start(i) >= number })
				return t, n, n < len(t.ends) && t.zero+t.start(n) == number
			}
			n = int(number - t.first)
			return t, n, n >= 0 && n < len(t.ends)
		}
	}
	return nil, 0, false
}
