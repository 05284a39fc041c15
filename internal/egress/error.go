package egress

import (
	"errors"
	"fmt"
)

// ErrTooLarge says that a body is larger than the request allows.
var ErrTooLarge = errors.New("the answer is too large")

// ErrBlocked says that an address is not one that may be asked.
var ErrBlocked = errors.New("the address is not public")

// ErrURL says that a URL, or one that it redirects to, is none that can be
// asked, ever: about:blank for one, which VAST documents use as a placeholder.
var ErrURL = errors.New("the URL cannot be asked")

// StatusError is an answer to a Download that is not 200.
type StatusError struct{ Status int }

// Error names the status.
func (e *StatusError) Error() string { return fmt.Sprintf("the answer has status %d", e.Status) }

// BodyError is an answer whose body could not be read: the other side has seen
// the request and said what it thinks of it.
type BodyError struct {
	Status int
	Err    error
}

// Error says what went wrong with the body.
func (e *BodyError) Error() string {
	return fmt.Sprintf("the answer with status %d: %v", e.Status, e.Err)
}

// Unwrap is what went wrong with the body.
func (e *BodyError) Unwrap() error { return e.Err }
