// Package variable replaces the dynamic variables in the templates of ad requests: in URLs,
// headers and bodies.
//
// To add a variable, add it to the table of its namespace in values.go or cue.go, and to
// the published list of the test.
package variable
