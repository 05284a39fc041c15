package spans

import (
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// list are avails of which each ends ten seconds after the one before.
func list(n int) []*origin.Span {
	var l []*origin.Span
	for i := range int64(n) {
		l = append(l, &origin.Span{
			Avail: avail.Avail{Key: avail.Key{Sequence: 10 * i}}, End: 10*i + 5, After: 0,
			Bounds: []origin.Bound{{Sequence: 10*i + 5, Time: 10e6 * (i + 1)}},
		})
	}
	return l
}

// TestExpired: avails are forgotten once they are old, but for the last, and the oldest whatever
// their age if there are too many. One whose end is open, and those after it, stay.
func TestExpired(t *testing.T) {
	for _, c := range []struct {
		name   string
		list   []*origin.Span
		latest int64
		want   int
	}{
		{"none is old", list(100), 0, 0},
		{"three are old", list(100), 30e6, 3},
		{"all are old", list(100), 9000e6, 100 - least},
		{"too many", list(most + 7), 0, 7},
		{"few", list(least), 9000e6, 0},
	} {
		if got := Expired(c.list, c.latest); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	open := list(100)
	open[2].End = origin.Open
	if got := Expired(open, 9000e6); got != 2 {
		t.Errorf("the third is open: %d", got)
	}
	open = list(100)
	open[4].After = origin.Unknown
	if got := Expired(open, 9000e6); got != 4 {
		t.Errorf("what follows the fifth is not known: %d", got)
	}
}
