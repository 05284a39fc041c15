package listing

import (
	"strconv"
	"strings"
	"time"
)

const (
	// maxSeconds bounds a duration, so that no sum of them overflows.
	maxSeconds = 10_000_000
	// maxNumber bounds sequence numbers, so that adding to one never
	// overflows.
	maxNumber = 1 << 61
)

// parseDuration reads a decimal number of seconds as microseconds, exact to
// the sixth place and rounded after it. float says whether it has a point.
func parseDuration(s string) (us int64, float, ok bool) {
	whole, fraction, float := strings.Cut(s, ".")
	if !isDigits(whole) || float && fraction != "" && !isDigits(fraction) {
		return 0, float, false
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > maxSeconds {
		return 0, float, false
	}
	us = seconds * 1e6
	for i, unit := 0, int64(100_000); i < len(fraction); i, unit = i+1, unit/10 {
		if unit == 0 {
			if fraction[i] >= '5' {
				us++
			}
			break
		}
		us += int64(fraction[i]-'0') * unit
	}
	return us, float, true
}

// parseNumber reads a decimal integer.
func parseNumber(s string) (int64, bool) {
	if !isDigits(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= maxNumber
}

func isDigits(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// parseDate reads an ISO 8601 date with zone as Unix microseconds. The zone
// may be written without its colon: ffmpeg does, and ISO 8601 knows the form.
func parseDate(s string) (int64, bool) {
	for _, layout := range [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMicro(), true
		}
	}
	return 0, false
}

// parseRange reads "length[@offset]".
func parseRange(s string) (r Range, hasOffset, ok bool) {
	length, offset, hasOffset := strings.Cut(s, "@")
	r.Length, ok = parseNumber(length)
	if ok && hasOffset {
		r.Offset, ok = parseNumber(offset)
	}
	if r.Offset > maxNumber-r.Length {
		ok = false
	}
	return r, hasOffset, ok
}

// parseIV normalises a 128-bit hexadecimal sequence to 32 lower-case digits.
func parseIV(s string) (string, bool) {
	if len(s) < 3 || len(s) > 34 || s[0] != '0' || s[1]|0x20 != 'x' {
		return "", false
	}
	digits := strings.ToLower(s[2:])
	if strings.Trim(digits, "0123456789abcdef") != "" {
		return "", false
	}
	return strings.Repeat("0", 32-len(digits)) + digits, true
}

// Seconds writes microseconds as seconds.
func Seconds(us int64) string {
	return strconv.FormatFloat(float64(us)/1e6, 'f', -1, 64)
}
