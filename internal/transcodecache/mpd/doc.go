// Package mpd reads the MPDs of creatives: which Representations a creative has, and which
// bytes of which files are their segments. It does no I/O.
package mpd
