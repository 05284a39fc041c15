package markup

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// declaration finds the encoding name of an XML declaration.
var declaration = regexp.MustCompile(`^\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// UTF8 gives the document as UTF-8 without a byte order mark. Bytes that are
// no UTF-8 although nothing else is declared are read as windows-1252, which
// covers ISO-8859-1: every byte sequence has a reading there.
func UTF8(body []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		body = body[3:]
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		text, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Bytes(body)
		if err != nil {
			return nil, Malformed("read as UTF-16: %w", err)
		}
		return text, nil
	}
	name := "utf-8"
	if m := declaration.FindSubmatch(body[:min(len(body), 256)]); m != nil {
		name = strings.ToLower(string(m[1]))
	}
	switch name {
	case "iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252":
	default:
		if utf8.Valid(body) {
			return body, nil
		}
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(body)
	if err != nil {
		return nil, Malformed("read as windows-1252: %w", err)
	}
	return text, nil
}

// Text is a response as UTF-8, its size checked.
func Text(body []byte) ([]byte, error) {
	if len(body) > MaxBytes {
		return nil, Malformed("%d bytes are more than %d", len(body), MaxBytes)
	}
	return UTF8(body)
}
