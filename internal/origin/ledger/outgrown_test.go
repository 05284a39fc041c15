package ledger

import (
	"testing"
	"time"

	"stitcher/internal/origin"
)

// TestOutgrown: a rendition whose numbers do not fall with the reference's follows
// it into the next epoch once all that it lists is from there. It stayed behind for
// ever, and was answered with 503.
func TestOutgrown(t *testing.T) {
	for name, before := range map[string]string{
		"its encoder went on":               "50@0 4 4 4",
		"it was first asked for in between": "0@12 4 4",
	} {
		t.Run(name, func(t *testing.T) {
			s := openStream(t, newMemory())
			accept := func(rendition, text string, after int) (*origin.View, error) {
				return s.Accept(t.Context(), rendition, "", sketch(t, text), epochStart.Add(time.Duration(after)*time.Second))
			}
			if _, err := accept(origin.Reference, "100@0 4 4 4", 12); err != nil {
				t.Fatal(err)
			}
			old, err := accept("a", before, 12)
			if err != nil {
				t.Fatal(err)
			}
			for after := 20; after < 24; after++ {
				_, _ = accept(origin.Reference, "0@12 4 4", after)
			}
			if got := s.Newest(origin.Reference).Epoch.Index; got != 1 {
				t.Fatalf("the reference is in epoch %d", got)
			}
			v, err := accept("a", map[bool]string{true: "53@12 4 4", false: "0@12 4 4 4"}[old.Sequence == 50], 24)
			if err != nil || v.Epoch.Index != 1 {
				t.Errorf("the rendition is in epoch %d, %v", v.Epoch.Index, err)
			}
		})
	}
}

// TestBehind: an undated rendition that was first requested between a restart of the origin and
// when it became known has numbers that do not fall. It begins the epoch with what it has not
// listed, when the restart of all renditions is over.
func TestBehind(t *testing.T) {
	s := openStream(t, newMemory())
	if err := s.Begin(t.Context(), "v0"); err != nil {
		t.Fatal(err)
	}
	showSteps(t, s, []step{
		{"v0", "100 4 4 4 4", 0, nil}, {"a0", "300 3 3 3 3", 0, nil},
		{"t0", "1 4 4", 60, nil}, // the origin has started again
		{"v0", "0 4 4 4", 60, ErrUnsettled}, {"v0", "1 4 4 4", 66, nil},
		{"t0", "1 4 4 4", 67, ErrUnsettled}, {"t0", "2 4 4 4 4", 77, ErrUnsettled},
		{"a0", "0 3 3 3 3", 67, ErrUnsettled}, {"a0", "2 3 3 3 3", 73, nil},
	})
	if v := s.Newest("t0"); v.Epoch.Index != 0 || v.Next() != 3 {
		t.Errorf("t0 is in epoch %d up to %d", v.Epoch.Index, v.Next())
	}
	if v := s.Newest("a0"); v.Epoch.Index != 1 || v.First != 2 {
		t.Errorf("a0 is in epoch %d from %d", v.Epoch.Index, v.First)
	}
	showSteps(t, s, []step{{"t0", "2 4 4 4 4", 78, nil}, {"t0", "3 4 4 4 4", 82, nil}})
	if v := s.Newest("t0"); v.Epoch.Index != 1 || v.First != 3 {
		t.Errorf("t0 is in epoch %d from %d", v.Epoch.Index, v.First)
	}
}
