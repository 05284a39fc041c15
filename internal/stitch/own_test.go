package stitch

import (
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/store/memory"
)

// TestSpan: an avail is found by its key among those of its epoch, the session's own too.
func TestSpan(t *testing.T) {
	s := &Playback{env: &Env{}}
	for _, sequence := range []int64{35, 10, 60, 20} {
		s.own = append(s.own, &own{Span: origin.NewSpan(avail.Avail{Key: avail.Key{Epoch: 2, Sequence: sequence}})})
	}
	var err error
	if s.Stream, err = ledger.Open(t.Context(), memory.NewFacts(time.Now), "c", ledger.Options{Maximum: 300e6}); err != nil {
		t.Fatal(err)
	}
	for sequence, found := range map[int64]bool{9: false, 10: true, 20: true, 34: false, 35: true, 60: true, 61: false} {
		got := s.span(avail.Key{Epoch: 2, Sequence: sequence})
		if (got != nil) != found || found && got.Sequence != sequence {
			t.Errorf("%d: %+v", sequence, got)
		}
	}
	if got := s.span(avail.Key{Epoch: 3, Sequence: 10}); got != nil {
		t.Errorf("of another epoch: %+v", got)
	}
}
