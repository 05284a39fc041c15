package dash

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/manifest/dash/presentation"
)

// TestUpdates: over the refreshes of a live MPD with breaks, what was published stays as
// it was: starts, offsets and sets of a Period by its id (P2, B-38), the media time at
// which a segment stands (B-43), and the order in which Periods appear (P1). Consecutive
// MPDs overlap (B-39).
func TestUpdates(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		w := newLiveWorld(rnd)
		var log history
		var audit checkAudit
		for now := int64(40); now < 220; now += 2 {
			src := w.origin(now)
			tpl, err := Compile([]byte(src), presentation.Options{Base: testBase})
			if err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, src)
			}
			v := tpl.At(tpl.Origin + now*1_000_000)
			out := string(v.Append(nil, w.plan(v)))
			again, err := Compile([]byte(out), presentation.Options{Base: testBase})
			if err != nil {
				t.Fatalf("seed %d at %d: %v\n%s", seed, now, err, out)
			}
			laws := append(broken(again), log.next(again)...)
			if seed%4 == 0 { // it takes long
				laws = append(laws, audit.next(tpl.Origin+now*1_000_000, src, out)...)
			}
			if len(laws) > 0 {
				t.Fatalf("seed %d at %d: %q\n%s\nafter\n%s\nfrom\n%s", seed, now, laws, out, log.last, src)
			}
			log.last = out
		}
	}
}

// liveWorld is a live origin and breaks in it. Its times are in seconds.
type liveWorld struct {
	timed   bool // SegmentTimeline, else @duration
	length  int64
	periods []int64 // their starts
	breaks  []Break
}

func newLiveWorld(rnd *rand.Rand) *liveWorld {
	w := &liveWorld{timed: rnd.IntN(3) > 0, length: 2 + rnd.Int64N(3), periods: []int64{0}}
	for at := int64(0); at < 200; {
		// Packagers cut segments where a Period begins.
		at += (8 + rnd.Int64N(20)) * w.length
		w.periods = append(w.periods, at)
	}
	for at := int64(60); at < 180; at += 30 + rnd.Int64N(40) {
		start := at * 1_000_000
		if rnd.IntN(2) == 0 {
			start += rnd.Int64N(1_000_000)
		}
		w.breaks = append(w.breaks, Break{ID: fmt.Sprint("b", at), Start: start, Return: start + (5+rnd.Int64N(16))*1_000_000})
	}
	return w
}

// origin is the MPD at a time, with a window of 30 s.
func (w *liveWorld) origin(now int64) string {
	var b strings.Builder
	b.WriteString(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z" minimumUpdatePeriod="PT2S" timeShiftBufferDepth="PT30S" minBufferTime="PT2S">` + "\n")
	for i, start := range w.periods {
		end := int64(1 << 40)
		if i+1 < len(w.periods) {
			end = w.periods[i+1]
		}
		if start >= now || end <= now-30 {
			continue
		}
		fmt.Fprintf(&b, `<Period id="p%d" start="PT%dS">`, start, start)
		for k, kind := range []string{"video", "audio"} {
			fmt.Fprintf(&b, `<AdaptationSet id="%d" contentType="%s" mimeType="%s/mp4">`, k, kind, kind)
			if w.timed {
				fmt.Fprintf(&b, `<SegmentTemplate timescale="1000" presentationTimeOffset="%d" media="%s$Time$"><SegmentTimeline>`, start*1000, kind)
				for at := start; at < end && at+w.length <= now; at += w.length {
					if at+w.length > now-30 {
						fmt.Fprintf(&b, `<S t="%d" d="%d"/>`, at*1000, w.length*1000)
					}
				}
				b.WriteString(`</SegmentTimeline></SegmentTemplate>`)
			} else {
				fmt.Fprintf(&b, `<SegmentTemplate timescale="1000" presentationTimeOffset="%d" startNumber="%d" duration="%d" media="p%d%s$Number$"/>`, start*1000, start, w.length*1000, start, kind)
			}
			fmt.Fprintf(&b, `<Representation id="%s" bandwidth="1000"/></AdaptationSet>`, kind[:1])
		}
		b.WriteString("</Period>\n")
	}
	b.WriteString("</MPD>\n")
	// A Period is listed with its first segment, and while it has one.
	out := b.String()
	for {
		i := strings.Index(out, "<SegmentTimeline></SegmentTimeline>")
		if i < 0 {
			return out
		}
		from := strings.LastIndex(out[:i], "<Period ")
		to := i + strings.Index(out[i:], "</Period>\n") + len("</Period>\n")
		out = out[:from] + out[to:]
	}
}

// plan lists ads as the origin publishes what they replace, and content once its return
// is published. The last break that has left the window stays in the plan.
func (w *liveWorld) plan(v *View) *Plan {
	edge := v.Next()
	p := &Plan{Now: edge, Until: edge}
	for _, b := range w.breaks {
		b.Start += v.Origin
		b.Return += v.Origin
		if b.Start >= edge {
			break
		}
		for n := int64(0); ; n++ {
			it := Item{Start: b.Start + n*5_000_000, Asset: testAsset(), Tracks: map[string]string{"v": "v0", "a": "a0"}, Media: "https://ads.example/" + b.ID}
			for it.Segments < 3 && it.Start+it.Asset.Through(it.Segments)+500_000 < min(edge, b.Return) {
				it.Segments++
			}
			if it.Segments == 0 {
				break
			}
			b.Items = append(b.Items, it)
		}
		if len(b.Items) == 0 {
			p.Until = b.Start // held back until an ad can be listed
			break
		}
		if b.Return >= edge {
			b.Return = -1
		}
		if b.Return >= 0 && b.Return <= v.Sequence {
			p.Breaks = p.Breaks[:0]
			b.Items = nil
		}
		p.Breaks = append(p.Breaks, b)
	}
	return p
}

// history is what was published.
type history struct {
	last    string
	periods map[string]string // what must stay of a Period, by id
	places  map[string]int64  // where a segment stands, by URL
	latest  int64
}

func (h *history) next(t *Template) (laws []string) {
	if h.periods == nil {
		h.periods, h.places = map[string]string{}, map[string]int64{}
	}
	known := 0
	for i := range t.Periods {
		p := &t.Periods[i]
		fixed := fmt.Sprint(p.Start)
		for k := range p.Sets {
			s := &p.Sets[k]
			fixed += " " + s.Node.Get("id")
			for j := range s.Reps {
				r := &s.Reps[j]
				fixed += fmt.Sprint(" ", r.Track.ID, " ", r.Address.Scale(), " ", r.Address.Offset())
				if r.Address.Open() {
					continue
				}
				for n := range r.Address.Count() {
					url, place := r.Address.Segment(&r.URLs, n).URI, r.Address.Time(n)
					if was, ok := h.places[p.ID+url]; ok && was != place {
						laws = append(laws, fmt.Sprintf("%s moved from %d to %d", url, was, place))
					}
					h.places[p.ID+url] = place
				}
			}
		}
		was, ok := h.periods[p.ID]
		switch {
		case ok && was != fixed:
			laws = append(laws, fmt.Sprintf("Period %q was %s and is %s", p.ID, was, fixed))
		case ok:
			known++
		case p.Start < h.latest:
			laws = append(laws, fmt.Sprintf("new Period %q starts at %d, before %d (P1)", p.ID, p.Start, h.latest))
		}
		h.periods[p.ID] = fixed
		h.latest = max(h.latest, p.Start)
	}
	if h.last != "" && known == 0 {
		laws = append(laws, "no Period was there before")
	}
	return laws
}

// TestClock: the URL of a clock resolves against the MPD's, which is another one for
// viewers (ISO/IEC 23009-1 §5.8.4.11).
func TestClock(t *testing.T) {
	base, err := url.Parse("https://origin.example/live/c.mpd")
	if err != nil {
		t.Fatal(err)
	}
	tpl, err := Compile([]byte(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z" minimumUpdatePeriod="PT2S" minBufferTime="PT2S" profiles="p"><Period id="a" start="PT0S"><AdaptationSet mimeType="video/mp4"><SegmentTemplate timescale="1" media="$Time$.m4s" initialization="i.mp4"><SegmentTimeline><S t="0" d="2"/></SegmentTimeline></SegmentTemplate><Representation id="v" bandwidth="1" codecs="avc1.42c01e"/></AdaptationSet></Period><UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="time /clock"/><UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="time"/></MPD>`), presentation.Options{Base: base})
	if err != nil {
		t.Fatal(err)
	}
	got := string(tpl.At(0).Append(nil, &Plan{}))
	for _, want := range []string{`value="https://origin.example/live/time https://origin.example/clock"`, `utc:direct:2014" value="time"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

// TestEdgeOfLowLatency: a segment that can be asked for before it is complete belongs to
// the edge as soon as it can be; an offset of more than a segment, or of none, changes
// no more than that.
func TestEdgeOfLowLatency(t *testing.T) {
	base := func(offset string) string { return `<BaseURL availabilityTimeOffset="` + offset + `">x/</BaseURL>` }
	for _, c := range []struct {
		offset string
		// above are the BaseURLs of the MPD, the Period, the set and the Representation.
		above [4]string
		edge  int64 // in seconds, at 59 s
	}{
		{"", [4]string{}, 58}, {` availabilityTimeOffset="0.9"`, [4]string{}, 58}, {` availabilityTimeOffset="1.0"`, [4]string{}, 60},
		{` availabilityTimeOffset="90"`, [4]string{}, 60}, {` availabilityTimeOffset="INF"`, [4]string{}, 58}, {` availabilityTimeOffset="-1"`, [4]string{}, 58},
		// Offsets of BaseURLs and of the template add up; of several BaseURLs the first counts.
		{"", [4]string{base("1")}, 60}, {"", [4]string{1: base("1")}, 60}, {"", [4]string{2: base("1")}, 60}, {"", [4]string{3: base("1")}, 60},
		{` availabilityTimeOffset="0.4"`, [4]string{base("0.2"), "", base("0.2"), base("0.2")}, 60},
		{"", [4]string{base("0.2"), base("0.2"), "", base("0.5")}, 58},
		{"", [4]string{base("INF")}, 58}, {"", [4]string{"<BaseURL>y/</BaseURL>" + base("1")}, 58},
	} {
		tpl, err := Compile([]byte(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z" minBufferTime="PT2S">`+c.above[0]+`
<Period id="p" start="PT0S">`+c.above[1]+`<AdaptationSet id="1" contentType="video" mimeType="video/mp4">`+c.above[2]+`
<SegmentTemplate duration="2" media="$Number$.m4s"`+c.offset+`/><Representation id="v" bandwidth="1">`+c.above[3]+`</Representation></AdaptationSet></Period></MPD>`), presentation.Options{Base: testBase})
		if err != nil {
			t.Fatal(err)
		}
		if edge := (tpl.Edge(tpl.Origin+59_000_000) - tpl.Origin) / 1_000_000; edge != c.edge {
			t.Errorf("with%s and %q the edge is at %d s, want %d", c.offset, c.above, edge, c.edge)
		}
	}
}
