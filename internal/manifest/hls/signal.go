package hls

import (
	"strconv"

	"stitcher/internal/manifest/hls/syntax"
)

// Signal is an EXT-X-DATERANGE that identifies an ad.
type Signal struct {
	// Avail is the number of the ad's avail, Position the place of the ad in it, from 1. Both
	// together are the ID, which all renditions have in common (RFC 8216bis §6.2.4).
	Avail    int64
	Position int
	// Class is the scheme of Data, which is X-AD-CREATIVE-SIGNALING.
	Class, Data string
	// Start is when the ad begins, Unix microseconds, Duration how long it is.
	Start, Duration int64
}

// signal writes the range of an ad.
func (w *writer) signal(s *Signal) {
	dst := append(w.dst, `#EXT-X-DATERANGE:ID="`...)
	dst = strconv.AppendInt(dst, s.Avail, 10)
	dst = append(dst, '-')
	dst = strconv.AppendInt(dst, int64(s.Position), 10)
	dst = append(append(append(dst, `",CLASS="`...), s.Class...), `",START-DATE="`...)
	dst = syntax.AppendDate(dst, s.Start)
	dst = syntax.AppendSeconds(append(dst, `",DURATION=`...), s.Duration)
	dst = append(append(append(dst, `,X-AD-CREATIVE-SIGNALING="`...), s.Data...), '"')
	w.dst = append(dst, w.t.eol...)
}
