// Package service answers players: a request comes in, the session's playlist, MPD, ad segment or
// tracking document goes out.
//
//	session → views of the origin's manifests → stitch.Playback → plan → answer
//
// It begins sessions, keeps them in memory, and does what an answer makes due beside the requests.
package service
