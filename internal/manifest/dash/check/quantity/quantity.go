// Package quantity reads the dates, durations and media times of MPDs and computes with them,
// as a strict client does. Times are in microseconds.
package quantity

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Unknown is a time or duration that an MPD does not say.
const Unknown = math.MinInt64

// Frame is how much sound or picture may be missing or twice at a boundary: one
// frame of picture at 24 frames a second, or two of sound. The bar is that of TVs (P12).
const Frame = 45_000

// Most bounds times and numbers, so that adding two never overflows.
const Most = 1 << 61

// Duration reads an xs:duration as microseconds, rounded to the nearest. A year is
// 365 days and a month 30: only P0Y0M is of use.
func Duration(s string) (int64, bool) {
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if !strings.HasPrefix(s, "P") || len(s) < 3 {
		return 0, false
	}
	days, clock, timed := strings.Cut(s[1:], "T")
	sum, ok := int64(0), true
	read := func(part string, units string, each ...int64) {
		for i := range each {
			digits, rest, found := strings.Cut(part, units[i:i+1])
			if !found {
				continue
			}
			us, good := decimal(digits, each[i], units[i] == 'S')
			sum, ok, part = sum+us, ok && good, rest
		}
		ok = ok && part == ""
	}
	const second, day = 1_000_000, 86_400_000_000
	read(days, "YMD", 365*day, 30*day, day)
	if timed {
		ok = ok && clock != ""
		read(clock, "HMS", 3600*second, 60*second, second)
	}
	if negative {
		sum = -sum
	}
	return sum, ok && sum > -Most && sum < Most
}

// decimal is digits, perhaps with a fraction, times a unit.
func decimal(s string, unit int64, fraction bool) (int64, bool) {
	whole, rest, point := strings.Cut(s, ".")
	if point && (!fraction || rest == "") || !digits(whole) || point && !digits(rest) {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > Most/8/unit {
		return 0, false
	}
	us := int64(0)
	for i, each := 0, int64(100_000); i < len(rest); i, each = i+1, each/10 {
		if each == 0 {
			if rest[i] >= '5' {
				us++
			}
			break
		}
		us += int64(rest[i]-'0') * each
	}
	return n*unit + us, true
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// Date reads an xs:dateTime as Unix microseconds. One without a zone is UTC.
func Date(s string) (int64, bool) {
	for _, layout := range [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return t.UnixMicro(), true
		}
	}
	return 0, false
}

// Micros is a number of ticks in microseconds, rounded down.
func Micros(ticks, scale int64) int64 {
	if scale <= 0 {
		return 0
	}
	negative := ticks < 0
	high, low := bits.Mul64(uint64(Abs(ticks)), 1_000_000)
	if high >= uint64(scale) {
		return Most * sign(ticks)
	}
	q, rest := bits.Div64(high, low, uint64(scale))
	us := int64(min(q, Most))
	if negative {
		us = -us
		if rest > 0 {
			us--
		}
	}
	return us
}

func sign(n int64) int64 {
	if n < 0 {
		return -1
	}
	return 1
}

// Abs is a number without its sign.
func Abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// Sum adds without going beyond Most.
func Sum(a, b int64) int64 {
	return max(min(a+b, Most), -Most)
}

// Times multiplies what is not negative, without going beyond Most.
func Times(a, b int64) int64 {
	if high, low := bits.Mul64(uint64(a), uint64(b)); high == 0 && low < Most {
		return int64(low)
	}
	return Most
}

// Seconds writes microseconds as seconds.
func Seconds(us int64) string {
	if us == Unknown {
		return "?"
	}
	return strconv.FormatFloat(float64(us)/1e6, 'f', -1, 64)
}
