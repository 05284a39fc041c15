// Package stitch is the engine: it says what becomes of each avail in a session. A Playback is
// brought up to date with the newest view of the reference; every avail in it is decided, or
// holds the output back, and its pod is listed as far as the origin has published its time.
//
//	view of the reference → decisions → listed ad segments → settlements → accounts
//
// What it decides is a log of records that all nodes append to (log.go). Package service fetches
// the views and answers players; hlsplan and mpdplan write what a Playback has settled.
package stitch
