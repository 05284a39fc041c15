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

// RootError says that a document is neither a VAST nor a VMAP.
type RootError struct {
	// Name is that of its root element.
	Name string
}

// Error implements error.
func (e *RootError) Error() string {
	return fmt.Sprintf("the root element is <%s>, not <VAST>", e.Name)
}

// Malformed is a ParseError for a document that is not well-formed.
func Malformed(format string, args ...any) *ParseError {
	return &ParseError{Code: NotXML, Err: fmt.Errorf(format, args...)}
}
