package hls

import (
	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls/dates"
)

// Plan says what one session's media playlist consists of. It follows from the
// template, the stream's ledger and the session's decisions alone.
type Plan struct {
	// Sequence is the EXT-X-MEDIA-SEQUENCE of the output.
	Sequence int64
	// Discontinuity is the EXT-X-DISCONTINUITY-SEQUENCE of the output.
	Discontinuity int64
	// Runs are written in order.
	Runs []Run
	// Tail is whether the playlist reaches the end of the template, so that
	// what stands there after the last segment (EXT-X-ENDLIST, dateranges)
	// is written too.
	Tail bool
	// SegmentPrefix, where set, makes the URI of an ad segment
	// SegmentPrefix + SegmentFolder + number + extension of the file (beacons are
	// sent by us). Where it is empty the URI is AssetPrefix + asset id + "/" + file.
	SegmentPrefix, SegmentFolder string
	// AssetPrefix stands before the asset id in URIs of ad files; MAP URIs
	// always use it.
	AssetPrefix string
	// Query, where set, is appended to SegmentPrefix URIs, "?" included.
	Query string
	// Shifts, in order of At, move the dates of EXT-X-DATERANGE after ads that
	// were put between segments. Where there is none, every byte of content is
	// the origin's.
	Shifts []dates.Shift
	// Signals are written after the segments.
	Signals []Signal
}

// Run is a stretch of the output: content segments of the template, or the
// segments of one ad.
type Run struct {
	// From and To are indexes of Template.Segments, To not included. Both are
	// ignored where Ad is set.
	From, To int
	// Splice makes the first content segment of the run follow something that
	// is not its predecessor: it is written with DISCONTINUITY (once), with
	// every KEY and the MAP in force, with an explicit BYTERANGE offset and
	// with its EXT-X-PROGRAM-DATE-TIME.
	Splice bool
	// Shift is how much later than the origin's the dates of the run's content
	// are, in microseconds. It is 0 where Plan.Shifts is empty.
	Shift int64
	// Ad, where set, makes the run an ad.
	Ad *AdRun
}

// AdRun is the part of one item that a playlist lists.
type AdRun struct {
	// Asset is the id of the prepared creative.
	Asset string
	// Rendition has the files and durations.
	Rendition *avail.AssetRendition
	// From and To are indexes of Rendition.Segments, To not included.
	From, To int
	// Discontinuity writes EXT-X-DISCONTINUITY before the first segment; it is
	// unset only where the item's first segment has left the playlist (with
	// its tag).
	Discontinuity bool
	// Time is the EXT-X-PROGRAM-DATE-TIME of segment From, Unix microseconds,
	// where Dated. Any date is one: assets begin at 1970-01-01T00:00:00Z, and
	// clocks that count from 1904 are in the field.
	Time  int64
	Dated bool
	// Number is the media sequence number of segment From.
	Number int64
}
