package match

import "stitcher/internal/origin"

// Boundary is a boundary of the timeline that is looked for in another rendition.
type Boundary struct {
	// Time is its stream time.
	Time int64
	// Before and After are the timeline's discontinuity numbers of the segments on both
	// sides; origin.Unknown if not seen.
	Before, After int64
	// Back is whether content returns there; otherwise a pod begins.
	Back bool
}

// Nearest looks at every boundary of v for the one nearest in time, among those with the
// discontinuity number of c if numbered. best is the number of the segment after it, -1 if
// there is none, miss how far it is from c, and next whether that segment is listed.
func Nearest(v *origin.View, c Boundary, numbered bool) (best, miss int64, next bool) {
	best, miss = -1, 1<<62
	n := len(v.Segments)
	first := noLater
	for i := n; i >= 0; i-- {
		at := v.Times[i]
		if i == n {
			// The end of the last segment, which a date may leave behind.
			at = v.Edge()
		}
		if first = min(first, at); at > first && !v.Dated {
			continue // an estimate that was too late: a later boundary's time is earlier
		}
		if numbered && !fits(v, i, c) {
			continue
		}
		e := at - c.Time
		if !c.Back && e < -v.Target/2-Slack {
			continue // content that was shown as such would become ads
		}
		if e < 0 {
			e = -e
		}
		if e <= miss {
			best, miss, next = v.Sequence+int64(i), e, i < n
		}
	}
	return best, miss, next
}

// noLater is a time after all others.
const noLater = int64(1)<<62 - 1

// fits says whether the discontinuity numbers at boundary i are the
// reference's.
func fits(v *origin.View, i int, c Boundary) bool {
	n := len(v.Segments)
	if !c.Back {
		before := v.Segments[n-1].Number
		if i < n {
			before = v.NumberBefore(i)
		}
		return c.Before == origin.Unknown || before == c.Before
	}
	return i == n || c.After == origin.Unknown || v.Segments[i].Number == c.After
}
