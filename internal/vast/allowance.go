package vast

import (
	"sync/atomic"

	"stitcher/internal/vast/markup"
	"stitcher/internal/vast/vmap"
)

// Limits on the requests that the wrappers and breaks of one answer cause. Each break of a
// VMAP is a response with a limit of its own, so a hundred breaks could cause five thousand
// requests.
const (
	// maxRequests is for a VMAP whose breaks are all elsewhere, behind a wrapper.
	maxRequests = 2 * vmap.MaxBreaks
	// maxKept is how large the documents are together, in bytes. They are kept until the
	// decision is made, and many decisions are made at once.
	maxKept = 8 * markup.MaxBytes
)

// Allowance is what is left of the limits, for any number of goroutines.
type Allowance struct{ requests, bytes atomic.Int64 }

// NewAllowance is the allowance of one answer.
func NewAllowance() *Allowance {
	a := &Allowance{}
	a.requests.Store(maxRequests)
	a.bytes.Store(maxKept)
	return a
}

// ask takes one request; false is that none is left.
func (a *Allowance) ask() bool { return a.requests.Add(-1) >= 0 }

// keep takes a document; false is that there is no room for it.
func (a *Allowance) keep(document []byte) bool { return a.bytes.Add(-int64(len(document))) >= 0 }
