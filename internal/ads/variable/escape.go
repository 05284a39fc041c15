package variable

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"
)

// appendEscaped appends a value as it may stand in a URL: in a path, where it is
// one element, or in a query. An encoded value is one that a player encoded for
// the ad server; what is encoded in it already stays as it is, because
// MediaTailor passes on player values as they come and some ad servers want
// them so (reference §4.2).
func appendEscaped(dst []byte, value string, query, encoded bool) []byte {
	for encoded {
		i := strings.IndexByte(value, '%')
		for i >= 0 && !isTriplet(value[i:]) {
			next := strings.IndexByte(value[i+1:], '%')
			if next < 0 {
				i = -1
				break
			}
			i += 1 + next
		}
		if i < 0 {
			break
		}
		dst = append(appendPlain(dst, value[:i], query), value[i:i+3]...)
		value = value[i+3:]
	}
	return appendPlain(dst, value, query)
}

// appendPlain escapes all of a value. A blank is %20, which means the same in a
// path and in a query.
func appendPlain(dst []byte, value string, query bool) []byte {
	if !query {
		return append(dst, url.PathEscape(value)...)
	}
	escaped := url.QueryEscape(value)
	if strings.IndexByte(escaped, '+') >= 0 {
		escaped = strings.ReplaceAll(escaped, "+", "%20")
	}
	return append(dst, escaped...)
}

// isTriplet tells whether s begins with a percent-encoded byte.
func isTriplet(s string) bool {
	return len(s) >= 3 && s[0] == '%' && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// appendJSON appends a value as it may stand between the quotes of a JSON
// string.
func appendJSON(dst []byte, value string) []byte {
	plain := true
	for i := 0; i < len(value) && plain; i++ {
		plain = value[i] >= ' ' && value[i] < utf8.RuneSelf && value[i] != '"' && value[i] != '\\'
	}
	if plain {
		return append(dst, value...)
	}
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return dst // a string can always be encoded
	}
	text := bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))
	return append(dst, text[1:len(text)-1]...)
}

// appendHeader appends a value as it may stand in a header: control characters,
// which would begin another header or have the request refused, become blanks.
func appendHeader(dst []byte, value string) []byte {
	for i := range len(value) {
		c := value[i]
		if c < ' ' || c == 0x7f {
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}
