package stitch

// switches turn rules of splicing.md off. The zero value has every rule on, and
// nothing sets one but the test that the simulation notices its absence: a rule
// that nothing misses is not tested, or not needed.
type switches struct {
	// horizon lists other renditions past what the reference has shown.
	horizon bool
	// hold lists content while a decision is awaited.
	hold bool
	// revealed lists a pod's segments before the origin has published their
	// time.
	revealed bool
	// nearest returns at the avail's end, however short the pod is.
	nearest bool
	// numbers maps cuts by time alone, whatever the discontinuity numbers are.
	numbers bool
	// late starts a pod at the avail's start although content was shown of it.
	late bool
	// move leaves the timeline to the rendition that fed it first.
	move bool
	// doubt shows content of what is undecided as soon as the store is away.
	doubt bool
	// records keeps the session's records in memory only.
	records bool
}
