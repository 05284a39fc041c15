// Package bundle is the file format of a recorded session: everything that its
// playlists were made from, and the playlists themselves. GET
// /api/v1/sessions/{id}/bundle writes a bundle, `stitcher replay` reads one.
//
// A bundle is a gzip member of JSON lines. The first line is the head; the order of the
// others has no meaning. Secrets were masked before anything was recorded, in the bodies
// and in the answers alike, so that the answers still follow from the bodies.
package bundle
