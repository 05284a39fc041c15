// Package rule names the rules of playlists, says where each is written, and what breaks one.
package rule
