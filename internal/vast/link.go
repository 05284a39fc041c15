package vast

import (
	"fmt"
	"strings"
)

// maxLink bounds a URL: the template of an ad request may have 25,000 characters,
// and an ad server may write them into its own. What is longer is none.
const maxLink = 32 << 10

// link is a URL as browsers take it from a document (WHATWG URL §4.4): without
// surrounding space, line breaks and tabs, which formatters put into CDATA,
// and with inner spaces and non-ASCII bytes percent-encoded, which would break
// the request line.
func link(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > maxLink {
		return ""
	}
	clean := true
	for i := range len(text) {
		clean = clean && text[i] > ' ' && text[i] < 0x7f
	}
	if clean {
		return text
	}
	var out strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\t' || c == '\r' || c == '\n':
		case c <= ' ' || c >= 0x7f:
			fmt.Fprintf(&out, "%%%02X", c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
