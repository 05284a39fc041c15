package origin

import (
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
)

// maxOverlays bounds the overlays that a stream remembers.
const maxOverlays = 64

// Overlays are the newest opportunities for overlays that the reference
// announced, oldest first. They are reported and never stitched (MediaTailor
// treats SCTE 35's type 0x38 so).
func (s *Stream) Overlays() []avail.Avail {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.overlays)
}

// overlay records an overlay's marker at q, unless it repeats the last one: by
// its id, or without ids within the announced duration.
func (sc *scanner) overlay(i int, q int64, sig *manifest.Signal) {
	start := sc.v.Times[i]
	if known := sc.lastOverlay(); known != nil && known.Epoch == sc.v.Epoch.Index {
		within := known.Duration == 0 || start-known.Start < known.Duration-slack
		unnamed := sig.EventID == "" || known.EventID == ""
		if q == known.Sequence || within && (unnamed || sig.EventID == known.EventID) {
			return
		}
	}
	a := avail.Avail{
		Key:   avail.Key{Epoch: sc.v.Epoch.Index, Sequence: q},
		Start: start, Duration: sig.Duration,
		EventID: sig.EventID, Type: uint8(sig.Type), Cue: sig.Cue, Assets: sig.Assets,
		Before: sc.v.NumberBefore(i), Seen: sc.now.UnixMicro(),
	}
	sc.overlays = append(sc.overlays, a)
	sc.propose("overlay/"+a.String(), a)
}

// lastOverlay is the newest overlay of the scan or of the stream; nil without.
func (sc *scanner) lastOverlay() *avail.Avail {
	for _, list := range [...][]avail.Avail{sc.overlays, sc.s.overlays} {
		if n := len(list); n > 0 {
			return &list[n-1]
		}
	}
	return nil
}
