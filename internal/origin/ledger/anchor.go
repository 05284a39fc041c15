package ledger

import (
	"context"
	"encoding/json"
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
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

// step is where the times of a rendition were moved, and by how much.
type step struct {
	At int64 `json:"s"`
	By int64 `json:"d"`
}

// align places an undated rendition by the markers of its own playlist. Until two of them
// agree, times are an estimate from the live edges and nothing is mapped, because a single
// marker may be late, a repeat, or of another avail. After that times are sums of durations,
// and each marker corrects their error.
func (s *Stream) align(rendition string, tr *track, r, v *origin.View) {
	key := rendition + "/" + itoa(int64(v.Epoch.Index))
	a, anchored := s.anchors[key]
	tr.counted = make([]int64, len(v.Segments)+1)
	tr.settled = 0
	if anchored {
		tr.settled = tr.tail.Sequence + 1
	}
	// The estimate is late on purpose: listing too little is safe, listing too much would
	// have to be retracted when the markers agree.
	latest := r.Edge() + 2*v.Target
	if !tr.follow(v) {
		tr.addUp(v, 0)
		tr.counted[0] = latest - tr.counted[len(v.Segments)]
		tr.addUp(v, 0)
		tr.votes, tr.fixed, tr.steps, tr.sure = nil, nil, nil, false
	} else if gap := tr.counted[len(v.Segments)] - r.Edge(); gap < -farOff*v.Target || gap > farOff*v.Target {
		tr.move(v, 0, 2*v.Target-gap)
		tr.votes, tr.sure = nil, false
	}
	if tr.sure && s.contradicted(tr, v) {
		tr.votes, tr.sure = nil, false
	}
	if !tr.sure && s.agreed(tr, v) {
		tr.votes, tr.sure, tr.since = nil, true, tr.settled
	}
	if tr.sure {
		s.correct(tr, v)
		if !anchored {
			anchored = s.drop(key, v, tr.counted[len(v.Segments)])
			a = s.anchors[key]
		}
	}
	if anchored {
		v.Times, v.Placed = tr.counted, true
		v.Rough, v.Shown, v.From = !tr.sure, a.Shown, a.From
		if k := v.Index(tr.since); k > 0 {
			v.From = max(v.From, tr.counted[min(k, len(v.Segments))])
		}
	}
}

// farOff is how many target durations an estimate may be wrong by.
const farOff = 4

// addUp sets the times after boundary i from it.
func (tr *track) addUp(v *origin.View, i int) {
	for ; i < len(v.Segments); i++ {
		tr.counted[i+1] = tr.counted[i] + v.Segments[i].Duration
	}
}

// follow continues the times of v, and the conclusions from markers, from the last segment
// that any node listed; false if segments went by unseen.
func (tr *track) follow(v *origin.View) bool {
	t := &tr.tail
	k := v.Index(t.Sequence)
	if t.Epoch != v.Epoch.Index || t.Dated || t.End == 0 || k < -1 || k >= len(v.Segments) {
		return false
	}
	tr.sure, tr.steps, tr.since = t.Sure, slices.Clone(t.Steps), t.Since
	tr.votes, tr.fixed = slices.Clone(t.Votes), slices.Clone(t.Fixed)
	tr.counted[k+1] = t.End
	for i := k; i >= 0; i-- {
		tr.counted[i] = tr.counted[i+1] - v.Segments[i].Duration - tr.stepAt(v.Sequence+int64(i)+1)
	}
	tr.addUp(v, k+1)
	return true
}

// move moves the times from boundary i on. Boundaries that have been placed stay, because
// moving them would retract segments or list ads before them again.
func (tr *track) move(v *origin.View, i int, off int64) {
	i = max(i, v.Index(tr.settled))
	if i > 0 && off != 0 && i < len(tr.counted) {
		if tr.steps = append(tr.steps, step{v.Sequence + int64(i), off}); len(tr.steps) > maxVotes {
			tr.steps = append(tr.steps[:0:0], tr.steps[1:]...)
		}
	}
	for ; i < len(tr.counted); i++ {
		tr.counted[i] += off
	}
}

// stepAt is by how much the time of a segment is more than the end of the one
// before.
func (tr *track) stepAt(sequence int64) int64 {
	var sum int64
	for _, x := range tr.steps {
		if x.At == sequence {
			sum += x.By
		}
	}
	return sum
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
