package channel

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zencoder/go-dash/v3/helpers/ptrs"
	"github.com/zencoder/go-dash/v3/mpd"

	"stitcher/internal/demo/media"
)

// mpdFormat is the format whose files the MPDs list.
const mpdFormat = "cmaf"

// mpdScale is the timescale of what the MPDs say, in ticks per second: the lengths of
// segments are known in milliseconds.
const mpdScale = 1000

// MPD returns the live MPD of so many segments at an instant. Every loop of the media is
// a Period, because its timestamps begin again; the avails are events.
func (c *Channel) MPD(window int64, now time.Time) ([]byte, error) {
	edge := LiveEdge(now)
	head := edge - window + 1
	m := mpd.NewDynamicMPD(mpd.DASH_PROFILE_LIVE, "1970-01-01T00:00:00Z", "PT4S",
		mpd.AttrMinimumUpdatePeriod("PT2S"),
		mpd.AttrPublishTime(time.Unix(0, (edge+1)*int64(media.SegmentLength)).UTC().Format(time.RFC3339)))
	m.TimeShiftBufferDepth = ptrs.Strptr(fmt.Sprintf("PT%dS", window*int64(media.SegmentLength/time.Second)))
	delay := mpd.Duration(3 * media.SegmentLength)
	m.SuggestedPresentationDelay = &delay
	m.UTCTiming = &mpd.DescriptorType{
		SchemeIDURI: ptrs.Strptr("urn:mpeg:dash:utc:http-iso:2014"), Value: ptrs.Strptr("time"),
	}
	m.Periods = nil
	events := map[string]string{}
	for first := head; first <= edge; first = (first/media.LoopSegments + 1) * media.LoopSegments {
		loop := first / media.LoopSegments
		last := min(edge, (loop+1)*media.LoopSegments-1)
		start := mpd.Duration(time.Duration(loop) * media.LoopLength)
		p := &mpd.Period{ID: "loop-" + strconv.FormatInt(loop, 10), Start: &start}
		if err := c.describe(p, first, last, loop*media.LoopSegments); err != nil {
			return nil, fmt.Errorf("MPD: %w", err)
		}
		m.Periods = append(m.Periods, p)
		events[p.ID] = c.events(loop, first, edge)
	}
	text, err := m.WriteToString()
	if err != nil {
		return nil, fmt.Errorf("MPD: %w", err)
	}
	return []byte(withEvents(text, events)), nil
}

// FilmMPD returns the MPD of the VOD title: the loop, once, with room for ads in it.
func (c *Channel) FilmMPD() ([]byte, error) {
	m := mpd.NewMPD(mpd.DASH_PROFILE_LIVE, fmt.Sprintf("PT%dS", int(media.LoopLength.Seconds())), "PT4S")
	p := m.GetCurrentPeriod()
	p.ID = "film"
	if err := c.describe(p, 0, media.LoopSegments-1, 0); err != nil {
		return nil, fmt.Errorf("MPD: %w", err)
	}
	text, err := m.WriteToString()
	if err != nil {
		return nil, fmt.Errorf("MPD: %w", err)
	}
	return []byte(withEvents(text, map[string]string{"film": eventStream(event(int64(vodBreak/media.SegmentLength), vodBreak, 0))})), nil
}

// describe adds the renditions of segments first to last to a Period that begins with
// segment zero of the loop.
func (c *Channel) describe(p *mpd.Period, first, last, zero int64) error {
	video, err := p.AddNewAdaptationSetVideoWithID("1", mpd.DASH_MIME_TYPE_VIDEO_MP4, "progressive", true, 1)
	if err != nil {
		return err
	}
	for _, v := range media.Rungs() {
		r := c.Library.Renditions[mpdFormat+"/"+v.Name]
		x, err := video.AddNewRepresentationVideo(int64(r.Peak), v.Codecs, v.Name, strconv.Itoa(media.FrameRate), int64(v.Width), int64(v.Height))
		if err != nil {
			return err
		}
		x.SegmentTemplate = segmentTemplate(r, first, last, zero)
	}
	audio, err := p.AddNewAdaptationSetAudioWithID("2", mpd.DASH_MIME_TYPE_AUDIO_MP4, true, 1, "en")
	if err != nil {
		return err
	}
	r := c.Library.Renditions[mpdFormat+"/"+media.AudioName]
	x, err := audio.AddNewRepresentationAudio(48000, int64(r.Peak), media.AudioCodecs, media.AudioName)
	if err != nil {
		return err
	}
	x.SegmentTemplate = segmentTemplate(r, first, last, zero)
	return nil
}

// segmentTemplate lists segments first to last of a rendition, whose number zero begins the
// Period.
func segmentTemplate(r *media.Rendition, first, last, zero int64) *mpd.SegmentTemplate {
	t := &mpd.SegmentTemplate{
		Timescale: ptrs.Int64ptr(mpdScale), StartNumber: ptrs.Int64ptr(first),
		Initialization: ptrs.Strptr("$RepresentationID$/" + media.InitName), Media: ptrs.Strptr("$RepresentationID$/$Number$.m4s"),
		SegmentTimeline: &mpd.SegmentTimeline{},
	}
	for n := first; n <= last; n++ {
		i := int(n - zero)
		s := &mpd.SegmentTimelineSegment{Duration: uint64(r.Duration(i).Milliseconds())}
		if n == first {
			at := uint64(r.Starts[i].Milliseconds())
			s.StartTime = &at
		}
		t.SegmentTimeline.Segments = append(t.SegmentTimeline.Segments, s)
	}
	return t
}

// events is the EventStream of a loop's Period: the avails that begin in it, and one
// that began before the window and goes on.
func (c *Channel) events(loop, first, edge int64) string {
	var list strings.Builder
	zero := loop * media.LoopSegments
	add := func(a Avail) {
		at := time.Duration(a.Start-zero) * media.SegmentLength
		if at >= 0 && at < media.LoopLength {
			list.WriteString(event(a.Start, at, time.Duration(a.End-a.Start)*media.SegmentLength))
		}
	}
	if a, on := c.Schedule.At(first); on && a.Start < first {
		add(a)
	}
	for n := first; n <= edge+1; {
		a, ok := c.Schedule.after(n)
		if !ok || a.Start > edge+1 {
			break
		}
		add(a)
		n = a.Start + 1
	}
	return eventStream(list.String())
}

// eventStream is the element with all avails of a Period, whose events are events;
// go-dash has no events with a body.
func eventStream(events string) string {
	if events == "" {
		return ""
	}
	return fmt.Sprintf(`<EventStream schemeIdUri="urn:scte:scte35:2014:xml+bin" timescale="%d">%s</EventStream>`, mpdScale, events)
}

// event is an avail that begins at a time of its Period.
func event(id int64, at, length time.Duration) string {
	duration := ""
	if length > 0 {
		duration = fmt.Sprintf(` duration="%d"`, length.Milliseconds())
	}
	return fmt.Sprintf(`<Event presentationTime="%d"%s id="%d"><Signal xmlns="http://www.scte.org/schemas/35/2016"><Binary>%s</Binary></Signal></Event>`,
		at.Milliseconds(), duration, id, spliceOut(uint32(id), length))
}

// withEvents puts each Period's events where the schema wants them, before its
// AdaptationSets.
func withEvents(text string, events map[string]string) string {
	for id, e := range events {
		if e == "" {
			continue
		}
		at := strings.Index(text, `<Period id="`+id+`"`)
		if at < 0 {
			continue
		}
		if end := strings.IndexByte(text[at:], '>'); end > 0 {
			text = text[:at+end+1] + e + text[at+end+1:]
		}
	}
	return text
}
