// Package escape percent-encodes what may not stand in a URL as it is.
package escape

import "strings"

const upperHex = "0123456789ABCDEF"

// byteSet is a set of bytes.
type byteSet [256]bool

func setOf(has func(c byte) bool) *byteSet {
	var set byteSet
	for c := range set {
		set[c] = has(byte(c))
	}
	return &set
}

var (
	// invalidInQuery are the bytes that browsers always encode in a query
	// (WHATWG URL §1.3, query percent-encode set).
	invalidInQuery = setOf(func(c byte) bool { return c <= 0x20 || c >= 0x7f || strings.IndexByte(`"#<>`, c) >= 0 })
	// invalidInPath are the bytes that RFC 3986 §3.3 has no place for in a path.
	invalidInPath = setOf(func(c byte) bool { return invalidInQuery[c] || strings.IndexByte("\\^`{|}", c) >= 0 })
	// reserved are all but RFC 3986's unreserved characters.
	reserved = setOf(func(c byte) bool { return !isUnreserved(c) })
)

// Path percent-encodes the bytes that no path may hold. It leaves every other one, percent
// signs too, as it is.
func Path(s string) string { return encode(s, invalidInPath) }

// Query is Path for a query.
func Query(s string) string { return encode(s, invalidInQuery) }

// Text percent-encodes everything but RFC 3986's unreserved characters: what it is given
// is text, not yet part of a URL.
func Text(s string) string { return encode(s, reserved) }

// Mixed is Text for what may be percent-encoded in part: it leaves that as it is.
func Mixed(s string) string {
	var b strings.Builder
	for i := range len(s) {
		encoded := s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		writeEscaped(&b, s[i], !encoded && !isUnreserved(s[i]))
	}
	return b.String()
}

// encode percent-encodes the bytes of s that are in a set.
func encode(s string, invalid *byteSet) string {
	n := 0
	for i := range len(s) {
		if invalid[s[i]] {
			n++
		}
	}
	if n == 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 2*n)
	for i := range len(s) {
		writeEscaped(&b, s[i], invalid[s[i]])
	}
	return b.String()
}

func writeEscaped(b *strings.Builder, c byte, escape bool) {
	if !escape {
		b.WriteByte(c)
		return
	}
	b.WriteByte('%')
	b.WriteByte(upperHex[c>>4])
	b.WriteByte(upperHex[c&15])
}

func isUnreserved(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("-._~", c) >= 0
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
