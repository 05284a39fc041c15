package mpd

import (
	godash "github.com/zencoder/go-dash/v3/mpd"

	"stitcher/internal/manifest/dash/quantity"
)

// timeline is how long the segments of a Representation are.
type timeline struct {
	scale   int64
	entries *godash.SegmentTimeline
	// length is @duration; period that of the Period in microseconds, 0 where it is
	// unknown.
	length, period int64
}

// span is the place of one segment.
type span struct {
	// index counts from the first that is listed, at is $Time$ in ticks.
	index, at int64
	// start, after that of the Period, and lasts are in microseconds.
	start, lasts int64
}

// expand lists at most n segments of the Period.
func (l *timeline) expand(presentationTimeOffset *uint64, n int) ([]span, error) {
	if l.scale <= 0 || l.scale > quantity.MaxScale {
		return nil, unreadable("timescale %d", l.scale)
	}
	offset := *orPointer(presentationTimeOffset, 0)
	if offset > quantity.MaxTicks {
		return nil, unreadable("presentationTimeOffset %d", offset)
	}
	w := walk{timeline: l, offset: int64(offset), most: n}
	var err error
	if l.entries != nil {
		err = w.entered()
	} else {
		err = w.uniform()
	}
	return w.out, err
}

// walk lists segments one after another.
type walk struct {
	*timeline
	offset, index int64
	most          int
	out           []span
	// end is the media time after the last segment, over whether the Period is.
	end  int64
	over bool
}

// micros is when a media time is, after the Period's start.
func (w *walk) micros(at int64) int64 { return quantity.Micros(0, at-w.offset, w.scale) }

// add lists the next segment, unless it is outside the Period.
func (w *walk) add(at, d int64) error {
	start, end := w.micros(at), w.micros(at+d)
	index := w.index
	w.index++
	switch {
	case end <= 0:
		return nil
	case w.period > 0 && start > w.period-slack:
		w.over = true
		return nil
	case len(w.out) == w.most && w.most < mostSegments: // a SegmentList that is shorter than its timeline
		w.over = true
		return nil
	case len(w.out) == w.most:
		return unreadable("it lists more than %d segments", mostSegments)
	}
	if n := len(w.out); n > 0 {
		if gap := quantity.Micros(0, max(at-w.end, w.end-at), w.scale); gap > slack {
			return misshapen("its timeline has a gap or an overlap of %d ms", gap/1000)
		}
		w.out[n-1].lasts = start - w.out[n-1].start
	}
	w.out = append(w.out, span{index: index, at: at, start: start, lasts: end - start})
	w.end = at + d
	return nil
}

// uniform lists the segments of @duration: the last one lasts to the Period's end.
func (w *walk) uniform() error {
	d := w.length
	if w.period <= 0 {
		return unreadable("it has neither a SegmentTimeline nor a length of its Period")
	}
	if d < 0 || d > quantity.MaxTicks {
		return unreadable("duration %d", d)
	}
	if d == 0 { // one segment that is the whole Period
		w.out = []span{{at: w.offset, lasts: w.period}}
		return nil
	}
	for at := w.offset; !w.over && at <= quantity.MaxTicks; at += d {
		if err := w.add(at, d); err != nil {
			return err
		}
	}
	if n := len(w.out); n > 0 {
		last := &w.out[n-1]
		last.lasts = min(last.lasts, w.period-last.start)
	}
	return nil
}

// entered lists the segments of a SegmentTimeline.
func (w *walk) entered() error {
	var at int64
	for i, s := range w.entries.Segments {
		if s.StartTime != nil {
			if *s.StartTime > quantity.MaxTicks {
				return unreadable("S@t %d", *s.StartTime)
			}
			at = int64(*s.StartTime)
		}
		if s.Duration == 0 || s.Duration > quantity.MaxTicks {
			return unreadable("S@d %d", s.Duration)
		}
		d, repeat := int64(s.Duration), *orPointer(s.RepeatCount, 0)
		until := int64(-1)
		if repeat < 0 { // to the next S, or to the Period's end
			switch {
			case i+1 < len(w.entries.Segments) && w.entries.Segments[i+1].StartTime != nil:
				until = int64(min(*w.entries.Segments[i+1].StartTime, quantity.MaxTicks))
			case w.period > 0:
				until = w.offset + quantity.Ticks(w.period, 0, w.scale)
			default:
				return unreadable("S@r is negative, and nothing says how often it is repeated")
			}
		}
		for k := 0; (until < 0 && k <= repeat || at < until) && !w.over; k++ {
			if at > quantity.MaxTicks {
				return unreadable("a segment is at %d", at)
			}
			if w.index > 1<<20 {
				return unreadable("its timeline has more than %d segments", 1<<20)
			}
			if err := w.add(at, d); err != nil {
				return err
			}
			at += d
		}
	}
	return nil
}
