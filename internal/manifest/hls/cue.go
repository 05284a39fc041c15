package hls

import (
	"errors"

	"stitcher/internal/manifest/scte35"
)

// readCue decodes a section as playlists carry it, in base64 or as 0x-hex. It
// answers false where it can't be decoded. A wrong checksum is forgiven: text
// that came over TCP is not damaged, but packagers that rewrite sections leave
// the old checksum behind, and some, MediaTailor's own Channel Assembly in its
// guide among them, write none. The avail begins where the marker stands either
// way.
func readCue(s string) (c scte35.Cue, ok bool) {
	c, err := scte35.DecodeString(s)
	return c, err == nil || errors.Is(err, scte35.ErrChecksum)
}

// silent says whether a section says nothing of its own, so that the tag that
// carries it decides: a time_signal without segmentation, a splice_null.
func silent(c *scte35.Cue) bool {
	return c.Insert == nil && len(c.Segmentations) == 0
}

// kinds are the markers that the signals of a section make.
var kinds = [...]SignalKind{scte35.In: In, scte35.Out: Out, scte35.OverlayEnd: OverlayEnd, scte35.Overlay: Overlay}

// sectionSignal is the marker that a signal of a section makes.
func sectionSignal(s scte35.Signal, section string) Signal {
	signal := Signal{Kind: kinds[s.Kind], Elapsed: -1, EventID: eventID(s.EventID), Type: s.Type, Cue: section}
	if signal.Kind == Out || signal.Kind == Overlay {
		signal.Duration = ticks(s.Duration)
	}
	return signal
}

// opening is what the section opens: an avail, else an overlay.
func opening(c *scte35.Cue) (scte35.Signal, bool) {
	if s, ok := c.Signal(scte35.Out); ok {
		return s, true
	}
	return c.Signal(scte35.Overlay)
}

// closing is what the section closes: an avail, else an overlay.
func closing(c *scte35.Cue) (scte35.Signal, bool) {
	if s, ok := c.Signal(scte35.In); ok {
		return s, true
	}
	return c.Signal(scte35.OverlayEnd)
}

// ticks converts 90 kHz ticks to microseconds; what is past a day is unknown.
func ticks(n uint64) int64 {
	if n > maxSeconds*90_000 {
		return 0
	}
	return int64((n*100 + 4) / 9)
}
