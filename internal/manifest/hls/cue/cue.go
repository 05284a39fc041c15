package cue

import (
	"strings"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/scte35"
)

// cueTag reads EXT-X-CUE. Adobe Primetime, MediaLive and Azure's simple mode say
// by TYPE what it is; Azure's SCTE-35 mode leaves it to the section in CUE, under
// TYPE="scte35" or a URN of the scheme; players of Primetime take one that has only
// a duration for an opening. Azure repeats the tag before each segment of the
// avail, with ELAPSED.
func (m *Reader) cueTag(value []byte) {
	f := readCueFields(value)
	switch strings.ToLower(f.kind) {
	case "spliceout":
		s := manifest.Signal{Kind: manifest.Out, Duration: f.duration, Elapsed: -1, EventID: f.id}
		s.Describe(f.cue, nil)
		m.opening(s, f.elapsed)
	case "splicein":
		m.add(manifest.Signal{Kind: manifest.In, Elapsed: -1, EventID: f.id})
	case "spliceinsert":
		m.point(manifest.Signal{Kind: manifest.Out, Duration: f.duration, Elapsed: -1, EventID: f.id})
	default:
		if f.kind == "" && f.cue == "" && f.duration > 0 {
			m.opening(manifest.Signal{Kind: manifest.Out, Duration: f.duration, Elapsed: -1, EventID: f.id}, f.elapsed)
			return
		}
		m.decoded(f, sectionOf(f, value))
	}
}

// decoded reads a tag of which the section says what it is. The tag's own
// duration and id come first.
func (m *Reader) decoded(f cueFields, section string) {
	c, ok := manifest.ReadCue(section)
	if !ok {
		m.unreadable()
		return
	}
	for _, signal := range c.Signals() {
		s := manifest.SectionSignal(signal, section)
		if f.id != "" {
			s.EventID = f.id
		}
		if s.Kind != manifest.Out && s.Kind != manifest.Overlay {
			m.add(s)
			continue
		}
		if f.duration > 0 {
			s.Duration = f.duration
		}
		m.opening(s, f.elapsed)
	}
}

// point adds an insertion point, at which nothing is replaced: what opens closes
// at once, as in EXT-X-CUE-OUT:0 and EXT-X-CUE-IN.
func (m *Reader) point(s manifest.Signal) {
	m.add(s)
	m.add(manifest.Signal{Kind: manifest.In, Elapsed: -1, EventID: s.EventID})
}

// placement reads EXT-X-PLACEMENT-OPPORTUNITY, which has no value.
func (m *Reader) placement([]byte) { m.point(manifest.Signal{Kind: manifest.Out, Elapsed: -1}) }

// running is an opening whose counter has begun to run.
type running struct {
	at      int // its place in marks.placed
	elapsed int64
}

// opening adds what begins at the segment that comes, or has begun before it by
// what has elapsed. Which of both is known with the segment.
func (m *Reader) opening(s manifest.Signal, elapsed int64) {
	n := len(m.placed)
	m.add(s)
	if elapsed > 0 && len(m.placed) > n {
		m.running = append(m.running, running{n, elapsed})
	}
}

// settle tells openings from repeats before a segment of the given duration. Less
// than half of it after the beginning, its start is the boundary nearest to it:
// packagers mark segments that they have not cut at the splice. Where the avail was
// open before, it is a repeat in any case.
func (m *Reader) settle(duration int64) {
	before := m.under
	kept := m.from
	for i := m.from; i < len(m.placed); i++ {
		s := m.placed[i]
		if len(m.running) > 0 && m.running[0].at == i {
			elapsed := m.running[0].elapsed
			m.running = m.running[1:]
			if before.repeats(&s.Signal) || elapsed >= duration-elapsed {
				if s.Kind == manifest.Overlay {
					continue // inside an overlay there is no avail
				}
				s.Signal = manifest.Signal{Kind: manifest.Cont, Duration: s.Duration, Elapsed: elapsed, EventID: s.EventID, Cue: s.Cue}
			}
		}
		before.take(&s.Signal)
		m.placed[kept] = s
		kept++
	}
	m.placed, m.running = m.placed[:kept], nil
}

// under is the avail that a place of the playlist lies in.
type under struct {
	open bool
	id   string
	// left is what is to come of its duration, 0 where that is unknown.
	left int64
}

// take follows a marker.
func (u *under) take(s *manifest.Signal) {
	switch s.Kind {
	case manifest.Out:
		*u = under{open: true, id: s.EventID, left: s.Duration}
	case manifest.Cont:
		if !u.open {
			*u = under{open: true, id: s.EventID, left: max(0, s.Duration-max(s.Elapsed, 0))}
		}
	case manifest.In:
		u.open = false
	}
}

// pass follows the markers before a segment, and the segment.
func (u *under) pass(signals []placed, duration int64) {
	for i := range signals {
		u.take(&signals[i].Signal)
	}
	if u.open && u.left > 0 {
		if u.left -= duration; u.left <= 0 {
			u.open = false
		}
	}
}

// repeats says whether an opening tells of the avail again.
func (u *under) repeats(s *manifest.Signal) bool {
	return u.open && (u.id == "" || s.EventID == "" || u.id == s.EventID)
}

// segmentationOpening says whether a type opens an avail or an overlay.
func segmentationOpening(t scte35.Type) bool {
	return t.Kind() == scte35.Out || t.Kind() == scte35.Overlay
}
