package cue

import "stitcher/internal/manifest"

const (
	// maxUnread bounds the markers of a playlist that are kept, the last ones.
	maxUnread = 32
	// maxUnreadLine bounds one of them: a section has at most some 5 KB in
	// base64, and its beginning tells what it is.
	maxUnreadLine = 512
)

// unreadable notes that the tag that is being read could not be understood.
func (m *Reader) unreadable() {
	if len(m.unread) == maxUnread {
		m.unread = append(m.unread[:0:0], m.unread[1:]...)
	}
	line := m.line[:min(len(m.line), maxUnreadLine)]
	m.unread = append(m.unread, manifest.UnreadMarker{Segment: m.index, Line: string(line)})
}
