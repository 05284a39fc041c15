package listing

import (
	"strings"

	"stitcher/internal/manifest/hls/check/rule"
)

// dateRange reads an EXT-X-DATERANGE; tags of one ID add up (§4.4.5.1).
func (r *reader) dateRange(as attributes) {
	r.dateRanges++
	id, ok := as.get("ID")
	if !ok || id == "" {
		r.found.Add(rule.DateRangeInvalid, -1, r.line, "a DATERANGE has no ID")
		return
	}
	d, known := r.out.DateRanges[id]
	if !known {
		d = DateRange{Attributes: make(map[string]string, len(as)), Line: r.line}
	}
	for _, a := range as {
		if old, ok := d.Attributes[a.name]; ok && !SameValue(old, a.raw) {
			r.found.Add(rule.DateRangeConflict, -1, r.line,
				"DATERANGE %q says %s=%s after it said %s", id, a.name, a.raw, old)
			continue
		}
		d.Attributes[a.name] = a.raw
	}
	r.dateRangeBounds(id, &d, as)
	r.out.DateRanges[id] = d
}

// dateRangeBounds reads what a tag says of its range's start and end.
func (r *reader) dateRangeBounds(id string, d *DateRange, as attributes) {
	if text, ok := as.get("START-DATE"); ok {
		at, ok := parseDate(text)
		if !ok {
			r.found.Add(rule.DateRangeInvalid, -1, r.line, "DATERANGE %q has the START-DATE %q, which is no date with zone", id, text)
		}
		d.Start = at
		d.End = max(d.End, at)
	}
	for _, name := range [...]string{"DURATION", "PLANNED-DURATION"} {
		text, ok := as.get(name)
		if !ok {
			continue
		}
		us, _, ok := parseDuration(text)
		if !ok {
			r.found.Add(rule.DateRangeInvalid, -1, r.line, "DATERANGE %q has the %s %q, which is no number of seconds", id, name, text)
		} else if name == "DURATION" {
			d.End = d.Start + us
		}
	}
	if text, ok := as.get("END-DATE"); ok {
		at, ok := parseDate(text)
		switch {
		case !ok:
			r.found.Add(rule.DateRangeInvalid, -1, r.line, "DATERANGE %q has the END-DATE %q, which is no date with zone", id, text)
		case at < d.Start:
			r.found.Add(rule.DateRangeInvalid, -1, r.line, "DATERANGE %q ends before it starts", id)
		default:
			d.End = at
		}
	}
	if hasValue(as, "END-ON-NEXT", "YES") {
		_, class := as.get("CLASS")
		_, duration := as.get("DURATION")
		_, end := as.get("END-DATE")
		if !class || duration || end {
			r.found.Add(rule.DateRangeInvalid, -1, r.line,
				"DATERANGE %q: END-ON-NEXT needs CLASS and takes neither DURATION nor END-DATE", id)
		}
	}
}

// SameValue is whether two attribute values as written mean the same:
// dates and numbers have more than one spelling.
func SameValue(a, b string) bool {
	if a == b {
		return true
	}
	if a == "" || b == "" || (a[0] == '"') != (b[0] == '"') {
		return false
	}
	if a[0] != '"' {
		x, _, okX := parseDuration(a)
		y, _, okY := parseDuration(b)
		return okX && okY && x == y
	}
	x, okX := parseDate(strings.Trim(a, `"`))
	y, okY := parseDate(strings.Trim(b, `"`))
	return okX && okY && x == y
}
