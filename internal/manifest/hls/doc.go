// Package hls reads HLS playlists without losing a byte, lists what can be
// replaced in them, and writes a viewer's playlist from shared text and a few
// own lines. It is pure: no clock, no network, no goroutine, no logger.
//
// The way of a media playlist: Compile turns the origin's bytes into a
// Template once per refresh; a Plan says which of its segments a session shows
// and where its ads go; Append writes them. Nothing is parsed per viewer.
package hls
