package syntax

import (
	"bytes"
	"net/url"
	"strings"
)

// Variables are the EXT-X-DEFINE values of a playlist (RFC 8216bis §4.3).
type Variables struct {
	base     *url.URL
	imported map[string]string
	Values   map[string]string
	query    url.Values
}

// NewVariables has no values yet. Parameters of a query are those of base, and imported
// are the values of the multivariant playlist.
func NewVariables(base *url.URL, imported map[string]string) Variables {
	return Variables{base: base, imported: imported}
}

// Define reads an EXT-X-DEFINE tag. It answers false if the value is not known; the
// tag then stays in the playlist.
func (v *Variables) Define(list []byte) bool {
	var name, value string
	known := false
	as := ReadAttributes(list)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		switch string(a.Name) {
		case "NAME":
			name = string(a.Value)
		case "VALUE":
			if !known {
				value, known = string(a.Value), name != ""
			}
		case "IMPORT":
			name = string(a.Value)
			value, known = v.imported[name]
		case "QUERYPARAM":
			name = string(a.Value)
			value, known = v.queryParam(name)
		}
	}
	if !known || name == "" || !safeValue(value) {
		return false
	}
	if v.Values == nil {
		v.Values = make(map[string]string)
	}
	if _, ok := v.Values[name]; !ok {
		v.Values[name] = value
	}
	return true
}

func (v *Variables) queryParam(name string) (string, bool) {
	if v.base == nil {
		return "", false
	}
	if v.query == nil {
		v.query = v.base.Query()
	}
	values, ok := v.query[name]
	if !ok {
		return "", false
	}
	return values[0], true
}

// safeValue refuses what would end a line or a quoted string: the viewer
// chooses the value of a query parameter.
func safeValue(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == 0x7f }) < 0
}

// Substitute replaces the references {$name} of a line. References to unknown
// names stay.
func (v *Variables) Substitute(line []byte) []byte {
	if len(v.Values) == 0 || !bytes.Contains(line, []byte("{$")) {
		return line
	}
	out := make([]byte, 0, 2*len(line))
	for {
		at := bytes.Index(line, []byte("{$"))
		if at < 0 {
			return append(out, line...)
		}
		end := bytes.IndexByte(line[at:], '}')
		if end < 0 {
			return append(out, line...)
		}
		out = append(out, line[:at]...)
		if value, ok := v.Values[string(line[at+2:at+end])]; ok {
			out = append(out, value...)
		} else {
			out = append(out, line[at:at+end+1]...)
		}
		line = line[at+end+1:]
	}
}
