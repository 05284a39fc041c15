package avail

import "iter"

// Progress is an offset within an ad at which its ad server wants to be told
// (VAST 4.3 §3.14.1). Its URLs are Ad.Tracking[p.Event()].
type Progress struct {
	// Offset is as the ad server wrote it.
	Offset string `json:"offset"`
	// At is the offset in microseconds, or Part is it in millionths of the ad's
	// length.
	At   int64 `json:"at,omitempty"`
	Part int64 `json:"part,omitempty"`
}

// Event is the key of the offset's URLs in Ad.Tracking.
func (p Progress) Event() string { return progressEvent + "@" + p.Offset }

// Position is the offset in microseconds within an ad of a length.
func (p Progress) Position(length int64) int64 {
	if p.Part > 0 {
		return length/1_000_000*p.Part + length%1_000_000*p.Part/1_000_000
	}
	return p.At
}

// In is the offset in microseconds within an ad of a length as it was prepared; false is
// that the ad ends before.
func (p Progress) In(length int64) (int64, bool) {
	at := p.Position(length)
	if at > length && at <= length+overrun {
		at = length
	}
	return at, at <= length
}

// overrun is how far an offset may lie behind the end of an ad and still be
// reached there: prepared ads may be shorter than declared by their last frames.
const overrun = 500_000

// ProgressIn are the progress events that the part of an ad between two
// positions implies: those whose offset lies in it or is its end. Length is that
// of the ad as prepared.
func ProgressIn(list []Progress, from, to, length int64) Events {
	var in, later Events
	for i, p := range list {
		at, _ := p.In(length)
		switch event := progressAt(i, len(list)); {
		case at > to:
			later |= event // offsets that share an event are told when the last is reached
		case at > from || at == 0 && from == 0:
			in |= event
		}
	}
	return in &^ later
}

// progressAt is the event of the i-th of n offsets. More than maxProgress share.
func progressAt(i, n int) Events {
	if n > maxProgress {
		i = i * maxProgress / n
	}
	return 1 << (progressBit + i)
}

// Beacons gives what is called for a single event: the keys in Tracking with their
// URLs.
func (a *Ad) Beacons(event Events) iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		if event&progressEvents == 0 {
			yield(event.Name(), a.Tracking[event.Name()])
			return
		}
		for i, p := range a.Progress {
			if progressAt(i, len(a.Progress)) == event && !yield(p.Event(), a.Tracking[p.Event()]) {
				return
			}
		}
	}
}

// Playhead is the position of an event, named as Beacons does, within an ad of the
// declared length; false where the name is of no event with a position.
func (a *Ad) Playhead(event string) (int64, bool) {
	switch event {
	case "breakStart", "loaded", "impression", "creativeView", "start":
		return 0, true
	case "firstQuartile":
		return a.Duration / 4, true
	case "midpoint":
		return a.Duration / 2, true
	case "thirdQuartile":
		return a.Duration * 3 / 4, true
	case "complete", "breakEnd":
		return a.Duration, true
	}
	for _, p := range a.Progress {
		if p.Event() == event {
			return p.Position(a.Duration), true
		}
	}
	return 0, false
}
