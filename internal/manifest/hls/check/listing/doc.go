// Package listing reads playlists as a strict client does. It shares nothing with the
// stitcher, because a bug must not hide in a shared parser.
package listing
