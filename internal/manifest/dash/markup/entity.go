package markup

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Decode replaces the references to the five entities of XML and to characters.
func Decode(raw []byte) string {
	if bytes.IndexByte(raw, '&') < 0 {
		return string(raw)
	}
	var b strings.Builder
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			b.Write(raw)
			return b.String()
		}
		b.Write(raw[:i])
		raw = raw[i:]
		end := bytes.IndexByte(raw, ';')
		if end < 0 {
			b.Write(raw)
			return b.String()
		}
		if c, ok := entity(raw[1:end]); ok {
			b.WriteRune(c)
		}
		raw = raw[end+1:]
	}
}

// entity is the character that a reference stands for; false for any reference that
// needs a declaration.
func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, numeric := bytes.CutPrefix(name, []byte("#"))
	if !numeric {
		return 0, false
	}
	base := 10
	if hex, ok := bytes.CutPrefix(digits, []byte("x")); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

// Append writes text so that it may stand in an attribute in double quotes or in
// character data.
func Append(dst []byte, text string) []byte {
	for i := range len(text) {
		switch c := text[i]; c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\'':
			dst = append(dst, "&apos;"...)
		case '\t', '\n', '\r':
			dst = append(dst, "&#"...)
			dst = strconv.AppendInt(dst, int64(c), 10)
			dst = append(dst, ';')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// Encode is the text as Append writes it.
func Encode(text string) string {
	if !strings.ContainsAny(text, "&<>\"'\t\n\r") {
		return text
	}
	return string(Append(nil, text))
}
