// Package lint plays an HLS or DASH stream as a strict client. It polls every
// rendition, or the MPD, holds each playlist or MPD, each update and the renditions
// to each other to the rules (packages hls/check and dash/check have them), fetches what is newly
// listed, and reports each broken rule once. Segments of an MPD are read: their media
// must lie where the MPD says.
package lint
