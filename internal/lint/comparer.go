package lint

import (
	"sync"

	"stitcher/internal/lint/findings"
	hlscheck "stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// comparer holds the renditions to each other once all of them have been
// polled since the last time.
type comparer struct {
	recorder *findings.Recorder

	mu     sync.Mutex
	latest []*listing.Listing
	// fresh is who was polled since the last comparison, left who will not be
	// polled again.
	fresh, left []bool
	// differing are the DATERANGEs that differed at the last comparison.
	differing map[string]bool
}

func newComparer(rec *findings.Recorder, renditions int) *comparer {
	return &comparer{
		recorder: rec,
		latest:   make([]*listing.Listing, renditions),
		fresh:    make([]bool, renditions),
		left:     make([]bool, renditions),
	}
}

// update notes a rendition's newest playlist, nil where there is none.
func (c *comparer) update(index int, l *listing.Listing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latest[index], c.fresh[index] = l, true
	c.compare()
}

// leave notes that a rendition is not polled any more.
func (c *comparer) leave(index int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left[index] = true
}

func (c *comparer) compare() {
	for i := range c.fresh {
		if !c.fresh[i] && !c.left[i] {
			return
		}
	}
	clear(c.fresh)
	var found []rule.Violation
	differing := map[string]bool{}
	for _, v := range hlscheck.Renditions(c.latest...) {
		// Playlists fetched at different instants may differ in what was
		// announced between the two, but not for two rounds.
		if v.Rule == rule.DateRangeDiffers {
			differing[v.Detail] = true
			if !c.differing[v.Detail] {
				continue
			}
		}
		found = append(found, v)
	}
	c.differing = differing
	c.recorder.Add("renditions", fromHLS(nil, found...)...)
}
