package known

import (
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

type noSpans struct{}

func (noSpans) Spans(int) []*origin.Span { return nil }

// TestSpan: an avail is found by its key among those of its epoch, the session's own too.
func TestSpan(t *testing.T) {
	var k Records
	for _, sequence := range []int64{35, 10, 60, 20} {
		k.Own = append(k.Own, &Own{Span: origin.NewSpan(avail.Avail{Key: avail.Key{Epoch: 2, Sequence: sequence}})})
	}
	for sequence, found := range map[int64]bool{9: false, 10: true, 20: true, 34: false, 35: true, 60: true, 61: false} {
		got := k.Span(noSpans{}, avail.Key{Epoch: 2, Sequence: sequence})
		if (got != nil) != found || found && got.Sequence != sequence {
			t.Errorf("%d: %+v", sequence, got)
		}
	}
	if got := k.Span(noSpans{}, avail.Key{Epoch: 3, Sequence: 10}); got != nil {
		t.Errorf("of another epoch: %+v", got)
	}
}
