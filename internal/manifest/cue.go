package manifest

import (
	"errors"
	"strconv"

	"stitcher/internal/manifest/scte35"
)

// ReadCue decodes a section as playlists carry it, in base64 or as 0x-hex. It
// answers false where it can't be decoded. A wrong checksum is forgiven: text
// that came over TCP is not damaged, but packagers that rewrite sections leave
// the old checksum behind, and some, MediaTailor's own Channel Assembly in its
// guide among them, write none. The avail begins where the marker stands either
// way.
func ReadCue(s string) (c scte35.Cue, ok bool) {
	c, err := scte35.DecodeString(s)
	return c, err == nil || errors.Is(err, scte35.ErrChecksum)
}

// Silent says whether a section says nothing of its own, so that the tag that
// carries it decides: a time_signal without segmentation, a splice_null.
func Silent(c *scte35.Cue) bool {
	return c.Insert == nil && len(c.Segmentations) == 0
}

// maxTicks is a day in ticks.
const maxTicks = 86_400 * 90_000

// kinds are the markers that the signals of a section make.
var kinds = [...]SignalKind{scte35.In: In, scte35.Out: Out, scte35.OverlayEnd: OverlayEnd, scte35.Overlay: Overlay}

// KindOf is what a signal of a section makes of a marker.
func KindOf(k scte35.Kind) SignalKind { return kinds[k] }

// SectionSignal is the marker that a signal of a section makes.
func SectionSignal(s scte35.Signal, section string) Signal {
	signal := Signal{Kind: kinds[s.Kind], Elapsed: -1, EventID: EventID(s.EventID), Type: s.Type, Cue: section}
	if signal.Kind == Out || signal.Kind == Overlay {
		signal.Duration = Ticks(s.Duration)
	}
	return signal
}

// Opening is what the section opens: an avail, else an overlay.
func Opening(c *scte35.Cue) (scte35.Signal, bool) {
	if s, ok := c.Signal(scte35.Out); ok {
		return s, true
	}
	return c.Signal(scte35.Overlay)
}

// Closing is what the section closes: an avail, else an overlay.
func Closing(c *scte35.Cue) (scte35.Signal, bool) {
	if s, ok := c.Signal(scte35.In); ok {
		return s, true
	}
	return c.Signal(scte35.OverlayEnd)
}

// Ticks converts 90 kHz ticks to microseconds; what is past a day is unknown.
func Ticks(n uint64) int64 {
	if n > maxTicks {
		return 0
	}
	return int64((n*100 + 4) / 9)
}

// Describe adds a section and assets to a signal that opens an avail. A section
// that speaks of an overlay makes it one, whatever the tag.
func (s *Signal) Describe(section string, assets map[string]string) {
	if s.Assets == nil {
		s.Assets = assets
	}
	if s.Cue != "" || section == "" {
		return
	}
	s.Cue = section
	c, ok := ReadCue(section)
	if !ok {
		return
	}
	opened, ok := Opening(&c)
	if !ok {
		return
	}
	if s.Kind = kinds[opened.Kind]; s.Type == 0 {
		s.Type = opened.Type
	}
	if s.Duration == 0 {
		s.Duration = Ticks(opened.Duration)
	}
	if s.EventID == "" {
		s.EventID = EventID(opened.EventID)
	}
}

// Conclude adds what a section says to a signal that ends something of a type
// that is not known yet.
func (s *Signal) Conclude(section string) {
	if s.Type != 0 || section == "" {
		return
	}
	c, ok := ReadCue(section)
	if !ok {
		return
	}
	if closed, ok := Closing(&c); ok {
		s.Kind, s.Type = kinds[closed.Kind], closed.Type
	}
}

// EventID is the id of a section's event in decimal.
func EventID(id uint32) string { return strconv.FormatUint(uint64(id), 10) }
