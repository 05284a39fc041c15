package vast

import (
	"errors"
	"fmt"
)

// ErrVMAP tells that a document is a VMAP and not a VAST.
var ErrVMAP = errors.New("the document is a VMAP, not a VAST")

// ParseError says why a document can't be used.
type ParseError struct {
	// Code is the VAST error code (VAST 4.3 §2.3.6.3): 100 not XML, 101 not
	// VAST.
	Code int
	Err  error
}

// Error gives the cause as one sentence.
func (e *ParseError) Error() string { return "parse VAST: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *ParseError) Unwrap() error { return e.Err }

// The codes of ParseError.
const (
	codeXML    = 100
	codeSchema = 101
)

// malformed is a ParseError for a document that is not well-formed.
func malformed(format string, args ...any) *ParseError {
	return &ParseError{Code: codeXML, Err: fmt.Errorf(format, args...)}
}
