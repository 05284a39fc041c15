package lint

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
)

// mpdStream is a live origin of DASH in the test's own time: picture and sound in
// segments of two seconds, with an ad of three segments in every ten. It is the
// handler of a stream, whose fields are its faults.
type mpdStream struct {
	stream
	static bool
	// nominal is whether content is addressed by @duration.
	nominal bool
	// media, where it is set, changes where the samples of a segment begin, and how
	// many there are.
	media func(path string, from, samples int64) (int64, int64)
}

func (s *mpdStream) serve(w http.ResponseWriter, req *http.Request, elapsed time.Duration) bool {
	path := req.URL.Path
	edge := streamFirst + int64(elapsed/(streamSecs*time.Second))
	if s.edge != nil {
		edge = s.edge(path, edge)
	}
	var body []byte
	kind := "video/mp4"
	switch {
	case path == "/start.mpd":
		http.Redirect(w, req, "/live.mpd?session=1", http.StatusFound)
		return true
	case strings.HasSuffix(path, ".mpd"):
		text := s.mpd(edge)
		if s.text != nil {
			text = s.text(path, edge, text)
		}
		body, kind = []byte(text), "application/dash+xml"
	case strings.HasSuffix(path, "init.mp4"):
		body = s.init(path)
	default:
		body = s.segment(path)
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	if s.headers != nil {
		s.headers(path, h)
	}
	_, _ = w.Write(body)
	return true
}

// mpd is the MPD whose newest segment is edge.
func (s *mpdStream) mpd(edge int64) string {
	began := s.began.Add(-streamFirst * streamSecs * time.Second).UTC().Format(time.RFC3339Nano)
	kind := fmt.Sprintf(`type="dynamic" publishTime="%s" minimumUpdatePeriod="PT1S" timeShiftBufferDepth="PT12S" suggestedPresentationDelay="PT6S"`,
		s.began.Add(time.Duration(edge-streamFirst)*streamSecs*time.Second).UTC().Format(time.RFC3339Nano))
	if s.static {
		kind = fmt.Sprintf(`type="static" mediaPresentationDuration="PT%dS"`, (edge+1)*streamSecs)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT2S" availabilityStartTime="%s" %s>
<Location>http://origin.example/live.mpd?session=1</Location>
`, began, kind)
	for from := edge - streamWindow + 1; from <= edge; {
		first := from
		for streamAd(first-1) == streamAd(from) {
			first--
		}
		to := from
		for streamAd(to+1) == streamAd(from) {
			to++
		}
		s.period(&b, first, from, min(to, edge), to < edge)
		from = to + 1
	}
	b.WriteString("</MPD>\n")
	return b.String()
}

// period writes the Period that begins with segment first: its segments from to to.
func (s *mpdStream) period(b *strings.Builder, first, from, to int64, closed bool) {
	id, offset, number := fmt.Sprint("c", first), first, from
	media := "http://origin.example/$RepresentationID$/$Number$.m4s"
	if streamAd(first) {
		id, offset, number = fmt.Sprint("a", first), 0, from-first+1
		media = fmt.Sprintf("http://origin.example/v1/dashsegment/%d/$RepresentationID$/$Number$.m4s", first)
	}
	fmt.Fprintf(b, `<Period id="%s" start="PT%dS">`+"\n", id, first*streamSecs)
	for i, kind := range []string{"video", "audio"} {
		scale, codecs, more := streamScales[i], []string{"avc1.4d401e", "mp4a.40.2"}[i], []string{` width="640" height="360"`, ""}[i]
		fmt.Fprintf(b, `<AdaptationSet id="%d" contentType="%s" mimeType="%s/mp4" segmentAlignment="true"><SegmentTemplate timescale="%d" presentationTimeOffset="%d" startNumber="%d" media="%s" initialization="%s"`,
			i+1, kind, kind, scale, offset*streamSecs*scale, number, media, strings.Replace(media, "$Number$.m4s", "init.mp4", 1))
		if s.nominal && !streamAd(first) {
			last := ""
			if closed || s.static {
				last = fmt.Sprintf(` endNumber="%d"`, to)
			}
			fmt.Fprintf(b, ` duration="%d"%s/>`, streamSecs*scale, last)
			b2 := strings.Replace(b.String(), fmt.Sprintf(`startNumber="%d"`, number), fmt.Sprintf(`startNumber="%d"`, first), 1)
			b.Reset()
			b.WriteString(b2)
		} else {
			fmt.Fprintf(b, `><SegmentTimeline><S t="%d" d="%d" r="%d"/></SegmentTimeline></SegmentTemplate>`, (offset+from-first)*streamSecs*scale, streamSecs*scale, to-from)
		}
		fmt.Fprintf(b, `<Representation id="%s" codecs="%s" bandwidth="1000"%s/></AdaptationSet>`+"\n", kind, codecs, more)
	}
	b.WriteString("</Period>\n")
}

// streamScales are the timescales of picture and sound, streamFrames the lengths of
// their frames.
var streamScales, streamFrames = []int64{1000, 48_000}, []int64{40, 1000}

// streamKind is 0 for a path of picture, 1 of sound.
func streamKind(path string) int {
	if strings.Contains(path, "/audio/") {
		return 1
	}
	return 0
}

func (s *mpdStream) init(path string) []byte {
	k := streamKind(path)
	init := mp4.CreateEmptyInit()
	init.AddEmptyTrack(uint32(streamScales[k]), []string{"video", "audio"}[k], "und")
	var b bytes.Buffer
	if err := init.Encode(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// segment is that of a path: numbers of content count from the beginning of the
// stream, those of an ad from 1.
func (s *mpdStream) segment(path string) []byte {
	k := streamKind(path)
	n, err := strconv.ParseInt(strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".m4s"), 10, 64)
	if err != nil {
		panic(path)
	}
	if strings.Contains(path, "/v1/dashsegment/") {
		n--
	}
	from, samples := n*streamSecs*streamScales[k], streamSecs*streamScales[k]/streamFrames[k]
	if s.media != nil {
		from, samples = s.media(path, from, samples)
	}
	seg := mp4.NewMediaSegment()
	frag, err := mp4.CreateFragment(uint32(n+1), mp4.DefaultTrakID)
	if err != nil {
		panic(err)
	}
	seg.AddFragment(frag)
	for i := range samples {
		frag.AddFullSample(mp4.FullSample{
			Sample:     mp4.Sample{Flags: mp4.SyncSampleFlags, Dur: uint32(streamFrames[k]), Size: 1},
			DecodeTime: uint64(from + i*streamFrames[k]), Data: []byte{0},
		})
	}
	var b bytes.Buffer
	if err := seg.Encode(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}
