package hls

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/Comcast/scte35-go/pkg/scte35"
)

// cue is what an SCTE-35 section says about avails.
type cue struct {
	// out and in are whether it opens and whether it closes an avail; both
	// where one ends as the next begins.
	out, in bool
	// duration is the announced one in microseconds; 0 is unknown.
	duration int64
	// id is the event id in decimal.
	id string
}

// segmentation types (SCTE 35 §10.3.3.1) that open an avail; the type that
// closes it is one more. Overlays, programs, chapters, credits and promos are
// no avails.
func opensAvail(segmentationType uint32) bool {
	switch segmentationType {
	case scte35.SegmentationTypeBreakStart,
		scte35.SegmentationTypeProviderAdStart, scte35.SegmentationTypeDistributorAdStart,
		scte35.SegmentationTypeProviderPOStart, scte35.SegmentationTypeDistributorPOStart,
		scte35.SegmentationTypeProviderAdBlockStart, scte35.SegmentationTypeDistributorAdBlockStart:
		return true
	}
	return false
}

// closesAvail says whether a segmentation type ends an avail.
func closesAvail(segmentationType uint32) bool {
	return segmentationType > 0 && opensAvail(segmentationType-1) ||
		segmentationType == scte35.SegmentationTypeProgramEarlyTermination
}

// readCue decodes a section as playlists carry it, in base64 or as 0x-hex. It
// answers false where it can't be decoded. A wrong checksum is forgiven:
// packagers that rewrite sections leave them behind.
func readCue(s string) (c cue, ok bool) {
	b, ok := cueBytes(s)
	if !ok {
		return cue{}, false
	}
	section, ok := decodeSection(b)
	if !ok {
		return cue{}, false
	}
	if insert, isInsert := section.SpliceCommand.(*scte35.SpliceInsert); isInsert {
		c.id = strconv.FormatUint(uint64(insert.SpliceEventID), 10)
		if insert.SpliceEventCancelIndicator {
			return c, true
		}
		c.out, c.in = insert.OutOfNetworkIndicator, !insert.OutOfNetworkIndicator
		if insert.BreakDuration != nil && c.out {
			c.duration = ticks(insert.BreakDuration.Duration)
		}
		return c, true
	}
	for _, d := range section.SpliceDescriptors {
		if s, isSegmentation := d.(*scte35.SegmentationDescriptor); isSegmentation && !s.SegmentationEventCancelIndicator {
			c.segmentation(s.SegmentationTypeID, s.SegmentationEventID, s.SegmentationDuration)
		}
	}
	return c, true
}

// segmentation adds a segmentation descriptor. The first one that opens an
// avail gives it its id and duration: it is the outermost.
func (c *cue) segmentation(kind, id uint32, duration *uint64) {
	switch {
	case opensAvail(kind) && !c.out:
		c.out, c.id = true, strconv.FormatUint(uint64(id), 10)
		if duration != nil {
			c.duration = ticks(*duration)
		}
	case closesAvail(kind):
		if c.in = true; c.id == "" {
			c.id = strconv.FormatUint(uint64(id), 10)
		}
	}
}

// ticks converts 90 kHz ticks to microseconds; what is past a day is unknown.
func ticks(n uint64) int64 {
	if n > maxSeconds*90_000 {
		return 0
	}
	return int64((n*100 + 4) / 9)
}

func cueBytes(s string) ([]byte, bool) {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		b, err := hex.DecodeString(s[2:])
		return b, err == nil
	}
	if b, err := base64.StdEncoding.DecodeString(s); err == nil {
		return b, len(b) > 0
	}
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return b, err == nil && len(b) > 0
}

// decodeSection keeps a panic of the decoder on hostile bytes to itself.
func decodeSection(b []byte) (section *scte35.SpliceInfoSection, ok bool) {
	defer func() {
		if recover() != nil {
			section, ok = nil, false
		}
	}()
	if len(b) == 0 || b[0] != scte35.TableID {
		return nil, false
	}
	section = &scte35.SpliceInfoSection{}
	err := section.Decode(b)
	return section, err == nil || errors.Is(err, scte35.ErrCRC32Invalid)
}
