// Package dates moves the dates of a playlist.
package dates

import (
	"bytes"

	"stitcher/internal/manifest/hls/syntax"
)

// Shift moves dates: those of the origin's timeline from At on are By later in
// the output, both in microseconds, until the next Shift.
//
// Ads that are put between two segments of an asset have no time of their own
// in the origin's dates. With those kept, the dates would go back by the ads'
// length where content returns, and two moments of the playlist would have one
// date, which RFC 8216bis §6.2.1 forbids. Without dates at all, every
// EXT-X-DATERANGE would lose its meaning (§4.4.5.1). So the dates after the ads
// are moved with the content, and date ranges with the moments they name.
type Shift struct {
	At, By int64
}

// shiftSlack is how far a date range may lie from a splice and still begin or
// end at it: packagers round to frames.
const shiftSlack = 100_000

// shiftFrom is how far what begins at a date moves, shiftTo what ends at it:
// where ads are put in, the one goes after them and the other stays before.
func (w *writer) shiftFrom(date int64) int64 { return w.shifted(date + shiftSlack) }
func (w *writer) shiftTo(date int64) int64   { return w.shifted(date - shiftSlack) }

func (w *writer) shifted(date int64) int64 {
	var by int64
	for _, s := range w.shifts {
		if s.At > date {
			break
		}
		by = s.By
	}
	return by
}

const (
	dateTag  = "#EXT-X-PROGRAM-DATE-TIME:"
	rangeTag = "#EXT-X-DATERANGE:"
)

// Append writes text of a playlist with its dates moved: those of segments by by, in
// microseconds, those of date ranges by the shifts, which are in order of At. Lines that are
// written anew end with eol.
func Append(dst, text []byte, eol string, shifts []Shift, by int64) []byte {
	w := writer{dst: dst, eol: eol, shifts: shifts, by: by}
	w.redate(text)
	return w.dst
}

// writer is one call of Append.
type writer struct {
	dst    []byte
	eol    string
	shifts []Shift
	by     int64
	dates  syntax.Dates
}

func (w *writer) redate(text []byte) {
	for len(text) > 0 {
		n := bytes.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		line := text[:n]
		text = text[n:]
		switch tag := syntax.TrimStart(line); {
		case w.by != 0 && bytes.HasPrefix(tag, []byte(dateTag)):
			if us, ok := syntax.ParseDate(syntax.Trim(tag[len(dateTag):])); ok {
				w.dst = append(w.dst, dateTag...)
				w.dst = append(w.dates.Append(w.dst, us+w.by), w.eol...)
				continue
			}
		case bytes.HasPrefix(tag, []byte(rangeTag)):
			w.redateRange(tag)
			continue
		}
		w.dst = append(w.dst, line...)
	}
}

// redateRange writes an EXT-X-DATERANGE. A range over ads that were put in gets
// longer by them: it lasts until the content that it ended at. A range that
// marks an avail stays with the ads.
func (w *writer) redateRange(line []byte) {
	list := line[len(rangeTag):]
	from := w.shiftFrom
	var start int64
	as := syntax.ReadAttributes(list)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		switch string(a.Name) {
		case "START-DATE":
			start, _ = syntax.ParseDate(a.Value)
		case "SCTE35-OUT", "SCTE35-IN", "SCTE35-CMD":
			from = w.shiftTo
		}
	}
	by := from(start)
	w.dst = append(w.dst, rangeTag...)
	done := 0
	as = syntax.ReadAttributes(list)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		w.dst = append(w.dst, list[done:a.From]...)
		w.redateValue(&a, start, by)
		done = a.To
	}
	w.dst = append(w.dst, list[done:]...)
}

// redateValue writes an attribute of a range that begins at start and moves by
// by.
func (w *writer) redateValue(a *syntax.Attribute, start, by int64) {
	switch string(a.Name) {
	case "START-DATE":
		if by != 0 {
			w.dst = syntax.AppendDate(w.dst, start+by)
			return
		}
	case "END-DATE":
		if end, ok := syntax.ParseDate(a.Value); ok {
			if n := max(w.shiftTo(end), by); n != 0 {
				w.dst = syntax.AppendDate(w.dst, end+n)
				return
			}
		}
	case "DURATION", "PLANNED-DURATION":
		if d, ok := syntax.ParseSeconds(a.Value); ok {
			if n := w.shiftTo(start+d) - by; n > 0 {
				w.dst = syntax.AppendSeconds(w.dst, d+n)
				return
			}
		}
	}
	w.dst = append(w.dst, a.Value...)
}
