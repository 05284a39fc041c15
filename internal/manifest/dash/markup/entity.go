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

// special are the characters that stand for something else, and how they are written.
var special = [256]string{
	'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;", '\'': "&apos;", '\t': "&#9;", '\n': "&#10;", '\r': "&#13;",
}

// Append writes text so that it may stand in an attribute in double quotes or in
// character data.
func Append(dst []byte, text string) []byte {
	plain := 0 // what is not written yet begins here
	for i := range len(text) {
		if replacement := special[text[i]]; replacement != "" {
			dst = append(append(dst, text[plain:i]...), replacement...)
			plain = i + 1
		}
	}
	return append(dst, text[plain:]...)
}

// Encode is the text as Append writes it.
func Encode(text string) string {
	if !strings.ContainsAny(text, "&<>\"'\t\n\r") {
		return text
	}
	return string(Append(nil, text))
}

// Excerpt is text of the origin as messages have it: its beginning where it is long.
func Excerpt(s string) string {
	const longest = 80
	if len(s) > longest {
		return s[:longest] + "…"
	}
	return s
}
