package origin

// Epoch is a run of the origin's sequence numbers without a restart. Its
// record is made once for all renditions, so that numbers keep rising and stay
// comparable between renditions whatever the origin starts again from.
type Epoch struct {
	// Index counts the restarts seen.
	Index int `json:"index"`
	// Sequence and Discontinuity are added to the origin's numbers.
	Sequence      int64 `json:"sequence,omitempty"`
	Discontinuity int64 `json:"discontinuity,omitempty"`
	// Time is the stream time of the reference's first segment in the epoch.
	Time int64 `json:"time,omitempty"`
	// Past is the last number of the reference that was listed in the epoch
	// before.
	Past int64 `json:"past,omitempty"`
	// Begun is when it was recorded, in Unix microseconds.
	Begun int64 `json:"begun,omitempty"`
	// Resumed is set where the origin did not start again: the rendition that fed the
	// timeline died, and no other could be proved to continue it. It is a time of the
	// clock in Unix microseconds: renditions begin the epoch with what is published after
	// that and was not listed before.
	Resumed int64 `json:"resumed,omitempty"`
}

// The distances kept to the highest numbers of the last epoch: sessions add to
// the origin's numbers what their ads have more segments than the content they
// replaced, so the next epoch must start above all of them. Discontinuity
// numbers rise by less, since no more tags can have left than segments.
const (
	epochSequenceStep      = 1 << 24
	epochDiscontinuityStep = 1 << 20
)

// After is the epoch that follows e, given the highest numbers seen in e.
func (e Epoch) After(sequence, discontinuity, time int64) Epoch {
	return Epoch{
		Index:         e.Index + 1,
		Sequence:      e.Sequence + sequence + epochSequenceStep,
		Discontinuity: e.Discontinuity + discontinuity + epochDiscontinuityStep,
		Time:          time,
	}
}
