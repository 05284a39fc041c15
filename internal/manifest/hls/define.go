package hls

import (
	"bytes"
	"net/url"
	"strings"
)

// variables are the EXT-X-DEFINE values of a playlist (RFC 8216bis §4.3).
type variables struct {
	base     *url.URL
	imported map[string]string
	values   map[string]string
	query    url.Values
}

// define reads an EXT-X-DEFINE tag. It answers false where the value is known
// to nobody here; the tag then stays in the playlist.
func (v *variables) define(list []byte) bool {
	var name, value string
	known := false
	as := attributes{s: list}
	for a, ok := as.next(); ok; a, ok = as.next() {
		switch string(a.name) {
		case "NAME":
			name = string(a.value)
		case "VALUE":
			if !known {
				value, known = string(a.value), name != ""
			}
		case "IMPORT":
			name = string(a.value)
			value, known = v.imported[name]
		case "QUERYPARAM":
			name = string(a.value)
			value, known = v.queryParam(name)
		}
	}
	if !known || name == "" || !safeValue(value) {
		return false
	}
	if v.values == nil {
		v.values = make(map[string]string)
	}
	if _, ok := v.values[name]; !ok {
		v.values[name] = value
	}
	return true
}

func (v *variables) queryParam(name string) (string, bool) {
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

// safeValue refuses what would end a line or a quoted string: the value of a
// query parameter is a stranger's.
func safeValue(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == 0x7f }) < 0
}

// substitute replaces the references {$name} of a line. References to unknown
// names stay.
func (v *variables) substitute(line []byte) []byte {
	if len(v.values) == 0 || !bytes.Contains(line, []byte("{$")) {
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
		if value, ok := v.values[string(line[at+2:at+end])]; ok {
			out = append(out, value...)
		} else {
			out = append(out, line[at:at+end+1]...)
		}
		line = line[at+end+1:]
	}
}
