// Package cue reads the SCTE-35 events of an MPD, and finds the avails that they
// announce.
package cue

import (
	"bytes"
	"strings"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/scte35"
)

// scheme begins the schemes of event streams that carry SCTE-35 (SCTE 214-1 §6.8.4,
// SCTE 214-3, and forms found in the field).
const scheme = "urn:scte:scte35:"

// IsScheme is whether events of a scheme carry SCTE-35.
func IsScheme(uri string) bool {
	return len(uri) > len(scheme) && strings.EqualFold(uri[:len(scheme)], scheme)
}

// Cue is an SCTE-35 event of an MPD. Its time is that of the DASH event; the time in
// the section is not looked at.
type Cue struct {
	// At is in Unix microseconds of the stream; Length, in microseconds, is what the
	// event announces, 0 is unknown.
	At, Length int64
	signals    []scte35.Signal
	// cancels are the event ids that it takes back.
	cancels []uint32
	// section is the splice_info_section in base64.
	section string
	// unread is the event as written, cut, where it could not be understood.
	unread string
}

// Read reads an Event at a time of the stream.
func Read(n *markup.Node, at, length int64) Cue {
	q := Cue{At: at, Length: length}
	if s, err := readSection(n); err == nil {
		decoded, ok := manifest.ReadCue(s.text)
		if s.cue != nil {
			decoded, ok = *s.cue, true
		}
		if ok {
			q.section, q.signals, q.cancels = s.text, decoded.Signals(), cancelled(&decoded)
			return q
		}
	}
	const longest = 200
	text := bytes.Join(bytes.Fields(n.Bytes()), []byte(" "))
	q.unread = string(text[:min(len(text), longest)])
	return q
}

func cancelled(c *scte35.Cue) []uint32 {
	var ids []uint32
	if c.Insert != nil && c.Insert.Cancel {
		ids = append(ids, c.Insert.EventID)
	}
	for i := range c.Segmentations {
		if s := &c.Segmentations[i]; s.Cancel {
			ids = append(ids, s.EventID)
		}
	}
	return ids
}

// signal is the cue's signal of a kind.
func (q *Cue) signal(kind scte35.Kind) *scte35.Signal {
	for i := range q.signals {
		if q.signals[i].Kind == kind {
			return &q.signals[i]
		}
	}
	return nil
}

// duration is the announced length of what a signal of the cue opens, in
// microseconds; 0 is unknown.
func (q *Cue) duration(s *scte35.Signal) int64 {
	if q.Length > 0 {
		return q.Length
	}
	return manifest.Ticks(s.Duration)
}
