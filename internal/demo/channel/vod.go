package channel

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/grafov/m3u8"

	"stitcher/internal/demo/media"
)

// vodBreak is where the VOD title has room for ads.
const vodBreak = 16 * time.Second

// insertion is the marker pair of a place where ads come in and nothing is
// replaced. grafov/m3u8 keeps one marker a segment, so the pair is a custom
// tag to it.
type insertion struct{}

func (insertion) TagName() string { return "#EXT-X-CUE-OUT" }
func (insertion) Encode() *bytes.Buffer {
	return bytes.NewBufferString("#EXT-X-CUE-OUT:0\n#EXT-X-CUE-IN")
}
func (i insertion) String() string { return i.Encode().String() }

// VOD returns a rendition's playlist of the VOD title: the loop, once.
func (c *Channel) VOD(formatName, name string) ([]byte, error) {
	f, r, err := c.find(formatName, name)
	if err != nil {
		return nil, err
	}
	list, err := newMedia(f, name, media.LoopSegments)
	if err != nil {
		return nil, err
	}
	list.MediaType = m3u8.VOD
	marked := false
	for i := range media.LoopSegments {
		segment := &m3u8.MediaSegment{
			URI:      name + "/" + strconv.Itoa(i) + f.Ext,
			Duration: r.Duration(i).Seconds(),
		}
		// Audio segments begin some milliseconds beside the picture's; the
		// break is before the same one in all renditions.
		if !marked && r.Starts[i] >= vodBreak-media.SegmentLength/2 {
			segment.Custom = map[string]m3u8.CustomTag{"insertion": insertion{}}
			marked = true
		}
		if err := list.AppendSegment(segment); err != nil {
			return nil, fmt.Errorf("vod playlist: %w", err)
		}
	}
	list.TargetDuration = media.SegmentLength.Seconds()
	list.Close()
	return list.Encode().Bytes(), nil
}

// VODFile returns the path, below the media's root, and the media type of a
// segment or init section of the VOD title.
func (c *Channel) VODFile(formatName, name, file string) (path, mediaType string, err error) {
	return c.file(formatName, name, file, 0, media.LoopSegments-1)
}

// segmentNumber reads the number in a segment's file name.
func segmentNumber(file string, f media.Format) (int64, error) {
	digits, ok := strings.CutSuffix(file, f.Ext)
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 0 || strconv.FormatInt(n, 10) != digits {
		return 0, ErrNoSuch
	}
	return n, nil
}
