// Package check holds playlists to the rules of RFC 8216bis: one playlist (Playlist), two
// versions of one (Update), the time between them (Gap), and the renditions of one stream
// (Renditions). It shares no code with package hls, because an error in a shared parser
// would hide from both.
package check
