package hls

import (
	"bytes"

	"stitcher/internal/manifest/hls/keys"
	"stitcher/internal/manifest/hls/syntax"
)

// mapLine is an EXT-X-MAP line of the body and the keys it stands under:
// they decrypt it (RFC 8216bis §4.4.4.5).
type mapLine struct {
	span
	keys keys.Set
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
	if string(method) == "NONE" {
		c.scoped(raw)
		c.keys.None()
		return nil
	}
	if bytes.HasPrefix(method, []byte("SAMPLE-AES")) {
		c.need(5)
	}
	c.t.Encrypted = true
	n, err := c.keys.Format(format)
	if err != nil {
		return c.errorf("%w", err)
	}
	line := c.rewrite(raw, false, "URI")
	var implicit []byte
	if !hasIV && keys.FollowsSequence(method, format) {
		implicit = append(implicit, bytes.TrimRight(line, "\r\n \t")...)
		line = c.withIV(implicit)
	}
	at := c.scoped(line)
	c.keys.Put(n, at.from, at.to, implicit, len(c.t.Segments))
	return nil
}

// withIV is a key line with the IV that the number of the segment that comes implies.
func (c *compiler) withIV(line []byte) []byte {
	c.scratch = append(keys.WithIV(c.scratch[:0], line, c.number()), c.t.eol...)
	c.need(2)
	return c.scratch
}

// implicitKeys writes the keys without IV anew for the segment that comes.
func (c *compiler) implicitKeys() {
	c.keys.Renew(len(c.t.Segments), func(implicit []byte) (from, to uint32) {
		at := c.scoped(c.withIV(implicit))
		return at.from, at.to
	})
}

// keySet is the set of the keys in force.
func (c *compiler) keySet() keys.Set { return c.keys.Set(&c.t.keys) }
