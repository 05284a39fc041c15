package manifest

import "stitcher/internal/manifest/scte35"

// SignalKind says what a marker does to an avail.
type SignalKind uint8

// The kinds of Signal.
const (
	// Out opens an avail at its segment.
	Out SignalKind = iota + 1
	// Cont says that its segment lies inside an avail.
	Cont
	// In ends an avail: its segment is the first of content.
	In
	// Overlay begins an opportunity to show something over content (SCTE 35's
	// types 0x38 and 0x3A). It is reported and never stitched.
	Overlay
	// OverlayEnd ends an overlay.
	OverlayEnd
)

// Signal is an ad marker, whatever its dialect (field failure B-30).
type Signal struct {
	Kind SignalKind
	// Duration is the announced length of the whole avail in microseconds; 0
	// is unknown.
	Duration int64
	// Elapsed is, for Cont, what has gone by of the avail in microseconds; -1
	// is unknown.
	Elapsed int64
	// EventID is the SCTE-35 event id, BREAKID or DATERANGE ID; "" is unknown.
	EventID string
	// Type is the segmentation type of the descriptor that made the signal, or
	// that opened what it ends; 0 where a tag alone or a splice_insert did. It
	// tells what ends an avail from what ends an ad within it (field failure
	// B-33).
	Type scte35.Type
	// Bounded is whether an In follows for certain, as where a Period of DASH is the
	// avail. Duration is then what is announced, and the In ends the avail.
	Bounded bool
	// Cue is the SCTE-35 section as written (base64 or 0x-hex); "" if none.
	Cue string
	// Assets are EXT-X-ASSET's pairs, URL-decoded.
	Assets map[string]string
}
