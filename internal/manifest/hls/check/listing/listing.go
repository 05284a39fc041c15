package listing

// Listing is a media playlist as a strict client reads it.
type Listing struct {
	// Version is EXT-X-VERSION, 1 where there is none.
	Version int
	// Target is EXT-X-TARGETDURATION in microseconds, 0 where there is none.
	Target int64
	// Sequence is EXT-X-MEDIA-SEQUENCE, 0 where there is none.
	Sequence int64
	// Discontinuity is EXT-X-DISCONTINUITY-SEQUENCE, 0 where there is none.
	Discontinuity int64
	// Type is EXT-X-PLAYLIST-TYPE: "EVENT", "VOD" or "".
	Type string
	// Ended is whether EXT-X-ENDLIST is there.
	Ended bool
	// Independent is whether EXT-X-INDEPENDENT-SEGMENTS is there.
	Independent bool
	// IFramesOnly is whether EXT-X-I-FRAMES-ONLY is there.
	IFramesOnly bool
	// ServerControl is EXT-X-SERVER-CONTROL, its attributes sorted.
	ServerControl string
	// Skipped is SKIPPED-SEGMENTS of a delta update (RFC 8216bis §4.4.5.2):
	// Segments starts at Sequence + Skipped.
	Skipped int64
	// Dated is whether any EXT-X-PROGRAM-DATE-TIME is there.
	Dated bool
	// Segments are the segments, in order, without gaps in their numbers.
	Segments []Segment
	// DateRanges are the EXT-X-DATERANGE tags by ID, tags of one ID merged.
	DateRanges map[string]DateRange
}

// Segment is one segment of a Listing.
type Segment struct {
	// Sequence is the media sequence number.
	Sequence int64
	// URI is as written, EXT-X-DEFINE's own values put in.
	URI string
	// Duration is EXTINF in microseconds.
	Duration int64
	// Discontinuity is whether EXT-X-DISCONTINUITY stands before it.
	Discontinuity bool
	// DiscontinuityNumber is EXT-X-DISCONTINUITY-SEQUENCE plus the tags up to
	// and including its own.
	DiscontinuityNumber int64
	// Time is its date in Unix microseconds, where HasTime or Counted.
	Time int64
	// HasTime is whether it has an EXT-X-PROGRAM-DATE-TIME.
	HasTime bool
	// Counted is whether Time was counted from the nearest
	// EXT-X-PROGRAM-DATE-TIME of the same discontinuity number.
	Counted bool
	// Keys are the EXT-X-KEY tags in force, one a KEYFORMAT; none in the clear.
	Keys []Key
	// Map is the EXT-X-MAP in force, if any.
	Map *Map
	// Range is its EXT-X-BYTERANGE, if any, the offset resolved.
	Range *Range
	// Gap is whether it has EXT-X-GAP.
	Gap bool
	// Line is the line of its URI, from 1.
	Line int
}

// Timed is whether Time is known.
func (s *Segment) Timed() bool { return s.HasTime || s.Counted }

// Key is an EXT-X-KEY other than METHOD=NONE.
type Key struct {
	Method, URI string
	// IV is 32 lower-case hex digits. Where it is "", AES-128 takes the media
	// sequence number (RFC 8216bis §5.2): lawful, but a renumbered segment no
	// longer decrypts (field failure B-20).
	IV string
	// Format is KEYFORMAT, "identity" where there is none.
	Format, FormatVersions string
}

// Map is an EXT-X-MAP.
type Map struct {
	URI   string
	Range *Range
}

// Range is a byte range.
type Range struct {
	// Length and Offset are in bytes.
	Length, Offset int64
}

// DateRange is what all EXT-X-DATERANGE tags of one ID say.
type DateRange struct {
	// Attributes are the values as written, quotes included.
	Attributes map[string]string
	// Start is START-DATE and End is END-DATE, or START-DATE plus DURATION, in
	// Unix microseconds; End is Start where the end is not known.
	Start, End int64
	// Line is the line of the first tag.
	Line int
}

// End is the number of the segment after the last one listed.
func (l *Listing) End() int64 {
	return l.First() + int64(len(l.Segments))
}

// Duration is the sum of the listed durations in microseconds.
func (l *Listing) Duration() int64 {
	var sum int64
	for i := range l.Segments {
		sum += l.Segments[i].Duration
	}
	return sum
}

// First is the number of the first segment in Segments.
func (l *Listing) First() int64 { return l.Sequence + l.Skipped }

// At is the segment with a number, nil where it is not listed.
func (l *Listing) At(sequence int64) *Segment {
	i := sequence - l.First()
	if i < 0 || i >= int64(len(l.Segments)) {
		return nil
	}
	return &l.Segments[i]
}
