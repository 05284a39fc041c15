// Package media makes the content and the creatives of the demo, with ffmpeg, and finds
// their segments.
package media
