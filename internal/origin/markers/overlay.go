package markers

import (
	"stitcher/internal/avail"
	"stitcher/internal/manifest"
)

// overlay records an overlay's marker at q, unless it repeats the last one: by
// its id, or without ids within the announced duration.
func (sc *scanner) overlay(i int, q int64, sig *manifest.Signal) {
	start := sc.v.Times[i]
	if known := sc.lastOverlay(); known != nil && known.Epoch == sc.v.Epoch.Index {
		within := known.Duration == 0 || start-known.Start < known.Duration-Slack
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

// lastOverlay is the newest overlay of the view or of the ledger; nil without one.
func (sc *scanner) lastOverlay() *avail.Avail {
	if n := len(sc.overlays); n > 0 {
		return &sc.overlays[n-1]
	}
	return sc.known.Overlay
}
