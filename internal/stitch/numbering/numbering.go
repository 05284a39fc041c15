// Package numbering says which media sequence numbers the ad segments of a session have in each
// rendition. It follows the same sums as package hlsplan, over all avails that are not summed up.
package numbering

import (
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/cut"
	"stitcher/internal/stitch/pods"
)

// Cuts has the cuts of renditions that are known; ledger.Stream does.
type Cuts interface {
	Known(c cut.Name) (int64, bool)
}

// Numbering is that of one rendition in a run.
type Numbering struct {
	Run  *pods.Run
	Cuts Cuts
	// Name is the rendition's name in the ledger, N its place in the layout.
	Name string
	N    int
	// Timed is set if the stream has no sequence numbers: nothing changes them.
	Timed bool
}

// Spot is an ad segment.
type Spot struct {
	Fill *pods.Fill
	// Index is the segment's place among all of the pod.
	Index int
}

// first is what the numbers of the run's first segments are increased by.
func (x *Numbering) first() int64 { return x.Run.Epoch.Sequence + x.Run.Base.Offsets[x.N] }

// from is the rendition's cut before pod i.
func (x *Numbering) from(i int) (int64, bool) {
	return x.Cuts.Known(cut.Name{Rendition: x.Name, Epoch: x.Run.Epoch.Index, Sequence: x.Run.Fills[i].Start})
}

// back is the rendition's cut after pod i. Content may have returned where the next pod began.
func (x *Numbering) back(i int) (int64, bool) {
	f := &x.Run.Fills[i]
	return x.Cuts.Known(cut.Name{
		Rendition: x.Name, Epoch: x.Run.Epoch.Index, Sequence: f.Back, Back: !pods.BeginsAt(x.Run.Fills[i+1:], f.Back),
	})
}

// Shift is what pod i adds to the numbers after it.
func (x *Numbering) Shift(i int) int64 {
	if x.Timed {
		return 0
	}
	from, _ := x.from(i)
	n, _ := x.shift(i, from)
	return n
}

// shift is what pod i adds to the numbers after it, if its cut is from; false while the cut after
// it is not known.
func (x *Numbering) shift(i int, from int64) (int64, bool) {
	listed := int64(x.Run.Fills[i].Listed)
	if from == origin.Skipped {
		return listed, true // the numbers that its tags left with
	}
	back, ok := x.back(i)
	return listed - (max(back, from) - from), ok
}

// First is the number of the first segment of pod i; false if it is not known, or the rendition
// never listed the pod.
func (x *Numbering) First(i int) (int64, bool) {
	offset := x.first()
	for k := range i + 1 {
		f := &x.Run.Fills[k]
		if f.Empty() {
			continue
		}
		from, ok := x.from(k)
		switch {
		case !ok:
			return 0, false
		case k == i:
			return from + offset, from != origin.Skipped
		case from != origin.Skipped && f.Back == pods.Unknown:
			return 0, false
		}
		offset += x.Shift(k)
	}
	return 0, false
}

// Find is the ad segment with a number; false if the run has none.
func (x *Numbering) Find(sequence int64) (Spot, bool) {
	offset := x.first()
	for i := range x.Run.Fills {
		f := &x.Run.Fills[i]
		if f.Empty() {
			continue
		}
		from, ok := x.from(i)
		if !ok {
			break
		}
		first := from + offset
		if from != origin.Skipped && sequence >= first && sequence < first+int64(f.Listed) {
			return Spot{f, int(sequence - first)}, true
		}
		if from != origin.Skipped && f.Back == pods.Unknown {
			break
		}
		by, ok := x.shift(i, from)
		if !ok {
			break
		}
		offset += by
	}
	return Spot{}, false
}
