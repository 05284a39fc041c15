package hls

import (
	"math"
	"strconv"
	"time"
)

const (
	// maxSeconds bounds every duration: a day, so that no sum overflows.
	maxSeconds = 86_400
	// maxNumber bounds sequence numbers and byte offsets, so that the sum of
	// two does not overflow. Nanoseconds of Unix time are below it: origins
	// number by the clock.
	maxNumber = 1 << 61
)

// parseSeconds reads a decimal number of seconds as microseconds, exact to the
// sixth place and rounded after it. An exponent is read, since programs write
// small numbers as 1e-05. Signs, NaN, anything past a day and anything that
// stands behind the number are refused.
func parseSeconds(s []byte) (us int64, ok bool) {
	us, n, ok := leadingSeconds(s)
	return us, ok && n == len(s)
}

// leadingSeconds reads the number of seconds that s begins with, by integer
// arithmetic unless it has an exponent. n is its length.
func leadingSeconds(s []byte) (us int64, n int, ok bool) {
	i, digits := 0, 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if us = us*10 + int64(s[i]-'0'); us > maxSeconds {
			us = maxSeconds + 1
		}
		digits++
	}
	us *= 1e6
	if i < len(s) && s[i] == '.' {
		i++
		for unit := int64(100_000); i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			d := int64(s[i] - '0')
			if unit == 0 {
				if d >= 5 {
					us++
				}
				unit = -1
			} else if unit > 0 {
				us += d * unit
				unit /= 10
			}
			digits++
		}
	}
	if digits == 0 {
		return 0, 0, false
	}
	if e := exponent(s[i:]); e > 0 {
		f, err := strconv.ParseFloat(string(s[:i+e]), 64)
		if err != nil || f > maxSeconds {
			return 0, i + e, false
		}
		return int64(math.Round(f * 1e6)), i + e, true
	}
	if us > maxSeconds*1e6 {
		return 0, i, false
	}
	return us, i, true
}

// exponent is the length of the exponent that s begins with, 0 without one.
func exponent(s []byte) int {
	if len(s) < 2 || s[0]|0x20 != 'e' {
		return 0
	}
	i := 1
	if s[i] == '+' || s[i] == '-' {
		i++
	}
	first := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == first {
		return 0
	}
	return i
}

// forgivenSeconds reads a duration as players do: by the number that it begins
// with (parseFloat of hls.js and m3u8-parser, atof of FFmpeg), and a negative
// one as no time at all, since FFmpeg takes it for a millisecond and hls.js for
// nothing. It answers false where there is no number, or one past a day.
func forgivenSeconds(s []byte) (us int64, ok bool) {
	negative := len(s) > 0 && s[0] == '-'
	if negative || len(s) > 0 && s[0] == '+' {
		s = s[1:]
	}
	if us, _, ok = leadingSeconds(s); negative {
		return 0, ok
	}
	return us, ok
}

// appendSeconds writes microseconds as decimal seconds, with three places or
// as many as it takes, up to six.
func appendSeconds(dst []byte, us int64) []byte {
	dst = strconv.AppendInt(dst, us/1e6, 10)
	us %= 1e6
	dst = append(dst, '.', byte('0'+us/100_000), byte('0'+us/10_000%10), byte('0'+us/1000%10))
	if us %= 1000; us == 0 {
		return dst
	}
	dst = append(dst, byte('0'+us/100))
	if us %= 100; us == 0 {
		return dst
	}
	dst = append(dst, byte('0'+us/10))
	if us %= 10; us == 0 {
		return dst
	}
	return append(dst, byte('0'+us))
}

// parseNumber reads a decimal integer from 0 to maxNumber.
func parseNumber(s []byte) (n int64, ok bool) {
	if len(s) == 0 || len(s) > 19 {
		return 0, false
	}
	for _, d := range s {
		if d < '0' || d > '9' {
			return 0, false
		}
		if n > maxNumber/10 {
			return 0, false
		}
		n = n*10 + int64(d-'0')
	}
	return n, true
}

// forgivenNumber reads a sequence number as players do: by the digits that it
// begins with (parseInt of hls.js and m3u8-parser, strtoull of FFmpeg). Numbers
// past maxNumber keep their last bits, as FFmpeg has it, so that they still rise
// by one. Where there are no digits it is 0, as in hls.js.
func forgivenNumber(s []byte) int64 {
	var n uint64
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		n = n*10 + uint64(s[i]-'0')
	}
	return int64(n & (maxNumber - 1))
}

// parseDate reads an ISO 8601 date as Unix microseconds, in every form that
// the field writes: any number of decimals, zone Z, +00:00, +0000 or +00, without
// seconds, without a time of day. No zone is read as UTC.
func parseDate(s []byte) (us int64, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	var f [6]int
	i, fields := 10, 3
	if len(s) > 10 {
		if len(s) < 16 || s[10]|0x20 != 't' && s[10] != ' ' || s[13] != ':' {
			return 0, false
		}
		i, fields = 16, 5
		if len(s) >= 19 && s[16] == ':' {
			i, fields = 19, 6
		}
	}
	for k, span := range [6][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}} {
		if k == fields {
			break
		}
		n, ok := parseNumber(s[span[0]:span[1]])
		if !ok {
			return 0, false
		}
		f[k] = int(n)
	}
	if f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > 31 || f[3] > 24 || f[4] > 59 || f[5] > 60 {
		return 0, false
	}
	us = time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], 0, time.UTC).UnixMicro()
	if i < len(s) && (s[i] == '.' || s[i] == ',') {
		unit := int64(100_000)
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			us += int64(s[i]-'0') * unit
			unit /= 10
		}
	}
	zone, ok := parseZone(s[i:])
	return us - zone, ok
}

// parseZone reads the offset of a time zone in microseconds.
func parseZone(s []byte) (us int64, ok bool) {
	if len(s) == 0 || len(s) == 1 && s[0]|0x20 == 'z' {
		return 0, true
	}
	if s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	var minutes int64
	digits := s[1:]
	if len(digits) == 5 && digits[2] == ':' {
		m, ok := parseNumber(digits[3:])
		if !ok {
			return 0, false
		}
		minutes, digits = m, digits[:2]
	} else if len(digits) == 4 {
		m, ok := parseNumber(digits[2:])
		if !ok {
			return 0, false
		}
		minutes, digits = m, digits[:2]
	}
	hours, ok := parseNumber(digits)
	if !ok || len(digits) != 2 {
		return 0, false
	}
	us = (hours*60 + minutes) * 60e6
	if s[0] == '-' {
		us = -us
	}
	return us, true
}

// appendDate writes Unix microseconds as a date of millisecond precision. It is
// written at every splice of every viewer, and a quarter as dear as
// time.AppendFormat.
func appendDate(dst []byte, us int64) []byte {
	day, us := dayOf(us)
	return appendClock(appendDay(dst, day), us)
}

// dayOf is the day of an instant, counted from 1970-01-01, and what of it has
// gone by, in microseconds.
func dayOf(us int64) (day, rest int64) {
	const length = 24 * 3600 * 1_000_000
	day = us / length
	if us -= day * length; us < 0 {
		us += length
		day--
	}
	return day, us
}

// dayLength is how long what appendDay writes is, for years of four places.
const dayLength = len("2026-01-02T")

func appendDay(dst []byte, day int64) []byte {
	year, month, date := civil(day)
	year = max(0, min(year, 9999)) // ISO 8601 has four places
	dst = appendTwo(appendTwo(dst, year/100), year%100)
	dst = appendTwo(append(dst, '-'), month)
	dst = appendTwo(append(dst, '-'), date)
	return append(dst, 'T')
}

func appendClock(dst []byte, us int64) []byte {
	seconds := us / 1_000_000
	dst = appendTwo(dst, seconds/3600)
	dst = appendTwo(append(dst, ':'), seconds/60%60)
	dst = appendTwo(append(dst, ':'), seconds%60)
	ms := us / 1000 % 1000
	dst = append(dst, '.', byte('0'+ms/100))
	return append(appendTwo(dst, ms%100), 'Z')
}

// civil is the date of a day counted from 1970-01-01, in the Gregorian
// calendar. Years are counted from March, so that the leap day is a year's last
// and the lengths of the months follow one line.
func civil(days int64) (year, month, date int64) {
	days += 719_468 // from 0000-03-01
	era := days / 146_097
	if days < 0 {
		era = (days - 146_096) / 146_097
	}
	ofEra := days - era*146_097
	yearOfEra := (ofEra - ofEra/1460 + ofEra/36_524 - ofEra/146_096) / 365
	ofYear := ofEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	m := (5*ofYear + 2) / 153
	year, month, date = yearOfEra+era*400, m+3, ofYear-(153*m+2)/5+1
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, date
}

// appendTwo writes a number below 100 with two places.
func appendTwo(dst []byte, n int64) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

// startOffset is how far from the end EXT-X-START's attributes put the start
// (RFC 8216bis §4.4.2.2), 0 where they count from the beginning.
func startOffset(attributes []byte) int64 {
	v, ok := attributeOf(attributes, "TIME-OFFSET")
	if !ok || len(v) < 2 || v[0] != '-' {
		return 0
	}
	us, ok := forgivenSeconds(v[1:])
	if !ok {
		return 0
	}
	return us
}
