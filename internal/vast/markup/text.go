package markup

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// entities are the references that XML knows without a document type.
var entities = map[string]byte{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}

// longestReference bounds the search for the semicolon, so that a text full
// of ampersands costs no more than its length.
const longestReference = 10

// Unescape gives a piece of text with its references replaced. An ampersand
// that begins none, the usual fault of URLs outside CDATA, stays as it is;
// control characters, which XML forbids, are dropped.
func Unescape(b []byte) []byte {
	if clean(b) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '&':
			r, n := reference(b[i+1:])
			if n == 0 {
				out = append(out, c)
				continue
			}
			if printable(r) {
				out = utf8.AppendRune(out, r)
			}
			i += n
		case printable(rune(c)):
			out = append(out, c)
		}
	}
	return out
}

// PrintableOnly gives text without the control characters that XML forbids.
func PrintableOnly(b []byte) []byte {
	if bytes.IndexFunc(b, func(r rune) bool { return !printable(r) }) < 0 {
		return b
	}
	return bytes.Map(func(r rune) rune {
		if printable(r) {
			return r
		}
		return -1
	}, b)
}

// clean tells that a text has no references and no control characters.
func clean(b []byte) bool {
	for _, c := range b {
		if c == '&' || c < ' ' && !space(c) {
			return false
		}
	}
	return true
}

// printable tells whether XML 1.0 §2.2 allows a character.
func printable(r rune) bool {
	return r >= ' ' || r == '\t' || r == '\n' || r == '\r'
}

// reference reads what follows an ampersand; n is its length, 0 for none.
func reference(b []byte) (r rune, n int) {
	end := bytes.IndexByte(b[:min(len(b), longestReference)], ';')
	if end < 1 {
		return 0, 0
	}
	name := string(b[:end])
	if c, ok := entities[name]; ok {
		return rune(c), end + 1
	}
	if name[0] != '#' {
		return 0, 0
	}
	digits, base := name[1:], 10
	if len(digits) > 0 && digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	code, err := strconv.ParseUint(digits, base, 32)
	if err != nil || code > utf8.MaxRune || !utf8.ValidRune(rune(code)) {
		return 0, 0
	}
	return rune(code), end + 1
}
