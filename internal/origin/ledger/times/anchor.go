package times

import (
	"encoding/json"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/align"
)

// anchor is created once per epoch for an undated rendition that was listed before its place
// on the timeline was known. It says from where on avails can be mapped to the rendition.
type anchor struct {
	// Shown is the number after the last segment that was listed as content,
	// without regard to the reference, before the rendition could be placed.
	Shown int64 `json:"s"`
	// From is the stream time from which on avails can be mapped, because no segment that
	// was listed before lies in them.
	From int64 `json:"f"`
}

// align places an undated rendition by the markers of its own playlist. Until two of them
// agree, its times are an estimate and nothing is mapped.
func (p *Placing) align(r *Rendition, v *origin.View) {
	key := keyOf(r.Name, v.Epoch.Index)
	a, anchored := p.Undated.anchors[key]
	var settled int64
	if anchored {
		settled = r.Tail.Sequence + 1
	}
	var last *align.Last
	if t := r.Tail; t.Epoch == v.Epoch.Index && !t.Dated && t.End != 0 {
		last = &align.Last{Sequence: t.Sequence, End: t.End, State: t.State}
	}
	own := r.Aligned
	own.Place(v, p.Line.Edge(), p.Spans, last, settled)
	if own.Sure && !anchored {
		anchored = p.drop(key, v, own.Times[len(v.Segments)])
		a = p.Undated.anchors[key]
	}
	if anchored {
		v.Times, v.Placed = own.Times, true
		v.Rough, v.Shown, v.From = !own.Sure, a.Shown, a.From
		if k := v.Index(own.Since); k > 0 {
			v.From = max(v.From, own.Times[min(k, len(v.Segments))])
		}
	}
}

// drop records the anchor of a rendition that was shown before it could be
// placed, now up to edge. It answers false where the ledger can't be written.
func (p *Placing) drop(key string, v *origin.View, edge int64) bool {
	a := anchor{Shown: v.Next(), From: edge + 2*v.Target}
	if a.From == 0 {
		a.From = 1 // 0 is any time
	}
	got, err := p.Create(avail.Fact{Key: "anchor/" + key, Value: origin.Encode(a)})
	return err == nil && json.Unmarshal(got.Value, &a) == nil
}
