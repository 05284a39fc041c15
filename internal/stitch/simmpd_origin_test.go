package stitch

import (
	"fmt"
	"math/rand"
	"slices"
	"sort"
	"strings"
	"time"
)

// mpdOrigin is a live origin of DASH: what it publishes at a time follows from the time
// and its seed. Times are microseconds after its availabilityStartTime.
type mpdOrigin struct {
	rng    *rand.Rand
	faults mpdFaults
	video  []int64 // ends of the video segments, in ticks of videoScale
	audio  []int64 // of the audio segments, in ticks of audioScale
	breaks []mpdBreakTruth
	window int64
	delay  int64 // from the end of a segment to its publication
	target int64
	// restarts are when the origin begins anew: its media, its availabilityStartTime and
	// its only Period.
	restarts []int64
}

// mpdFaults are what a world has.
type mpdFaults struct {
	nodes    int
	multi    bool // Periods are the avails, not events
	late     bool // events come late, without durations, breaks end early
	stale    bool // an older MPD is answered now and then
	duration bool // SegmentTemplate@duration and $Number$
	own      bool // pre-roll and suppression
	forms    bool // all forms of events
	moves    bool // availabilityStartTime changes, and starts of Periods that were published
	restarts bool // the origin begins anew, under the ids of before
	drops    bool // Periods go while the window has them
	slides   bool // the first Period begins with the window, and its media time with it
}

// mpdBreakTruth is a break: where it begins and ends, from when on it is announced and
// how long, and when its real end is known.
type mpdBreakTruth struct {
	id          int
	start, end  int64
	announced   int64 // the length that is announced; 0 is none
	seen, ended int64 // when its begin is announced, and its end
	form        int
}

const (
	videoScale = 12_800
	audioScale = 48_000
	// mpdEpoch is the availabilityStartTime in Unix microseconds.
	mpdEpoch = int64(1_767_322_800) * 1_000_000
)

func newMPDOrigin(rng *rand.Rand, until int64, faults mpdFaults) *mpdOrigin {
	o := &mpdOrigin{rng: rng, faults: faults, window: (30 + rng.Int63n(60)) * simSecond, delay: rng.Int63n(simSecond)}
	frames := []int64{48, 50, 96, 100}[rng.Intn(4)] // of 25 a second
	o.target = frames * 40_000
	for at := int64(0); at < until*videoScale/simSecond; {
		n := frames
		if !faults.duration && rng.Intn(5) == 0 {
			n = frames/2 + rng.Int63n(frames/2)
		}
		at += n * videoScale / 25
		o.video = append(o.video, at)
	}
	for at := int64(0); at < until*audioScale/simSecond; {
		n := frames * audioScale / 25 / 1024
		if faults.duration {
			at += frames * audioScale / 25
		} else {
			at += n * 1024
		}
		o.audio = append(o.audio, at)
	}
	for at := int64(0); faults.restarts && at < until; at += 60*simSecond + rng.Int63n(300*simSecond) {
		i := sort.Search(len(o.video), func(i int) bool { return o.video[i] > at*videoScale/simSecond })
		if at == 0 || i == len(o.video) {
			continue
		}
		at = o.video[i] * simSecond / videoScale
		o.restarts = append(o.restarts, at)
		cut := at * audioScale / simSecond
		k := sort.Search(len(o.audio), func(k int) bool { return o.audio[k] >= cut })
		if k < len(o.audio) && o.audio[k] != cut {
			o.audio = slices.Insert(o.audio, k, cut)
		}
	}
	for at, id := 20*simSecond+rng.Int63n(60*simSecond), 1; at < until; id++ {
		length := (6 + rng.Int63n(55)) * simSecond
		if rng.Intn(2) == 0 {
			length += rng.Int63n(simSecond)
		}
		// A boundary in some file of the origin, or between.
		b := mpdBreakTruth{id: id, start: at, end: at + length, announced: length, form: rng.Intn(4)}
		b.seen, b.ended = at-rng.Int63n(8*simSecond), at-rng.Int63n(simSecond)
		if faults.late {
			switch rng.Intn(4) {
			case 0:
				b.announced = 0
				b.ended = b.end - rng.Int63n(4*simSecond)
			case 1: // it returns early
				b.end = at + length/3 + rng.Int63n(length/3)
				b.ended = b.end - rng.Int63n(4*simSecond) + 2*simSecond
			case 2:
				b.seen = at + rng.Int63n(6*simSecond)
			}
		}
		o.breaks = append(o.breaks, b)
		at += length + rng.Int63n(120*simSecond)
		if rng.Intn(6) > 0 {
			at += 4 * simSecond
		}
	}
	return o
}

// ticks of a time in a timescale, rounded up.
func mpdTicks(us, scale int64) int64 { return (us*scale + simSecond - 1) / simSecond }

// at is the MPD at a time of the world.
func (o *mpdOrigin) at(now int64) []byte {
	edge := now - o.delay
	began := o.began(edge)
	var b strings.Builder
	published := max(lastOf(o.video, videoScale, edge), lastOf(o.audio, audioScale, edge))
	for _, x := range o.breaks {
		for _, at := range []int64{x.seen, x.ended} {
			if at <= edge {
				published = max(published, at)
			}
		}
	}
	if o.faults.duration {
		published = 0
	}
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" profiles="urn:mpeg:dash:profile:isoff-live:2011" availabilityStartTime="%s" publishTime="%s" minimumUpdatePeriod="PT2S" minBufferTime="PT4S" timeShiftBufferDepth="PT%dS" suggestedPresentationDelay="PT10S">
`, mpdTime(max(o.moved(edge), began)), mpdTime(published), o.window/simSecond)
	for _, p := range o.periods(edge) {
		o.period(&b, p, edge)
	}
	b.WriteString("</MPD>\n")
	return []byte(b.String())
}

func mpdTime(us int64) string {
	return time.UnixMicro(mpdEpoch + us).UTC().Format("2006-01-02T15:04:05.000000Z")
}

// begun is whether there are segments of the Period in both sets.
func (o *mpdOrigin) begun(p mpdPeriod, edge int64) bool {
	for _, x := range []struct {
		ends  []int64
		scale int64
	}{{o.video, videoScale}, {o.audio, audioScale}} {
		i := sort.Search(len(x.ends), func(i int) bool { return x.ends[i]*simSecond > max(p.start, o.head(edge))*x.scale })
		if i == len(x.ends) || x.ends[i]*simSecond > edge*x.scale {
			return false
		}
	}
	return true
}

// mpdPeriod is a Period of the origin: [start, end) of the timeline; end -1 is open.
type mpdPeriod struct {
	id         string
	start, end int64
	of         *mpdBreakTruth
}

// periods are those that the window shows.
func (o *mpdOrigin) periods(edge int64) []mpdPeriod {
	if !o.faults.multi {
		p := mpdPeriod{id: "p0", start: o.began(edge), end: -1}
		if i := slices.IndexFunc(o.restarts, func(at int64) bool { return at > p.start }); i >= 0 {
			p.end = o.restarts[i]
		}
		return o.slid([]mpdPeriod{p}, edge)
	}
	list := []mpdPeriod{{id: "c0", start: 0, end: -1}}
	for i := range o.breaks {
		b := &o.breaks[i]
		if max(b.seen, 0) > edge || b.start > edge+5*simSecond {
			break
		}
		if b.start > edge && b.seen > edge {
			break
		}
		list[len(list)-1].end = b.start
		list = append(list, mpdPeriod{id: fmt.Sprintf("b%d", b.id), start: b.start, end: -1, of: b})
		if b.ended > edge && b.end > edge {
			break
		}
		list[len(list)-1].end = b.end
		list = append(list, mpdPeriod{id: fmt.Sprintf("c%d", b.id), start: b.end, end: -1})
	}
	kept := list[:0]
	for _, p := range list {
		head := o.head(edge)
		if o.faults.drops {
			head = max(head, edge-20*simSecond)
		}
		if (p.end < 0 || p.end > head) && p.start != p.end && o.begun(p, edge) {
			kept = append(kept, p)
		}
	}
	return o.slid(kept, edge)
}

// slid has the first Period begin with the window.
func (o *mpdOrigin) slid(list []mpdPeriod, edge int64) []mpdPeriod {
	if o.faults.slides && len(list) > 0 {
		list[0].start = max(list[0].start, o.head(edge))
	}
	return list
}

// moved is the origin's availabilityStartTime: it is set up anew every ten minutes.
func (o *mpdOrigin) moved(edge int64) int64 {
	if !o.faults.moves || !o.faults.multi {
		return 0 // a Period that began at first can't begin before it
	}
	return max(0, edge/(600*simSecond)*600*simSecond-o.window-120*simSecond)
}

// began is when the origin that answers began: it answers when it has segments.
func (o *mpdOrigin) began(edge int64) int64 {
	at := int64(0)
	for _, r := range o.restarts {
		if o.begun(mpdPeriod{start: r}, edge) {
			at = r
		}
	}
	return at
}

// shaken is by how much a Period's start is moved now and then after it was published: by
// less than the shortest segment, which would lie behind the Period's end otherwise, in the
// origin's MPDs too.
func (o *mpdOrigin) shaken(p mpdPeriod, edge int64) int64 {
	if o.faults.moves && edge > p.start+20*simSecond && edge/(30*simSecond)%3 == 1 {
		return 20_000
	}
	return 0
}

// head is where the window begins.
func (o *mpdOrigin) head(edge int64) int64 { return lastOf(o.video, videoScale, edge) - o.window }

// lastOf is the last of ends that is not after a time.
func lastOf(ends []int64, scale, edge int64) int64 {
	i := sort.Search(len(ends), func(i int) bool { return ends[i]*simSecond > edge*scale })
	if i == 0 {
		return 0
	}
	return ends[i-1] * simSecond / scale
}

func (o *mpdOrigin) period(b *strings.Builder, p mpdPeriod, edge int64) {
	fmt.Fprintf(b, `<Period id="%s" start="%s">`+"\n", p.id, mpdDuration(p.start-max(o.moved(edge), o.began(edge))+o.shaken(p, edge)))
	b.WriteString(`<BaseURL>https://origin.example/live/</BaseURL>` + "\n")
	o.events(b, p, edge)
	o.set(b, p, edge, 1, "video", videoScale, o.video, `<Representation id="v0" codecs="avc1.42c01e" width="640" height="360" frameRate="25" bandwidth="800000"/><Representation id="v1" codecs="avc1.42c01f" width="1280" height="720" frameRate="25" bandwidth="2000000"/>`)
	o.set(b, p, edge, 2, "audio", audioScale, o.audio, `<Representation id="a0" codecs="mp4a.40.2" audioSamplingRate="48000" bandwidth="128000"/>`)
	b.WriteString("</Period>\n")
}

func mpdDuration(us int64) string {
	return fmt.Sprintf("PT%d.%06dS", us/simSecond, us%simSecond)
}

// set writes an AdaptationSet: the segments of the Period that the window has.
func (o *mpdOrigin) set(b *strings.Builder, p mpdPeriod, edge int64, id int, kind string, scale int64, ends []int64, representations string) {
	from := max(p.start, o.head(edge))
	first := sort.Search(len(ends), func(i int) bool { return ends[i]*simSecond > from*scale })
	zero := mpdTicks(o.began(edge), scale) // media time counts from there
	offset := mpdTicks(p.start, scale) - zero
	fmt.Fprintf(b, `<AdaptationSet id="%d" contentType="%s" mimeType="%s/mp4" lang="en" segmentAlignment="true" startWithSAP="1">`, id, kind, kind)
	if o.faults.duration {
		length := ends[0]
		// A Period begins in the middle of a segment, whose number counts.
		fmt.Fprintf(b, `<SegmentTemplate timescale="%d" presentationTimeOffset="%d" duration="%d" startNumber="%d" media="$RepresentationID$/$Number$.m4s" initialization="$RepresentationID$/init.mp4"/>`,
			scale, offset, length, 1)
		fmt.Fprintf(b, "%s</AdaptationSet>\n", representations)
		return
	}
	fmt.Fprintf(b, `<SegmentTemplate timescale="%d" presentationTimeOffset="%d" startNumber="%d" media="$RepresentationID$/$Time$.m4s" initialization="$RepresentationID$/init.mp4"><SegmentTimeline>`, scale, offset, first)
	for i := first; i < len(ends) && ends[i]*simSecond <= edge*scale; i++ {
		start := int64(0)
		if i > 0 {
			start = ends[i-1]
		}
		if p.end >= 0 && start*simSecond >= p.end*scale {
			break
		}
		if i == first {
			fmt.Fprintf(b, `<S t="%d" d="%d"/>`, start-zero, ends[i]-start)
		} else {
			fmt.Fprintf(b, `<S d="%d"/>`, ends[i]-start)
		}
	}
	fmt.Fprintf(b, "</SegmentTimeline></SegmentTemplate>%s</AdaptationSet>\n", representations)
}

// events writes the events of a Period.
func (o *mpdOrigin) events(b *strings.Builder, p mpdPeriod, edge int64) {
	var list strings.Builder
	scheme, form := "urn:scte:scte35:2014:xml+bin", 0
	for i := range o.breaks {
		x := &o.breaks[i]
		if x.seen > edge || x.start < o.began(edge) || o.faults.multi && p.of != x || x.end < o.head(edge)-60*simSecond {
			continue
		}
		if x.start > edge+20*simSecond {
			break
		}
		if x.start < p.start && o.faults.slides {
			continue // a time before the Period can't be written
		}
		if o.faults.forms {
			form = o.breaks[0].form // one scheme an MPD
		}
		at, duration := x.start-p.start, ""
		length := x.announced
		if x.ended <= edge {
			length = x.end - x.start
		}
		if length > 0 {
			duration = fmt.Sprintf(` duration="%d"`, length)
		}
		var body string
		switch form {
		case 1:
			scheme = "urn:scte:scte35:2013:xml"
			breaks := ""
			if length > 0 {
				breaks = fmt.Sprintf(`<scte35:BreakDuration autoReturn="true" duration="%d"/>`, length*9/100)
			}
			body = fmt.Sprintf(`<scte35:SpliceInfoSection xmlns:scte35="http://www.scte.org/schemas/35/2014SCTE35.xsd" protocolVersion="0" tier="4095"><scte35:SpliceInsert spliceEventId="%d" spliceEventCancelIndicator="false" outOfNetworkIndicator="true" spliceImmediateFlag="true" uniqueProgramId="1" availNum="0" availsExpected="0">%s</scte35:SpliceInsert></scte35:SpliceInfoSection>`, x.id, breaks)
		default:
			body = fmt.Sprintf(`<Signal xmlns="http://www.scte.org/schemas/35/2016"><Binary>%s</Binary></Signal>`, mpdCue(uint32(x.id), length))
		}
		fmt.Fprintf(&list, `<Event presentationTime="%d"%s id="%d">%s</Event>`, at, duration, x.id, body)
	}
	if list.Len() > 0 {
		fmt.Fprintf(b, `<EventStream schemeIdUri="%s" timescale="1000000">%s</EventStream>`+"\n", scheme, list.String())
	}
}
