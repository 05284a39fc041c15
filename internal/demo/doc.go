// Package demo is what `stitcher demo` puts in front of and behind the
// service: an origin with a live channel and a VOD title, an ad server that
// answers VAST and keeps a log of the beacons it received, and a page with a
// player. Its media is made once, at start, with ffmpeg.
//
// The live channel is a function of the wall clock: what it publishes at an
// instant depends on that instant and on a small schedule file, never on a
// counter in memory, so that it goes on unharmed after a kill -9.
//
// # How to add a creative
//
// Add a row to creatives in creative.go and raise mediaVersion in media.go.
package demo
