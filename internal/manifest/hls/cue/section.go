package cue

import (
	"bytes"
	"strings"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/scte35"
)

// scte35 reads EXT-X-SCTE35, whose attributes say what the section means; only
// where they don't is it decoded.
func (m *Reader) scte35(value []byte) {
	f := readCueFields(value)
	kind, typed := segmentationType(f.kind)
	switch {
	case f.in == "YES":
		s := manifest.Signal{Kind: manifest.In, Elapsed: -1, EventID: f.id, Type: kind, Cue: f.cue}
		s.Conclude(f.cue)
		m.add(s)
	case f.out == "CONT":
		m.cont(f)
	case f.out != "YES" && segmentationOpening(kind):
		s := manifest.Signal{Kind: manifest.KindOf(kind.Kind()), Duration: f.duration, Elapsed: -1, EventID: f.id, Type: kind}
		s.Describe(f.cue, nil)
		m.opening(s, f.elapsed)
	case segmentationOpening(kind):
		s := manifest.Signal{Kind: manifest.KindOf(kind.Kind()), Duration: f.duration, Elapsed: -1, EventID: f.id, Type: kind}
		s.Describe(f.cue, nil)
		m.add(s)
	case f.out == "YES":
		m.out(f)
	case kind.Kind() != scte35.None:
		m.add(manifest.Signal{Kind: manifest.KindOf(kind.Kind()), Elapsed: -1, EventID: f.id, Type: kind, Cue: f.cue})
	case f.out == "" && f.in == "" && !typed:
		m.decoded(f, sectionOf(f, value))
	case f.out != "NO" && f.in != "NO" && !typed:
		m.unreadable()
	}
}

// segmentationType reads TYPE=52 or TYPE=0x34.
func segmentationType(s string) (scte35.Type, bool) {
	base := uint32(10)
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s, base = s[2:], 16
	}
	var n uint32
	for i := range len(s) {
		d := strings.IndexByte("0123456789abcdef", s[i]|0x20)
		if d < 0 || uint32(d) >= base || i > 3 {
			return 0, false
		}
		if n = n*base + uint32(d); n > 0xFF {
			return 0, false
		}
	}
	return scte35.Type(n), s != ""
}

// splicePoint reads EXT-X-SPLICEPOINT-SCTE35, which is nothing but a section.
func (m *Reader) splicePoint(value []byte) {
	m.decoded(cueFields{elapsed: -1}, string(bytes.Trim(value, " \t\"")))
}

// sectionOf is the section of a tag that has nothing else, or an attribute for
// it.
func sectionOf(f cueFields, value []byte) string {
	if f.cue != "" {
		return f.cue
	}
	return string(value)
}
