// Package quantity has the numbers of MPDs: durations, dates, and media times in ticks of a
// timescale. All arithmetic is in integers.
package quantity

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	// Second is in nanoseconds.
	Second = int64(time.Second)
	// Farthest is how many seconds a time may be from another: 140 years, so that
	// the sum of two fits into nanoseconds.
	Farthest = 140 * 366 * 86_400
	// MaxScale is the largest timescale: it is an unsignedInt in the schema.
	MaxScale = math.MaxUint32
	// MaxTicks is the largest media time. Players compute with doubles, which are exact to
	// 2^53 (U2), but origins count tenths of a microsecond since 1970, and are played.
	MaxTicks = 1 << 60
	// Never is later than any time.
	Never = 1 << 62
)

var errDuration = errors.New("not a duration of XML Schema within 140 years")

// ParseDuration reads an xs:duration in nanoseconds; a year has 365 days, a month 30.
// Digits below a nanosecond are dropped.
func ParseDuration(s string) (int64, error) {
	s = strings.TrimSpace(s)
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || rest == "" {
		return 0, errDuration
	}
	var total int64
	timed := false
	for rest != "" {
		if rest[0] == 'T' {
			if timed || len(rest) == 1 {
				return 0, errDuration
			}
			timed, rest = true, rest[1:]
			continue
		}
		i := strings.IndexFunc(rest, func(c rune) bool { return c != '.' && (c < '0' || c > '9') })
		if i <= 0 {
			return 0, errDuration
		}
		unit := unitOf(rest[i], timed)
		whole, fraction, _ := strings.Cut(rest[:i], ".")
		n, err := strconv.ParseInt("0"+whole, 10, 64)
		if err != nil || unit == 0 || fraction != "" && rest[i] != 'S' || n > Farthest {
			return 0, errDuration
		}
		if n > Farthest*Second/unit {
			return 0, errDuration
		}
		if total += n*unit + nanoseconds(fraction); total > Farthest*Second {
			return 0, errDuration
		}
		rest = rest[i+1:]
	}
	return total, nil
}

// nanoseconds are the digits behind a decimal point.
func nanoseconds(digits string) int64 {
	var n int64
	for i := range 9 {
		n *= 10
		if i < len(digits) && digits[i] != '.' {
			n += int64(digits[i] - '0')
		}
	}
	return n
}

func unitOf(c byte, timed bool) int64 {
	const day = 86_400 * Second
	switch {
	case timed && c == 'H':
		return 3600 * Second
	case timed && c == 'M':
		return 60 * Second
	case timed && c == 'S':
		return Second
	case !timed && c == 'Y':
		return 365 * day
	case !timed && c == 'M':
		return 30 * day
	case !timed && c == 'D':
		return day
	}
	return 0
}

// AppendDuration writes microseconds as an xs:duration in seconds.
func AppendDuration(dst []byte, us int64) []byte {
	if us < 0 {
		dst, us = append(dst, '-'), -us
	}
	dst = append(dst, "PT"...)
	dst = strconv.AppendInt(dst, us/1_000_000, 10)
	if f := us % 1_000_000; f != 0 {
		digits := [7]byte{'.'}
		for i := 6; i > 0; i-- {
			digits[i] = byte('0' + f%10)
			f /= 10
		}
		n := len(digits)
		for digits[n-1] == '0' {
			n--
		}
		dst = append(dst, digits[:n]...)
	}
	return append(dst, 'S')
}

// ParseDate reads an xs:dateTime in Unix microseconds; without a zone it is UTC.
func ParseDate(s string) (int64, error) {
	s = strings.TrimSpace(s)
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05.999999999", s)
	}
	if err != nil {
		return 0, errors.New("not a date and time of XML Schema")
	}
	if y := t.Year(); y < 1800 || y > 2200 {
		return 0, errors.New("date is not between 1800 and 2200")
	}
	return t.UnixMicro(), nil
}

// AppendDate writes Unix microseconds as an xs:dateTime in UTC.
func AppendDate(dst []byte, us int64) []byte {
	t := time.UnixMicro(us).UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, "2006-01-02T15:04:05.999999Z")
	}
	hour, minute, second := t.Clock()
	dst = appendDigits(dst, year, 4)
	dst = appendDigits(append(dst, '-'), int(month), 2)
	dst = appendDigits(append(dst, '-'), day, 2)
	dst = appendDigits(append(dst, 'T'), hour, 2)
	dst = appendDigits(append(dst, ':'), minute, 2)
	dst = appendDigits(append(dst, ':'), second, 2)
	if fraction := t.Nanosecond() / 1000; fraction > 0 {
		dst = appendDigits(append(dst, '.'), fraction, 6)
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return append(dst, 'Z')
}

// appendDigits writes the last n digits of a number.
func appendDigits(dst []byte, v, n int) []byte {
	at := len(dst)
	for range n {
		dst = append(dst, '0')
	}
	for i := at + n - 1; i >= at; i-- {
		dst[i] += byte(v % 10)
		v /= 10
	}
	return dst
}

// ParseTicks reads an unsignedLong that can be computed with.
func ParseTicks(s string) (int64, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return 0, errors.New("not an unsigned integer")
	}
	if n > MaxTicks {
		return 0, errors.New("exceeds 2^60")
	}
	return int64(n), nil
}

// Micros is when a media time stands on the timeline, in microseconds: from ticks of
// a timescale after start, which is in nanoseconds. It rounds once.
func Micros(start, ticks, scale int64) int64 {
	q, r := ticks/scale, ticks%scale
	if r < 0 {
		q, r = q-1, r+scale
	}
	start += min(max(q, -Farthest), Farthest) * Second
	a, b := start/1000, start%1000
	if b < 0 {
		a, b = a-1, b+1000
	}
	return a + (b*scale+r*Second+scale*500)/(scale*1000)
}

// Ticks is the media time nearest to a time on the timeline: us in microseconds,
// start in nanoseconds. It inverts Micros for timescales up to
// 1,000,000 where start is whole microseconds.
func Ticks(us, start, scale int64) int64 {
	us = min(max(us, -2*Farthest*1_000_000), 2*Farthest*1_000_000)
	// The difference is taken in whole seconds first: nanoseconds of 300 years
	// and more do not fit.
	q, r := us/1_000_000-start/Second, us%1_000_000*1000-start%Second
	for r < 0 {
		q, r = q-1, r+Second
	}
	if r >= Second {
		q, r = q+1, r-Second
	}
	if limit := int64(math.MaxInt64/2) / scale; q > limit || q < -limit {
		q = min(max(q, -limit), limit)
	}
	return q*scale + (r*scale+Second/2)/Second
}

// Slack is what media times may differ by and be the same, in ticks: a microsecond, which
// is what times on the timeline are rounded to. It is 0 where a tick is longer.
func Slack(scale int64) int64 {
	if scale <= 1_000_000 {
		return 0
	}
	return (scale + 999_999) / 1_000_000
}

// Atoi reads an unsigned integer below 2^31; the result is 0 if the text is not one.
func Atoi(s string) int {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}
