// Package macro replaces the macros in the URLs of VAST and VMAP.
//
// To add a macro, add its name to the list in table.go.
package macro
