// Package ffmpeg runs ffmpeg and ffprobe on bytes that an advertiser or an origin
// chose: bounded in time and output, with the one demuxer that the first bytes of
// the file call for, without network protocols, and at a low priority.
package ffmpeg
