package dash

import (
	"strconv"
	"strings"
)

func (r *representation) url(text string, number, at int64) string {
	return string(r.fill(nil, resolve(r.base, text), number, at))
}

// fill appends a URL template with its identifiers replaced (ISO/IEC 23009-1
// §5.3.9.4.4).
func (r *representation) fill(dst []byte, text string, number, at int64) []byte {
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 {
			return append(dst, text...)
		}
		end := strings.IndexByte(text[i+1:], '$')
		if end < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		name, format, _ := strings.Cut(text[i+1:i+1+end], "%")
		text = text[i+end+2:]
		switch name {
		case "":
			dst = append(dst, '$')
		case "RepresentationID":
			dst = append(dst, r.id...)
		case "Number":
			dst = appendPadded(dst, number, format)
		case "Bandwidth":
			dst = appendPadded(dst, int64(r.track.Bandwidth), format)
		case "Time":
			dst = appendPadded(dst, at, format)
		case "SubNumber":
			dst = appendPadded(dst, 1, format)
		}
	}
}

// appendPadded writes a number by a format "0<width>d".
func appendPadded(dst []byte, n int64, format string) []byte {
	const widest = 20
	width := min(atoi(strings.TrimRight(strings.TrimLeft(format, "0"), "du")), widest)
	digits := strconv.AppendInt(make([]byte, 0, widest), n, 10)
	for range width - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}
