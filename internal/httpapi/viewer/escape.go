package viewer

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

// escapeInvalid percent-encodes the invalid bytes of s and leaves every other
// one, percent signs too, as it is.
func escapeInvalid(s string, invalid *byteSet) string {
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

// escapeText percent-encodes everything but RFC 3986's unreserved characters:
// what it is given is text, not yet part of a URL.
func escapeText(s string) string {
	return escapeInvalid(s, reserved)
}

// escapeKeeping is escapeText, but leaves what is percent-encoded already:
// manifest parameters come encoded by the application (reference §2.2).
func escapeKeeping(s string) string {
	var b strings.Builder
	for i := range len(s) {
		encoded := s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		writeEscaped(&b, s[i], !encoded && !isUnreserved(s[i]))
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
	return isAlphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
