// Package pin writes an MPD of the origin with what was published of it before, because
// what a player has seen must stay as it was (P2): where Periods begin, their ids and media
// times, and the Periods that are still in the window.
package pin
