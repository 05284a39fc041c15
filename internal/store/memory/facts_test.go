package memory_test

import (
	"testing"

	"stitcher/internal/store/memory"
	"stitcher/internal/store/storetest"
)

// kept is facts that outlive their closing, as those of a server do.
type kept struct{ *memory.Facts }

func (kept) Close() error { return nil }

func TestFacts(t *testing.T) {
	storetest.RunFacts(t, func(*testing.T) func(*testing.T, *storetest.Clock) storetest.Facts {
		var facts *memory.Facts
		return func(_ *testing.T, clock *storetest.Clock) storetest.Facts {
			if facts == nil {
				facts = memory.NewFacts(clock.Now)
			}
			return kept{facts}
		}
	})
}
