package ledger

import (
	"testing"

	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/cut"
)

// TestCut: where another rendition begins or ends a pod, once that is certain.
func TestCut(t *testing.T) {
	at := func(seconds float64) int64 { return epochStart.UnixMicro() + int64(seconds*1e6) }
	for _, c := range []struct {
		name string
		view string
		cut  Cut
		want int64 // -1 is not certain yet
	}{
		{
			name: "the same boundary", view: "50@0 4 4 4 4",
			cut: Cut{Sequence: 102, Time: at(8), Before: 0, After: origin.Unknown}, want: 52,
		},
		{
			name: "the nearest boundary, before", view: "50@0.5 4 4 4 4",
			cut: Cut{Sequence: 102, Time: at(9), After: origin.Unknown}, want: 52,
		},
		{
			name: "the nearest boundary, after", view: "50@0 3.9 3.9 3.9 3.9",
			cut: Cut{Sequence: 102, Time: at(11), After: origin.Unknown}, want: 53,
		},
		{
			// What lies half a segment before may have been shown as content.
			name: "not before half a segment", view: "50@0 4 9 9",
			cut: Cut{Sequence: 102, Time: at(8), After: origin.Unknown}, want: 52,
		},
		{
			name: "the boundary is not there yet", view: "50@0 4 4",
			cut: Cut{Sequence: 104, Time: at(16), After: origin.Unknown}, want: -1,
		},
		{
			name: "a nearer boundary may still come", view: "50@0 4 4 3",
			cut: Cut{Sequence: 103, Time: at(11.9), After: origin.Unknown}, want: -1,
		},
		{
			name: "the edge is the boundary", view: "50@0 4 4 4",
			cut: Cut{Sequence: 103, Time: at(12), After: origin.Unknown}, want: 53,
		},
		{
			// Whether a discontinuity stands before the next segment is unknown.
			name: "a return needs the segment after it", view: "50@0 4 4 4",
			cut: Cut{Sequence: 103, Time: at(12), After: 0, Back: true}, want: -1,
		},
		{
			name: "a return with the segment after it", view: "50@0 4 4 4 4",
			cut: Cut{Sequence: 103, Time: at(12), After: 0, Back: true}, want: 53,
		},
		{
			// B-2: both sides of a cut belong to the reference's discontinuity.
			name: "before the discontinuity, though the one after is nearer", view: "50@0 4 4 1 1d 4 4",
			cut: Cut{Sequence: 103, Time: at(10.1), Before: 0, After: origin.Unknown}, want: 53,
		},
		{
			name: "back after the discontinuity", view: "50@0 4 4 1.5 1d 4 4",
			cut: Cut{Sequence: 103, Time: at(9), After: 1, Back: true}, want: 53,
		},
		{
			// It was shown to nobody.
			name: "it left before anyone fixed it", view: "80@100 4 4 4",
			cut: Cut{Sequence: 102, Time: at(8), After: origin.Unknown}, want: 79,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory()
			s := openStream(t, m)
			if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, "100@0 4 4 4 4 4"), epochStart); err != nil {
				t.Fatal(err)
			}
			v, err := s.Accept(t.Context(), "a", "", sketch(t, c.view), epochStart)
			if err != nil {
				t.Fatal(err)
			}
			got, ok, err := s.Cut(t.Context(), "a", v, c.cut)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				got = -1
			}
			if got != c.want {
				t.Fatalf("cut at %d, want %d", got, c.want)
			}
			if !ok {
				return
			}
			// Another process reads what this one wrote.
			if again, ok := openStream(t, m).Known(cut.Name{Rendition: "a", Sequence: c.cut.Sequence, Back: c.cut.Back}); !ok || again != got {
				t.Errorf("read back: %d %v", again, ok)
			}
		})
	}
}

// TestCutNeverMovesPastALaterOne: a cut that left unfixed is not after one that
// is fixed already.
func TestCutNeverMovesPastALaterOne(t *testing.T) {
	s := openStream(t, newMemory())
	if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, "100@0 4 4 4 4 4"), epochStart); err != nil {
		t.Fatal(err)
	}
	v, err := s.Accept(t.Context(), "a", "", sketch(t, "50@0 4 4 4 4 4"), epochStart)
	if err != nil {
		t.Fatal(err)
	}
	start := epochStart.UnixMicro()
	if x, _, _ := s.Cut(t.Context(), "a", v, Cut{Sequence: 103, Time: start + 12*second, After: origin.Unknown}); x != 53 {
		t.Fatalf("the later cut is %d", x)
	}
	if v, err = s.Accept(t.Context(), "a", "", sketch(t, "80@120 4 4 4"), epochStart); err != nil {
		t.Fatal(err)
	}
	if x, ok, _ := s.Cut(t.Context(), "a", v, Cut{Sequence: 101, Time: start + 4*second, After: origin.Unknown}); !ok || x > 53 {
		t.Errorf("the earlier cut is %d %v, after 53", x, ok)
	}
}

// TestUndated: renditions without dates are placed by the reference's segments,
// or not at all.
func TestUndated(t *testing.T) {
	for _, c := range []struct {
		name, reference, other string
		placed                 bool
		// start is the stream time of the other's head, from the reference's.
		start float64
	}{
		{"equal numbers and lengths", "100 4 4 4 4", "100 4 4 4 4", true, 0},
		{"equal numbers, a window behind", "100 4 3 4 3 4", "101 3 4 3", true, 4},
		{"numbers one apart", "100 4 3 2 4 3", "101 4 3 2 4 3", true, 0},
		{"a marker says which belong together", "100 4 4o8 4 4 4", "7 4 4o8 4 4 4", true, 0},
		{"a marker, but other lengths", "100 4 4o8 4 4 4", "7 4 1.9o8 2 1.9 2", false, 0},
		{"other lengths", "100 4 4 4 4", "100 2 2 2 2", false, 0},
		{"other numbers", "100 4 4 4 4", "7 4 4 4 4", false, 0},
		{"dated reference", "100@0 4 3 4 3", "100 4 3 4 3", true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openStream(t, newMemory())
			r, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, c.reference), epochStart)
			if err != nil {
				t.Fatal(err)
			}
			v, err := s.Accept(t.Context(), "a", "", sketch(t, c.other), epochStart)
			if err != nil {
				t.Fatal(err)
			}
			if v.Placed != c.placed {
				t.Fatalf("placed: %v", v.Placed)
			}
			if v.Placed && v.Start()-r.Start() != int64(c.start*1e6) {
				t.Errorf("begins %d µs after the reference", v.Start()-r.Start())
			}
		})
	}
}

// TestPodThatLeftUnseen: the start and the return of a pod that left a window before anyone
// asked for the rendition are both before the window, so that its playlist does not begin
// with a DISCONTINUITY.
func TestPodThatLeftUnseen(t *testing.T) {
	s := openStream(t, newMemory())
	if _, err := s.Accept(t.Context(), origin.Reference, "", sketch(t, "100@0 4 4 4 4 4"), epochStart); err != nil {
		t.Fatal(err)
	}
	v, err := s.Accept(t.Context(), "a", "", sketch(t, "80@100 4 4 4"), epochStart)
	if err != nil {
		t.Fatal(err)
	}
	at := epochStart.UnixMicro()
	from, _, err := s.Cut(t.Context(), "a", v, Cut{Sequence: 101, Time: at + 4*second, Before: 0, After: origin.Unknown})
	if err != nil {
		t.Fatal(err)
	}
	back, _, err := s.Cut(t.Context(), "a", v, Cut{Sequence: 103, Time: at + 12*second, Before: 0, After: 0, Back: true})
	if err != nil {
		t.Fatal(err)
	}
	if from != back || back != v.Head()-1 {
		t.Errorf("the pod is from %d to %d, and the window begins at %d", from, back, v.Head())
	}
}
