package stitch

import "stitcher/internal/stitch/hlsplan"

// switches turn rules of splicing.md off. The zero value has every rule on, and
// nothing sets one but the test that the simulation notices its absence: a rule
// that nothing misses is not tested, or not needed.
type switches struct {
	// plan are those of the planner of playlists.
	plan hlsplan.Switches
	// revealed lists a pod's segments before the origin has published their
	// time.
	revealed bool
	// nearest returns at the avail's end, however short the pod is.
	nearest bool
	// late starts a pod at the avail's start although content was shown of it.
	late bool
	// move leaves the timeline to the rendition that fed it first.
	move bool
	// records keeps the session's records in memory only.
	records bool
}
