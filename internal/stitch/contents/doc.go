// Package contents finds out what the content of each layout is like, from its manifests
// and from samples of its segments, and keeps that as content profiles, to which ads are
// encoded.
package contents
