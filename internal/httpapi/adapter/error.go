package adapter

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Error is a failure that a client is told of: a status and a name as AWS has
// them (reference §1.3, §2.4), a text for the client, and a cause for the log.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Type is the x-amzn-ErrorType, such as "NotFoundException".
	Type string
	// Public is the text of the answer. It holds nothing of Err.
	Public string
	// Allow lists the methods of the path; only a 405 has it.
	Allow string
	// RetryAfter is when the request may succeed; 0 says nothing.
	RetryAfter time.Duration
	// Err is the cause. It is logged and never sent.
	Err error
}

// Error is the public text and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Public
	}
	return fmt.Sprintf("%s: %v", e.Public, e.Err)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// BadRequest is a 400.
func BadRequest(format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Type: "BadRequestException", Public: fmt.Sprintf(format, args...)}
}

// NotFound is a 404.
func NotFound(public string) *Error {
	return &Error{Status: http.StatusNotFound, Type: "NotFoundException", Public: public}
}

// MethodNotAllowed is a 405. allow lists the methods of the path (RFC 9110
// §15.5.6 requires it).
func MethodNotAllowed(allow string) *Error {
	return &Error{Status: http.StatusMethodNotAllowed, Type: "MethodNotAllowedException", Public: "this path answers " + allow, Allow: allow}
}

// TooLarge is a 413: a body of more than limit bytes.
func TooLarge(limit int64, err error) *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Type: "RequestEntityTooLargeException",
		Public: fmt.Sprintf("the body is larger than %d bytes", limit), Err: err}
}

// Table translates the errors of a plane's handlers. The first row that knows
// the error wins. An *Error stands for itself, and what no row knows is a 500
// that says nothing of what happened inside.
type Table []func(error) *Error

// As is a row for errors of one type.
func As[E error](tell func(E) *Error) func(error) *Error {
	return func(err error) *Error {
		if found, ok := errors.AsType[E](err); ok {
			return tell(found)
		}
		return nil
	}
}

// Is is a row for errors that are one of the targets. tell gets the whole error.
func Is(tell func(error) *Error, targets ...error) func(error) *Error {
	return func(err error) *Error {
		if slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) }) {
			return tell(err)
		}
		return nil
	}
}

// tell is what the client is told of err. internal is the type of an error that
// no row knows.
func (t Table) tell(err error, internal string) *Error {
	if told, ok := errors.AsType[*Error](err); ok {
		return told
	}
	for _, row := range t {
		if told := row(err); told != nil && told.Status >= 400 && told.Status <= 599 {
			return told
		}
	}
	return &Error{Status: http.StatusInternalServerError, Type: internal, Public: "an internal error occurred", Err: err}
}

// panicError is a handler's panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }
