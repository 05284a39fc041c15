package ads

import (
	"sync"
	"time"

	"stitcher/internal/ads/adserver"
)

// Batch are the decisions that one manifest request begins: they share the time
// for all of their ad requests and how many of those may be under way at once
// (AdsPersonalizationTimeouts, AdsPersonalizationConcurrency; reference §1.4).
type Batch struct {
	once   sync.Once
	budget *adserver.Budget
}

// Of is the budget of the decisions, which counts from the first of them; nil,
// for one that stands alone, is one of its own.
func (b *Batch) Of(settings Settings) *adserver.Budget {
	if b == nil {
		return nil
	}
	b.once.Do(func() { b.budget = NewBudget(settings, time.Now()) }) // deadlines are on the ordinary clock
	return b.budget
}
