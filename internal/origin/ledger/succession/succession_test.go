package succession

import (
	"testing"

	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/cut"
	"stitcher/internal/origin/ledger/tail"
	"stitcher/internal/origin/ledger/times"
)

// view is a placed view of segments of four seconds from a second on.
func view(head int64, n int, start int64, dated bool) *origin.View {
	v := &origin.View{Timeline: &manifest.Timeline{Sequence: head, Dated: dated}, Target: 4e6, First: -1, Placed: true, Times: []int64{start * 1e6}}
	for range n {
		v.Segments = append(v.Segments, manifest.Segment{Time: v.Times[len(v.Times)-1], Duration: 4e6})
		v.Times = append(v.Times, v.Times[len(v.Times)-1]+4e6)
	}
	return v
}

// TestSuccessor: a rendition goes on with a timeline of which the last segment is 103 and ends
// after 100 seconds, if that is certain.
func TestSuccessor(t *testing.T) {
	rough := view(50, 4, 92, true)
	rough.Rough = true
	undated := times.NewUndated()
	if err := undated.Learn("shift", "a/0", []byte("-54")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		view    *origin.View
		listed  int64 // by any node
		cuts    cut.Cuts
		strange bool
		from    int64 // the timeline's first number that it feeds; 0 is that it does not
		shift   int64
	}{
		{name: "no view"},
		{name: "it goes on past the end", view: view(50, 4, 92, true), from: 104, shift: -52},
		{name: "the cut there is known", view: view(50, 4, 92, true), cuts: cut.Cuts{{Rendition: "a", Sequence: 104}: 53}, from: 104, shift: -51},
		{name: "the cut there was skipped", view: view(50, 4, 92, true), cuts: cut.Cuts{{Rendition: "a", Sequence: 104}: origin.Skipped}, from: 104, shift: -52},
		{name: "it ends there too", view: view(50, 2, 92, true)},
		{name: "its place is an estimate", view: rough},
		{name: "another node has seen more", view: view(50, 4, 92, true), listed: 60},
		{name: "segments went by unseen", view: view(60, 4, 120, true), listed: 59, from: 106, shift: -46},
		{name: "it was never listed before the end", view: view(60, 4, 120, true), strange: true, from: 106, shift: -46},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := Line{End: tail.Tail{Sequence: 103, End: 100e6, Dated: true, Listed: 1000}, Cuts: c.cuts, Undated: undated}
			r := Rendition{Name: "a", View: c.view, Tail: tail.Tail{Sequence: c.listed, Begun: 500}}
			if c.strange {
				r.Tail.Begun = 2000
			}
			if got := l.Strange(&r); got != c.strange {
				t.Errorf("strange: %v, want %v", got, c.strange)
			}
			f, ok := l.Successor(&r)
			if ok != (c.from != 0) || ok && (f.From != c.from || f.Shift != c.shift) {
				t.Errorf("the feed is %+v, %v, want one from %d with shift %d", f, ok, c.from, c.shift)
			}
		})
	}
	// Without dates the ledger says which numbers are the same.
	l := Line{End: tail.Tail{Sequence: 103, End: 100e6}, Undated: undated}
	r := Rendition{Name: "a", View: view(48, 4, 92, false)}
	if f, ok := l.Successor(&r); !ok || f.From != 104 || f.Shift != -54 {
		t.Errorf("without dates: %+v, %v", f, ok)
	}
}
