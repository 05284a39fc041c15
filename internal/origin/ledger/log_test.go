package ledger

import (
	"context"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// counted counts reads of a ledger.
type counted struct {
	store.Facts
	reads int
}

func (c *counted) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	c.reads++
	return c.Facts.Since(ctx, owner, rev)
}

// TestReadAfter: a read of the ledger serves all who need one that began after a moment.
func TestReadAfter(t *testing.T) {
	c := &counted{Facts: newMemory()}
	s, err := Open(t.Context(), c, "channel", Options{Maximum: 60 * second, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	before := c.reads
	for i, step := range []struct {
		moment int64
		want   int
	}{
		{s.Reads(), 1},     // nobody has read since
		{s.Reads(), 1},     // the read before serves this one too
		{s.Reads() + 1, 2}, // it came after that
		{s.Reads() + 1, 2},
	} {
		if err := s.ReadAfter(t.Context(), step.moment); err != nil {
			t.Fatal(err)
		}
		if got := c.reads - before; got != step.want {
			t.Errorf("step %d: %d reads, want %d", i, got, step.want)
		}
	}
	if err := s.Follow(t.Context(), epochStart); err != nil {
		t.Fatal(err)
	}
	if err := s.ReadAfter(t.Context(), s.Reads()-1); err != nil || c.reads-before != 3 {
		t.Errorf("%d reads, want 3: what all viewers share serves too; %v", c.reads-before, err)
	}
}
