package admin

import (
	"errors"
	"fmt"
	"net/http"

	"stitcher/internal/playback"
	"stitcher/internal/sigv4"
	"stitcher/internal/stitch"
)

// apiError is a failure that a client is told of: status and name as AWS has
// them (reference §1.3), a text for the client, and a cause for the log.
type apiError struct {
	Status int
	// Type is the x-amzn-ErrorType.
	Type string
	// Public is the message. It holds nothing of Err.
	Public string
	Err    error
}

func (e *apiError) Error() string {
	if e.Err == nil {
		return e.Public
	}
	return fmt.Sprintf("%s: %v", e.Public, e.Err)
}

func (e *apiError) Unwrap() error { return e.Err }

func badRequest(format string, args ...any) *apiError {
	return &apiError{Status: http.StatusBadRequest, Type: "BadRequestException", Public: fmt.Sprintf(format, args...)}
}

func forbidden(format string, args ...any) *apiError {
	return &apiError{Status: http.StatusForbidden, Type: "AccessDeniedException", Public: fmt.Sprintf(format, args...)}
}

func unknownOperation() *apiError {
	return &apiError{Status: http.StatusNotFound, Type: "UnknownOperationException", Public: "there is no operation at this path"}
}

// methodError is a method that the path doesn't have.
type methodError struct{ allow string }

func (e *methodError) Error() string { return "this path answers " + e.allow }

// panicError is a handler's panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// publicError is what the client is told of err: the names and words of those
// errors that are its own, nothing of what happened inside.
func publicError(err error) *apiError {
	if told, ok := errors.AsType[*apiError](err); ok {
		return told
	}
	if refused, ok := errors.AsType[*sigv4.Error](err); ok {
		return &apiError{Status: http.StatusForbidden, Type: refused.Code, Public: refused.Message, Err: err}
	}
	if method, ok := errors.AsType[*methodError](err); ok {
		return &apiError{Status: http.StatusMethodNotAllowed, Type: "MethodNotAllowedException", Public: method.Error(), Err: err}
	}
	if wrong, ok := errors.AsType[*playback.ValidationError](err); ok {
		return badRequest("%s", wrong.Error())
	}
	if full, ok := errors.AsType[*playback.LimitError](err); ok {
		return badRequest("%s", full.Error())
	}
	if taken, ok := errors.AsType[*playback.ScheduleExistsError](err); ok {
		return badRequest("%s", taken.Error())
	}
	if full, ok := errors.AsType[*playback.ScheduleLimitError](err); ok {
		return badRequest("%s", full.Error())
	}
	for _, own := range []error{playback.ErrMalformed, playback.ErrToken} {
		if errors.Is(err, own) {
			return badRequest("%s", own.Error())
		}
	}
	if errors.Is(err, playback.ErrNotFound) || errors.Is(err, playback.ErrScheduleNotFound) || errors.Is(err, stitch.ErrNoSession) {
		return &apiError{Status: http.StatusNotFound, Type: "NotFoundException", Public: err.Error()}
	}
	return &apiError{Status: http.StatusInternalServerError, Type: "InternalFailure", Public: "an internal error occurred", Err: err}
}
