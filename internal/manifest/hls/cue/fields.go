package cue

import (
	"bytes"
	"strings"

	"stitcher/internal/manifest/hls/syntax"
)

// cueFields are the attributes that the cue tags share under many names.
type cueFields struct {
	duration, elapsed int64 // elapsed -1 is unknown
	id, cue, kind     string
	out, in           string
	// garbled is whether there is a duration that can't be read.
	garbled bool
}

func readCueFields(value []byte) cueFields {
	f := cueFields{elapsed: -1}
	as := syntax.ReadAttributes(value)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		var upper [24]byte // no name below is longer
		switch string(upperASCII(upper[:0], a.Name)) {
		case "DURATION":
			us, ok := cueSeconds(a.Value)
			f.duration, f.garbled = us, !ok
		case "ELAPSED", "ELAPSEDTIME", "AVAIL-DUR-ELAPSED", "TIMEFROMSIGNAL":
			if us, ok := cueSeconds(a.Value); ok {
				f.elapsed = us
			}
		case "BREAKID", "ID", "SIGNALID":
			f.id = string(a.Value)
		case "CUE", "SCTE35":
			f.cue = string(a.Value)
		case "TYPE":
			f.kind = string(a.Value)
		case "CUE-OUT":
			f.out = strings.ToUpper(string(a.Value))
		case "CUE-IN":
			f.in = strings.ToUpper(string(a.Value))
		}
	}
	return f
}

// upperASCII appends a name in upper case, as much of it as dst has room for.
func upperASCII(dst, name []byte) []byte {
	for _, c := range name[:min(len(name), cap(dst))] {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// cueSeconds reads a duration of a marker: decimal seconds, in quotes or not,
// or the ISO 8601 form that MediaTailor refuses (PT32S, PT1M30.5S).
func cueSeconds(s []byte) (us int64, ok bool) {
	s = bytes.Trim(s, " \t\"")
	if len(s) < 3 || s[0]|0x20 != 'p' || s[1]|0x20 != 't' {
		return syntax.ParseSeconds(s)
	}
	for s = s[2:]; len(s) > 0; {
		n := bytes.IndexAny(s, "hHmMsS")
		if n < 0 {
			return 0, false
		}
		part, sound := syntax.ParseSeconds(s[:n])
		if !sound {
			return 0, false
		}
		switch s[n] | 0x20 {
		case 'h':
			part *= 3600
		case 'm':
			part *= 60
		}
		if us += part; us > syntax.MaxSeconds*1e6 {
			return 0, false
		}
		s = s[n+1:]
	}
	return us, true
}
