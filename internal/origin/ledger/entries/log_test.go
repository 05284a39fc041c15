package entries

import (
	"context"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
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
	c := &counted{Facts: memory.NewFacts(time.Now)}
	l, _ := newLog(c)
	l.Lock()
	err := l.Read(t.Context())
	l.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	before := c.reads
	for i, step := range []struct {
		moment int64
		want   int
	}{
		{l.Reads(), 1},     // nobody has read since
		{l.Reads(), 1},     // the read before serves this one too
		{l.Reads() + 1, 2}, // it came after that
		{l.Reads() + 1, 2},
	} {
		if err := l.ReadAfter(t.Context(), step.moment); err != nil {
			t.Fatal(err)
		}
		if got := c.reads - before; got != step.want {
			t.Errorf("step %d: %d reads, want %d", i, got, step.want)
		}
	}
	if err := l.Follow(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	if err := l.ReadAfter(t.Context(), l.Reads()-1); err != nil || c.reads-before != 3 {
		t.Errorf("%d reads, want 3: what all viewers share serves too; %v", c.reads-before, err)
	}
}
