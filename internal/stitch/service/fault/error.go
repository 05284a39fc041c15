// Package fault is what players are told of failures.
package fault

import (
	"fmt"
	"time"
)

// Error is a failure that a player is told of: MediaTailor's status and name
// (reference §2.4), a text for the player, and a cause for the log.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Type is the x-amzn-ErrorType, such as "NotFoundException".
	Type string
	// Public is the text of the answer. It holds nothing of Err.
	Public string
	// RetryAfter is when the request may succeed; 0 says nothing.
	RetryAfter time.Duration
	// Err is the cause; it is logged and never sent.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Public
	}
	return fmt.Sprintf("%s: %v", e.Public, e.Err)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// BadRequest is what a player is told of a request that cannot be answered whatever there is.
func BadRequest(format string, args ...any) *Error {
	return &Error{Status: 400, Type: "BadRequestException", Public: fmt.Sprintf(format, args...)}
}

// NotFound is what a player is told of what does not exist.
func NotFound(format string, args ...any) *Error {
	return &Error{Status: 404, Type: "NotFoundException", Public: fmt.Sprintf(format, args...)}
}
