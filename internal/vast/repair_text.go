package vast

import (
	"bytes"
	"regexp"
)

// reference is what may follow an ampersand in a document without entities of
// its own.
var reference = regexp.MustCompile(`^&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});`)

// appendText copies character data or, with its quote, an attribute value:
// bare ampersands, the usual fault of URLs outside CDATA, become references.
func appendText(out, b []byte, quote byte) []byte {
	if bytes.IndexByte(b, '&') < 0 && (quote == 0 || bytes.IndexByte(b, '<') < 0) {
		return appendPrintable(out, b)
	}
	for i := range b {
		switch c := b[i]; {
		case c == '&' && !reference.Match(b[i:min(len(b), i+10)]):
			out = append(out, "&amp;"...)
		case c == '<':
			out = append(out, "&lt;"...)
		default:
			out = appendPrintable(out, b[i:i+1])
		}
	}
	return out
}

// appendPrintable copies bytes without the control characters that XML 1.0
// forbids.
func appendPrintable(out, b []byte) []byte {
	from := 0
	for i, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			out = append(out, b[from:i]...)
			from = i + 1
		}
	}
	return append(out, b[from:]...)
}
