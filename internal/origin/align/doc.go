// Package align places an undated rendition on the timeline of its stream by the markers of
// its own playlist.
package align
