package ledger

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/match"
)

// date fills in v.Times: by EXT-X-PROGRAM-DATE-TIME where the reference and
// the rendition have it, else by the numbers that are known already.
func (s *Stream) date(rendition string, tr *track, v *origin.View, now time.Time) {
	v.Times = make([]int64, len(v.Segments)+1)
	ref := s.tracks[origin.Reference]
	feeds := rendition == s.feeds.Last().Rendition
	dated := v.Dated && (feeds || s.tails[origin.Reference].Dated)
	if v.Ended && !dated && (tr.tail.Sequence < 0 || !feeds) {
		// All renditions of an asset that has ended begin together.
		at := assetStart
		if ref != nil && ref.newest != nil && !feeds {
			at = ref.newest.Start()
		}
		s.count(v, v.Sequence, at)
		v.Placed = true
		return
	}
	if dated {
		for i := range v.Segments {
			v.Times[i] = v.Segments[i].Time
		}
		last := v.Segments[len(v.Segments)-1]
		v.Times[len(v.Segments)] = last.Time + last.Duration
		v.Placed = true
		return
	}
	if feeds {
		s.count(v, v.Sequence, s.origin(tr, v, now))
		v.Placed = true
		return
	}
	r := s.shown()
	if r == nil || r.Epoch.Index != v.Epoch.Index {
		return
	}
	key := rendition + "/" + itoa(int64(v.Epoch.Index))
	_, known := s.shifts[key]
	shift, ok := s.shift(rendition, r, v)
	if !ok {
		s.align(rendition, tr, r, v)
		return
	}
	// Where the two windows have nothing in common, times are what they were when
	// the segments were listed, or what lies between is taken to be as long as can be.
	k := v.Index(tr.tail.Sequence)
	switch from, to := v.Head()-shift, v.Next()-shift; {
	case to < r.Head() && tr.tail.Epoch == v.Epoch.Index && k >= 0 && k < len(v.Segments):
		s.count(v, tr.tail.Sequence+1, tr.tail.End)
	case from > r.Next():
		s.count(v, v.Head(), r.Edge()+(from-r.Next())*ref.target)
	case to < r.Head():
		s.count(v, v.Next(), r.Start()-(r.Head()-to)*ref.target)
	default:
		at := max(r.Head(), from)
		s.count(v, at+shift, r.Times[r.Index(at)])
	}
	if !known && tr.tail.Sequence >= 0 && !s.drop(key, v, v.Edge()) {
		return
	}
	a := s.anchors[key]
	v.Placed, v.Shown, v.From = true, a.Shown, a.From
}

// shown is the newest view of the timeline; where this process has none, a view of
// no segments at the timeline's end. It is nil before the timeline has begun.
func (s *Stream) shown() *origin.View {
	ref, end := s.tracks[origin.Reference], s.tails[origin.Reference]
	if ref != nil && ref.newest != nil {
		return ref.newest
	}
	if ref == nil || end.Listed == 0 {
		return nil
	}
	return &origin.View{Timeline: &manifest.Timeline{Sequence: end.Sequence + 1}, Epoch: s.epochs[end.Epoch], Times: []int64{end.End}}
}

// assetStart is the stream time at which an undated asset begins. It is never
// written: what has no dates gets none.
const assetStart = second

// count sets all times by durations from the one that is known.
func (s *Stream) count(v *origin.View, sequence, time int64) {
	k := v.Index(sequence)
	v.Times[k] = time
	for i := k; i < len(v.Segments); i++ {
		v.Times[i+1] = v.Times[i] + v.Segments[i].Duration
	}
	for i := k; i > 0; i-- {
		v.Times[i-1] = v.Times[i] - v.Segments[i-1].Duration
	}
}

// origin is the stream time at which an undated template begins that feeds the
// timeline.
func (s *Stream) origin(tr *track, v *origin.View, now time.Time) int64 {
	if t := tr.tail; t.Sequence >= 0 && t.Epoch == v.Epoch.Index {
		// Where the last segment that any node listed is there, its end is exact.
		if k := v.Index(t.Sequence); k >= 0 && k < len(v.Segments) {
			start := t.End
			for i := k; i >= 0; i-- {
				start -= v.Segments[i].Duration
			}
			return start
		}
	}
	if old := tr.newest; old != nil && old.Epoch.Index == v.Epoch.Index {
		if k := old.Index(v.Sequence); k >= 0 && k < len(old.Times) {
			return old.Times[k]
		}
	}
	if t := tr.tail; t.Sequence >= 0 && t.Epoch == v.Epoch.Index {
		return t.End + (v.Sequence-t.Sequence-1)*tr.target
	}
	var sum int64
	for i := range v.Segments {
		sum += v.Segments[i].Duration
	}
	return now.UnixMicro() - sum
}

// shift is the difference between an undated rendition's numbers and the
// reference's, kept in the ledger. There is one only where both have the same
// segments: where a marker that both show, their numbers or their edges say
// which belong together, and the durations agree.
func (s *Stream) shift(rendition string, r, v *origin.View) (int64, bool) {
	key := rendition + "/" + itoa(int64(v.Epoch.Index))
	if d, ok := s.shifts[key]; ok {
		return d, true
	}
	d, ok := s.compare(rendition, r, v)
	if !ok {
		return 0, false
	}
	got, err := s.create(context.Background(), avail.Fact{Key: "shift/" + key, Value: origin.Encode(d)})
	if err != nil || json.Unmarshal(got[0].Value, &d) != nil {
		return 0, false
	}
	return d, true
}

// compare finds the difference between the numbers of an undated rendition and the
// timeline's. Where the rendition that feeds the timeline does not show it, a third one may
// whose difference is known: the feeding one may have died before the two were seen together.
// The edges say nothing of a third rendition, because its last playlist may be old.
func (s *Stream) compare(rendition string, r, v *origin.View) (int64, bool) {
	f, shift := s.feeds.Last(), int64(0)
	if tr := s.tracks[f.Rendition]; tr != nil && tr.newest != nil && tr.newest.Epoch.Index == v.Epoch.Index {
		// The timeline may begin in the middle of its window.
		r, shift = tr.newest, f.ShiftIn(v.Epoch.Index)
	}
	if d, ok := match.Shift(r, v); ok {
		return d + shift, true
	}
	if d := v.Next() - r.Next(); d > -3 && d < 3 && match.SameDurations(r, v, d) {
		return d + shift, true
	}
	for _, name := range slices.Sorted(maps.Keys(s.tracks)) {
		third, known := s.shifts[name+"/"+itoa(int64(v.Epoch.Index))]
		w := s.tracks[name].newest
		if !known || name == rendition || w == nil || w.Epoch.Index != v.Epoch.Index {
			continue
		}
		if d, ok := match.Shift(w, v); ok {
			return d + third, true
		}
	}
	return 0, false
}
