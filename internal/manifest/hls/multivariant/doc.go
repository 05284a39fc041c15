// Package multivariant reads multivariant playlists without losing a byte, and writes them
// with the addresses of a session's renditions.
package multivariant
