package hls

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"

	"stitcher/internal/manifest/hls/syntax"
)

// maxKeyFormats bounds the KEYFORMATs in force at once; the field has four.
const maxKeyFormats = 16

// keyLine is an EXT-X-KEY line of the body.
type keyLine struct {
	span
	format uint8 // index of its KEYFORMAT
}

// keySet is a stretch of Template.keys: the lines in force at a place.
type keySet struct{ at, n uint32 }

// mapLine is an EXT-X-MAP line of the body and the keys it stands under:
// they decrypt it (RFC 8216bis §4.4.4.5).
type mapLine struct {
	span
	keys keySet
}

// activeKey is a key in force while the playlist is read.
type activeKey struct {
	keyLine
	// implicit is the line without its line end, where its IV is the media
	// sequence number (RFC 8216bis §5.2) and so must be written out anew for
	// every segment; segment is the one it was last written for.
	implicit []byte
	segment  int
}

// keyState is what EXT-X-KEY tags have set so far.
type keyState struct {
	active  []activeKey
	formats []string
	set     keySet
	dirty   bool
}

// tagKey reads and writes an EXT-X-KEY line.
func (c *compiler) tagKey(raw, list []byte) error {
	var method, format []byte
	hasIV := false
	as := syntax.ReadAttributes(list)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		// Nothing can be added to a line whose quote is not closed. Players
		// take its value to the end.
		hasIV = hasIV || a.Open
		switch string(a.Name) {
		case "METHOD":
			method = a.Value
		case "KEYFORMAT":
			format = a.Value
			c.need(5)
		case "KEYFORMATVERSIONS":
			c.need(5)
		case "IV":
			hasIV = true
			c.need(2)
		}
	}
	if len(list) == 0 {
		c.scoped(raw) // players ignore it
		return nil
	}
	k := &c.keys
	if string(method) == "NONE" {
		c.scoped(raw)
		k.active, k.dirty = k.active[:0], true
		return nil
	}
	if bytes.HasPrefix(method, []byte("SAMPLE-AES")) {
		c.need(5)
	}
	c.t.Encrypted = true
	n, err := c.format(format)
	if err != nil {
		return err
	}
	line := c.rewrite(raw, false, "URI")
	next := activeKey{keyLine: keyLine{format: n}, segment: len(c.t.Segments)}
	if !hasIV && ivFollowsSequence(method, format) {
		next.implicit = append([]byte(nil), bytes.TrimRight(line, "\r\n \t")...)
		line = c.withIV(next.implicit, c.number())
	}
	next.span = c.scoped(line)
	k.dirty = true
	for i := range k.active {
		if k.active[i].format == n {
			k.active[i] = next
			return nil
		}
	}
	k.active = append(k.active, next)
	return nil
}

// ivFollowsSequence says whether a key without IV takes the media sequence
// number for one, so that renumbering breaks decryption (field failure B-20).
// m3u8-parser takes a key without a method for AES-128.
func ivFollowsSequence(method, format []byte) bool {
	if len(format) > 0 && string(format) != "identity" {
		return false
	}
	switch string(method) {
	case "", "AES-128", "AES-256", "AES-256-CTR", "SAMPLE-AES":
		return true
	}
	return false
}

// format is the index of a KEYFORMAT.
func (c *compiler) format(name []byte) (uint8, error) {
	if len(name) == 0 {
		name = []byte("identity")
	}
	for i, f := range c.keys.formats {
		if f == string(name) {
			return uint8(i), nil
		}
	}
	if len(c.keys.formats) == maxKeyFormats {
		return 0, c.errorf("EXT-X-KEY: more than %d KEYFORMATs", maxKeyFormats)
	}
	c.keys.formats = append(c.keys.formats, string(name))
	return uint8(len(c.keys.formats) - 1), nil
}

// withIV is a key line with the IV that a segment number implies.
func (c *compiler) withIV(line []byte, number int64) []byte {
	var iv [16]byte
	binary.BigEndian.PutUint64(iv[8:], uint64(number))
	c.scratch = append(c.scratch[:0], line...)
	c.scratch = append(c.scratch, ",IV=0x"...)
	c.scratch = hex.AppendEncode(c.scratch, iv[:])
	c.scratch = append(c.scratch, c.t.eol...)
	c.need(2)
	return c.scratch
}

// implicitKeys writes the keys without IV anew for the segment that comes.
func (c *compiler) implicitKeys() {
	for i := range c.keys.active {
		k := &c.keys.active[i]
		if k.implicit == nil || k.segment == len(c.t.Segments) {
			continue
		}
		k.segment = len(c.t.Segments)
		k.span = c.scoped(c.withIV(k.implicit, c.number()))
		c.keys.dirty = true
	}
}

// keySet is the set of the keys in force.
func (c *compiler) keySet() keySet {
	k := &c.keys
	if k.dirty {
		k.dirty = false
		k.set = keySet{uint32(len(c.t.keys)), uint32(len(k.active))}
		for i := range k.active {
			c.t.keys = append(c.t.keys, k.active[i].keyLine)
		}
	}
	return k.set
}
