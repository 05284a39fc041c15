package ledger

import (
	"context"
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
func (s *Stream) align(rendition string, tr *track, r, v *origin.View) {
	key := rendition + "/" + itoa(int64(v.Epoch.Index))
	a, anchored := s.anchors[key]
	var settled int64
	if anchored {
		settled = tr.tail.Sequence + 1
	}
	var last *align.Last
	if t := &tr.tail; t.Epoch == v.Epoch.Index && !t.Dated && t.End != 0 {
		last = &align.Last{Sequence: t.Sequence, End: t.End, State: t.State}
	}
	p := &tr.aligned
	p.Place(v, r.Edge(), s.spans[v.Epoch.Index], last, settled)
	if p.Sure && !anchored {
		anchored = s.drop(key, v, p.Times[len(v.Segments)])
		a = s.anchors[key]
	}
	if anchored {
		v.Times, v.Placed = p.Times, true
		v.Rough, v.Shown, v.From = !p.Sure, a.Shown, a.From
		if k := v.Index(p.Since); k > 0 {
			v.From = max(v.From, p.Times[min(k, len(v.Segments))])
		}
	}
}

// drop records the anchor of a rendition that was shown before it could be
// placed, now up to edge. It answers false where the ledger can't be written.
func (s *Stream) drop(key string, v *origin.View, edge int64) bool {
	a := anchor{Shown: v.Next(), From: edge + 2*v.Target}
	if a.From == 0 {
		a.From = 1 // 0 is any time
	}
	got, err := s.create(context.Background(), avail.Fact{Key: "anchor/" + key, Value: origin.Encode(a)})
	if err != nil || json.Unmarshal(got[0].Value, &a) != nil {
		return false
	}
	return true
}
