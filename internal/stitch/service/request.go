package service

// SegmentRequest is a player's request for an ad segment.
type SegmentRequest struct {
	Configuration string
	Session       string
	// Rendition is the n of the media playlist that listed the segment.
	Rendition int
	// Sequence is the segment's media sequence number there.
	Sequence int64
	// Probe is set for requests that show nothing to anyone (HEAD): they fire
	// no beacon.
	Probe bool
}
