// Package keys knows which EXT-X-KEY lines are in force at each place of a playlist.
package keys

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// mostFormats bounds the KEYFORMATs in force at once; the field has four.
const mostFormats = 16

// Line is an EXT-X-KEY line of the body of a playlist.
type Line struct {
	From, To uint32
	format   uint8 // index of its KEYFORMAT
}

// Set is some of the Lines: those in force at a place.
type Set struct{ at, n uint32 }

// Empty is whether no key is in force.
func (s Set) Empty() bool { return s.n == 0 }

// Lines are the lines of a playlist.
type Lines []Line

// Of are the lines of a set.
func (l Lines) Of(s Set) []Line { return l[s.at : s.at+s.n] }

// Hold is whether a set has a line.
func (l Lines) Hold(s Set, line Line) bool {
	for _, k := range l.Of(s) {
		if k == line {
			return true
		}
	}
	return false
}

// Outlive is whether a key of one set would stay in force at a segment that
// knows none of its format. There was a METHOD=NONE between them then, so they
// have no line in common.
func (l Lines) Outlive(s, at Set) bool {
	for _, k := range l.Of(s) {
		found := false
		for _, a := range l.Of(at) {
			found = found || a.format == k.format
		}
		if !found {
			return true
		}
	}
	return false
}

// active is a key in force while the playlist is read.
type active struct {
	Line
	// implicit is the line without its line end, where its IV is the media
	// sequence number (RFC 8216bis §5.2) and so must be written out anew for
	// every segment; segment is the one it was last written for.
	implicit []byte
	segment  int
}

// State is what EXT-X-KEY tags have set so far.
type State struct {
	active  []active
	formats []string
	set     Set
	dirty   bool
}

// Clear is whether no key is in force.
func (s *State) Clear() bool { return len(s.active) == 0 }

// None takes all keys away: METHOD=NONE.
func (s *State) None() { s.active, s.dirty = s.active[:0], true }

// Format is the index of a KEYFORMAT, "" is identity. An error says that there are too many.
func (s *State) Format(name []byte) (uint8, error) {
	if len(name) == 0 {
		name = []byte("identity")
	}
	for i, f := range s.formats {
		if f == string(name) {
			return uint8(i), nil
		}
	}
	if len(s.formats) == mostFormats {
		return 0, fmt.Errorf("EXT-X-KEY: more than %d KEYFORMATs", mostFormats)
	}
	s.formats = append(s.formats, string(name))
	return uint8(len(s.formats) - 1), nil
}

// Put brings the line of a KEYFORMAT into force, from a place to a place of the body, before
// the segment with an index. implicit is as much of it as is written out anew for every
// segment, because its IV is the media sequence number; nil where it is not.
func (s *State) Put(format uint8, from, to uint32, implicit []byte, segment int) {
	next := active{Line: Line{from, to, format}, implicit: implicit, segment: segment}
	s.dirty = true
	for i := range s.active {
		if s.active[i].format == format {
			s.active[i] = next
			return
		}
	}
	s.active = append(s.active, next)
}

// Renew calls write with the keys that have to be written out anew for the segment with an
// index; it tells where in the body it has written them.
func (s *State) Renew(segment int, write func(implicit []byte) (from, to uint32)) {
	for i := range s.active {
		k := &s.active[i]
		if k.implicit == nil || k.segment == segment {
			continue
		}
		k.segment = segment
		k.From, k.To = write(k.implicit)
		s.dirty = true
	}
}

// Set is the set of the keys in force; their lines are added where they are not there.
func (s *State) Set(lines *Lines) Set {
	if s.dirty {
		s.dirty = false
		s.set = Set{uint32(len(*lines)), uint32(len(s.active))}
		for i := range s.active {
			*lines = append(*lines, s.active[i].Line)
		}
	}
	return s.set
}

// WithIV writes a key line, without its line end, with the IV that a segment number implies.
func WithIV(dst, line []byte, number int64) []byte {
	var iv [16]byte
	binary.BigEndian.PutUint64(iv[8:], uint64(number))
	dst = append(dst, line...)
	dst = append(dst, ",IV=0x"...)
	return hex.AppendEncode(dst, iv[:])
}

// FollowsSequence is whether a key without IV takes the media sequence
// number for one, so that renumbering breaks decryption (field failure B-20).
// m3u8-parser takes a key without a method for AES-128.
func FollowsSequence(method, format []byte) bool {
	if len(format) > 0 && string(format) != "identity" {
		return false
	}
	switch string(method) {
	case "", "AES-128", "AES-256", "AES-256-CTR", "SAMPLE-AES":
		return true
	}
	return false
}
