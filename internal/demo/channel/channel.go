package channel

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/grafov/m3u8"

	"stitcher/internal/demo/media"
)

// windowSegments is the length of the live window unless another is asked for,
// and keepSegments how long a segment can be fetched after it has left the
// longest, maxWindow.
const (
	WindowSegments = 12
	MaxWindow      = 120
	keepSegments   = 60
)

// ErrNoSuch is answered with 404.
var ErrNoSuch = errors.New("there is no such playlist or segment")

// Channel is the live channel and the VOD title of the same media.
//
// Segment n of the channel lasts from n×2 s to (n+1)×2 s after the Unix epoch,
// and n is its media sequence number: a program that is started again finds
// the channel where it would be anyway.
type Channel struct {
	Library  *media.Library
	Schedule *Schedule
}

// LiveEdge is the number of the last segment that is over at an instant: a live
// encoder can't publish one sooner.
func LiveEdge(now time.Time) int64 {
	return now.UnixNano()/int64(media.SegmentLength) - 1
}

// discontinuities is the discontinuity number of segment n: timestamps begin
// again with every loop.
func discontinuities(n int64) int64 { return n / media.LoopSegments }

// Media returns a rendition's live playlist of so many segments at an instant.
func (c *Channel) Media(formatName, name string, window int64, now time.Time) ([]byte, error) {
	f, r, err := c.find(formatName, name)
	if err != nil {
		return nil, err
	}
	list, err := newMedia(f, name, uint(window))
	if err != nil {
		return nil, err
	}
	edge := LiveEdge(now)
	head := edge - window + 1
	list.SeqNo = uint64(head)
	// RFC 8216 §6.2.2: the tags that left are counted, one that is still listed
	// is not.
	list.DiscontinuitySeq = uint64(discontinuities(head))
	if head%media.LoopSegments == 0 {
		list.DiscontinuitySeq--
	}
	for n := head; n <= edge; n++ {
		i := int(n % media.LoopSegments)
		loop := time.Duration(n/media.LoopSegments) * media.LoopLength
		segment := &m3u8.MediaSegment{
			URI:             name + "/" + strconv.FormatInt(n, 10) + f.Ext,
			Duration:        r.Duration(i).Seconds(),
			Discontinuity:   i == 0,
			ProgramDateTime: time.Unix(0, int64(loop+r.Starts[i])).UTC(),
			SCTE:            c.marker(n),
		}
		if err := list.AppendSegment(segment); err != nil {
			return nil, fmt.Errorf("live playlist: %w", err)
		}
	}
	list.TargetDuration = media.SegmentLength.Seconds()
	return list.Encode().Bytes(), nil
}

// marker is the ad marker before segment n, if any.
func (c *Channel) marker(n int64) *m3u8.SCTE {
	a, inside := c.Schedule.At(n)
	switch {
	case inside:
		length := time.Duration(a.End-a.Start) * media.SegmentLength
		m := &m3u8.SCTE{Syntax: m3u8.SCTE35_OATCLS, CueType: m3u8.SCTE35Cue_Start,
			Cue: spliceOut(uint32(a.Start), length), Time: length.Seconds()}
		if n > a.Start {
			m.CueType = m3u8.SCTE35Cue_Mid
			m.Elapsed = (time.Duration(n-a.Start) * media.SegmentLength).Seconds()
		}
		return m
	case a.Start != 0 && n == a.End:
		return &m3u8.SCTE{Syntax: m3u8.SCTE35_OATCLS, CueType: m3u8.SCTE35Cue_End}
	}
	return nil
}

// Multivariant returns the multivariant playlist of a format, live and VOD.
func (c *Channel) Multivariant(formatName string) ([]byte, error) {
	f, ok := media.FindFormat(formatName)
	if !ok {
		return nil, ErrNoSuch
	}
	list := m3u8.NewMasterPlaylist()
	list.SetIndependentSegments(true)
	var audio *media.Rendition
	var groups []*m3u8.Alternative
	group := ""
	if !f.Muxed() {
		audio, group = c.Library.Renditions[f.Name+"/"+media.AudioName], "audio"
		groups = []*m3u8.Alternative{{GroupId: group, Type: "AUDIO", Name: "English", Language: "en",
			Default: true, Autoselect: "YES", URI: media.AudioName + ".m3u8"}}
	}
	for _, v := range media.Rungs() {
		r := c.Library.Renditions[f.Name+"/"+v.Name]
		params := m3u8.VariantParams{
			Bandwidth: r.Peak, AverageBandwidth: r.Average,
			Codecs:     v.Codecs + "," + media.AudioCodecs,
			Resolution: fmt.Sprintf("%dx%d", v.Width, v.Height),
			FrameRate:  media.FrameRate, Audio: group, Alternatives: groups,
		}
		if audio != nil {
			params.Bandwidth += audio.Peak
			params.AverageBandwidth += audio.Average
		}
		list.Append(v.Name+".m3u8", nil, params)
	}
	return list.Encode().Bytes(), nil
}

// File returns the path, below the media's root, and the media type of a live
// segment or of an init section, at an instant.
func (c *Channel) File(formatName, name, file string, now time.Time) (path, mediaType string, err error) {
	edge := LiveEdge(now)
	return c.file(formatName, name, file, edge-MaxWindow-keepSegments+1, edge)
}

// file finds an init section, or a segment whose number is in a range.
func (c *Channel) file(formatName, name, file string, first, last int64) (path, mediaType string, err error) {
	f, _, err := c.find(formatName, name)
	if err != nil {
		return "", "", err
	}
	dir := f.Name + "/" + name + "/"
	if file == media.InitName && !f.Muxed() {
		return dir + media.InitName, f.Type, nil
	}
	n, err := segmentNumber(file, f)
	if err != nil || n < first || n > last {
		return "", "", ErrNoSuch
	}
	return dir + strconv.FormatInt(n%media.LoopSegments, 10) + f.Ext, f.Type, nil
}

// Next is when the avail that is on, or else the next one, starts and ends at
// the live edge: what a viewer sees comes a few seconds later.
func (c *Channel) Next(now time.Time) (start, end time.Time, ok bool) {
	edge := LiveEdge(now)
	a, ok := c.Schedule.At(edge)
	if !ok {
		if a, ok = c.Schedule.after(edge); !ok {
			return start, end, false
		}
	}
	return time.Unix(0, a.Start*int64(media.SegmentLength)), time.Unix(0, a.End*int64(media.SegmentLength)), true
}

func (c *Channel) find(formatName, name string) (media.Format, *media.Rendition, error) {
	f, ok := media.FindFormat(formatName)
	if !ok {
		return f, nil, ErrNoSuch
	}
	r, ok := c.Library.Renditions[f.Name+"/"+name]
	if !ok {
		return f, nil, ErrNoSuch
	}
	return f, r, nil
}

// newMedia begins a media playlist. The window's size is 0 for the library:
// otherwise it cuts the list to its own idea of a window.
func newMedia(f media.Format, name string, capacity uint) (*m3u8.MediaPlaylist, error) {
	list, err := m3u8.NewMediaPlaylist(0, capacity)
	if err != nil {
		return nil, fmt.Errorf("media playlist: %w", err)
	}
	list.SetVersion(6) // EXT-X-MAP in a playlist that is not I-frames only, RFC 8216 §7
	if !f.Muxed() {
		list.SetDefaultMap(name+"/"+media.InitName, 0, 0)
	}
	return list, nil
}
