package layouts

import (
	"sync"

	"stitcher/internal/avail"
)

// maxTracked bounds the assets of a layout that are kept under its names.
const maxTracked = 256

// Tracked are assets whose renditions are named as a layout names its own.
type Tracked struct {
	mu   sync.Mutex
	byID map[string]*avail.Asset
}

// Asset is the asset of an id, nil if it is not kept.
func (t *Tracked) Asset(id string) *avail.Asset {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byID[id]
}

// Keep keeps an asset under an id.
func (t *Tracked) Keep(id string, a *avail.Asset) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byID == nil || len(t.byID) >= maxTracked {
		t.byID = map[string]*avail.Asset{}
	}
	t.byID[id] = a
}
