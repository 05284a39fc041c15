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
