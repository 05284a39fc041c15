// Package lint plays an HLS stream as a strict client: it polls every
// rendition, holds each playlist, each update and the renditions to each other
// to RFC 8216bis (package hls has the rules), fetches what is newly listed, and
// reports each violation once.
package lint
