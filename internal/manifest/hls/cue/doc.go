// Package cue reads the tags of a playlist that mark avails, and gives the segments
// their signals.
//
// # How to add a marker dialect
//
// Add a row to the table in dialect.go and a case to markers_test.go of package hls;
// no other code knows that dialects exist.
package cue
