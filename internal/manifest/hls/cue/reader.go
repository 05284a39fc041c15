package cue

import (
	"stitcher/internal/manifest"
	"stitcher/internal/manifest/hls/syntax"
)

const (
	// maxSignals bounds the markers before one segment; the rest is ignored.
	maxSignals = 16
	// maxAssets bounds the pairs of EXT-X-ASSET before one segment.
	maxAssets = 32
)

// Reader reads the markers of a playlist, tag by tag. Its zero value is ready.
type Reader struct {
	index   int // the segment that comes
	from    int // its first signal in placed
	placed  []placed
	cue     string
	assets  map[string]string
	ranges  []dateRange
	ranking map[string]int // ranges by ID
	// repeated is the section of the last EXT-X-CUE-OUT-CONT, which all of an
	// avail share, and overlaid whether it is an overlay's.
	repeated string
	overlaid bool
	// running are the openings before the segment that comes whose counter has
	// begun to run, and under is the avail that the last markers are in.
	running []running
	under   under
	// line is the tag that is being read, unread those that could not be.
	line, payloadLine []byte
	unread            []manifest.UnreadMarker
}

// placed is a signal and the segment it stands before.
type placed struct {
	segment int
	manifest.Signal
}

// Tag reads a line of a dialect; value is what stands after its colon.
func (m *Reader) Tag(d *Dialect, line, value []byte) {
	m.line = syntax.Trim(line)
	d.read(m, value)
}

func (m *Reader) add(s manifest.Signal) {
	if len(m.placed)-m.from < maxSignals {
		m.placed = append(m.placed, placed{m.index, s})
	}
}

// Segment ends the segment that came, of the given duration: what describes its
// avail, in tags before or after the one that opens it, is put together.
func (m *Reader) Segment(next int, duration int64) {
	if len(m.running) > 0 {
		m.settle(duration)
	}
	m.under.pass(m.placed[m.from:], duration)
	if m.cue != "" || m.assets != nil {
		for i := m.from; i < len(m.placed); i++ {
			if s := &m.placed[i].Signal; s.Kind == manifest.Out {
				s.Describe(m.cue, m.assets)
			}
		}
		if m.from == len(m.placed) && m.cue != "" {
			// Nothing else says what it means, which is as it should be inside
			// an avail; but it has to be a section.
			if _, ok := manifest.ReadCue(m.cue); !ok {
				m.line = m.payloadLine
				m.unreadable()
			}
		}
		m.cue, m.assets = "", nil
	}
	m.index, m.from = next, len(m.placed)
}
