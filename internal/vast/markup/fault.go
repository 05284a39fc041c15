package markup

import "fmt"

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
	// NotXML is a document that is not well-formed.
	NotXML = 100
	// NotVAST is a document of another kind.
	NotVAST = 101
)

// Malformed is a ParseError for a document that is not well-formed.
func Malformed(format string, args ...any) *ParseError {
	return &ParseError{Code: NotXML, Err: fmt.Errorf(format, args...)}
}
