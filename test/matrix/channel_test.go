package matrix

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

// segment is one segment of a rendition of a channel.
type segment struct {
	sequence   int64
	start, end time.Duration
	disc       bool
	// jump is added to the segment's date and to all after it.
	jump time.Duration
	// tags stand before EXTINF; each may appear some time after the segment.
	tags []tag
	uri  string
}

type tag struct {
	text  string
	after time.Duration
}

// rendition is one media playlist of a channel.
type rendition struct {
	path     string
	kind     string // "video", "audio" or "text"
	segments []segment
	// delay is how long after its end a segment is listed.
	delay time.Duration
	// window is how many segments are listed; 0 is all.
	window  int
	undated bool
	// header lines follow the target duration's.
	header []string
	// target gives EXT-X-TARGETDURATION at a time; nil is the longest segment's
	// of the channel.
	target func(at time.Duration) int
	// anew is when the origin started again: nothing before is listed after it,
	// and discontinuities count from zero.
	anew time.Duration
	// ends is when EXT-X-ENDLIST is written; 0 is never.
	ends time.Duration
	// extinf, where set, replaces what is written of a segment: all lines.
	extinf func(s *segment, first bool, b *strings.Builder)
}

// channel is a live origin. Its clock is virtual: zero is when it began, ago
// before the world did.
type channel struct {
	w          *world
	began      time.Time
	renditions []*rendition
	master     string
	// edge, where set, is how far behind the answer to a request is.
	edge func(r *rendition, count int) time.Duration
	// count is how often each path was asked for.
	counts map[string]int
	// wrap, where set, answers around the channel.
	wrap func(next http.Handler) http.Handler
}

// ago is how much of the channel had gone by when the world began.
const ago = 100 * time.Second

// newChannel makes a channel of renditions at http://origin.example/live/.
func (w *world) newChannel(renditions ...*rendition) *channel {
	c := &channel{w: w, began: w.began.Add(-ago), renditions: renditions, counts: map[string]int{}}
	var b strings.Builder
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:6\n")
	codecs, groups := `avc1.64001f`, ""
	longest := 0
	for _, r := range renditions {
		longest = max(longest, r.longest())
	}
	for _, r := range renditions {
		if r.target == nil {
			r.target = func(time.Duration) int { return longest }
		}
		switch r.kind {
		case "audio":
			fmt.Fprintf(&b, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aud\",NAME=%q,DEFAULT=YES,AUTOSELECT=YES,URI=%q\n", r.path, r.path)
			groups = `,AUDIO="aud"`
		case "text":
			fmt.Fprintf(&b, "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"sub\",NAME=%q,LANGUAGE=\"en\",URI=%q\n", r.path, r.path)
			groups = strings.TrimSuffix(groups, `,SUBTITLES="sub"`) + `,SUBTITLES="sub"`
		}
	}
	for i, r := range renditions {
		if r.kind == "video" {
			fmt.Fprintf(&b, "#EXT-X-STREAM-INF:BANDWIDTH=%d,RESOLUTION=640x360,CODECS=\"%s,mp4a.40.2\"%s\n%s\n", 1_000_000+i, codecs, groups, r.path)
		}
	}
	c.master = b.String()
	return c
}

// serve puts the channel behind a host.
func (c *channel) serve(host string) {
	var h http.Handler = c
	if c.wrap != nil {
		h = c.wrap(h)
	}
	c.w.net.host(host, h)
}

// at is the channel's clock.
func (c *channel) at() time.Duration { return time.Since(c.began) }

// ServeHTTP implements http.Handler.
func (c *channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/live/")
	if name == "master.m3u8" {
		fmt.Fprint(w, c.master)
		return
	}
	for _, x := range c.renditions {
		if x.path == name {
			at := c.at()
			if c.edge != nil {
				c.w.net.mu.Lock()
				c.counts[name]++
				n := c.counts[name]
				c.w.net.mu.Unlock()
				at -= c.edge(x, n)
			}
			fmt.Fprint(w, x.text(c.began, at))
			return
		}
	}
	http.NotFound(w, r)
}

// longest is the rounded length of the longest segment in seconds.
func (r *rendition) longest() int {
	var d time.Duration
	for i := range r.segments {
		d = max(d, r.segments[i].end-r.segments[i].start)
	}
	return int((d + 500*time.Millisecond) / time.Second)
}

// text is the playlist at a time.
func (r *rendition) text(began time.Time, at time.Duration) string {
	n := 0
	for n < len(r.segments) && r.segments[n].end+r.delay <= at {
		n++
	}
	from := 0
	if r.window > 0 {
		from = max(0, n-r.window)
	}
	for r.anew > 0 && n > 0 && r.segments[n-1].start >= r.anew && r.segments[from].start < r.anew {
		from++
	}
	discs, jump := 0, time.Duration(0)
	for _, s := range r.segments[:from] {
		jump += s.jump
		if s.disc {
			discs++
		}
	}
	var b strings.Builder
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:6\n")
	fmt.Fprintf(&b, "#EXT-X-TARGETDURATION:%d\n", r.target(at))
	for _, h := range r.header {
		b.WriteString(h + "\n")
	}
	if n > from {
		fmt.Fprintf(&b, "#EXT-X-MEDIA-SEQUENCE:%d\n#EXT-X-DISCONTINUITY-SEQUENCE:%d\n", r.segments[from].sequence, discs)
	}
	for i := from; i < n; i++ {
		s := &r.segments[i]
		jump += s.jump
		if s.disc {
			b.WriteString("#EXT-X-DISCONTINUITY\n")
		}
		for _, t := range s.tags {
			if at >= s.end+r.delay+t.after {
				b.WriteString(t.text + "\n")
			}
		}
		if !r.undated {
			fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n", began.Add(s.start+jump).UTC().Format("2006-01-02T15:04:05.000Z"))
		}
		if r.extinf != nil {
			r.extinf(s, i == from, &b)
			continue
		}
		fmt.Fprintf(&b, "#EXTINF:%.3f,\n%s\n", (s.end - s.start).Seconds(), s.uri)
	}
	if r.ends > 0 && at >= r.ends {
		b.WriteString("#EXT-X-ENDLIST\n")
	}
	return b.String()
}

// lay cuts a rendition of a length into segments of the given lengths, in
// turns.
func lay(path, kind string, total time.Duration, lengths ...time.Duration) *rendition {
	r := &rendition{path: path, kind: kind, window: 10, delay: 100 * time.Millisecond}
	stem := strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".m3u8")
	suffix := map[string]string{"video": ".ts", "audio": ".aac", "text": ".vtt"}[kind]
	for at, k := time.Duration(0), 0; at < total; k++ {
		d := lengths[k%len(lengths)]
		r.segments = append(r.segments, segment{
			sequence: int64(1000 + k), start: at, end: at + d, uri: fmt.Sprintf("%s_%d%s", stem, 1000+k, suffix),
		})
		at += d
	}
	return r
}

// fragmented names the segments as fragmented MP4.
func (r *rendition) fragmented() *rendition {
	for i := range r.segments {
		uri := r.segments[i].uri
		r.segments[i].uri = strings.TrimSuffix(uri, path.Ext(uri)) + ".m4s"
	}
	return r
}

// near is the segment that starts nearest to a time.
func (r *rendition) near(at time.Duration) *segment {
	best := 0
	for i := range r.segments {
		if (r.segments[i].start - at).Abs() < (r.segments[best].start - at).Abs() {
			best = i
		}
	}
	return &r.segments[best]
}

// tag puts a line before the segment that starts nearest to a time.
func (r *rendition) tag(at time.Duration, text string) *rendition {
	s := r.near(at)
	s.tags = append(s.tags, tag{text: text})
	return r
}

// avail marks an avail in the plain way.
func (r *rendition) avail(at, length time.Duration) *rendition {
	return r.tag(at, fmt.Sprintf("#EXT-X-CUE-OUT:%g", length.Seconds())).tag(at+length, "#EXT-X-CUE-IN")
}

// video and audio are renditions of five minutes.
func video(name string) *rendition { return lay(name, "video", 5*time.Minute, 4*time.Second) }

const (
	sec = time.Second
	ms  = time.Millisecond
)
