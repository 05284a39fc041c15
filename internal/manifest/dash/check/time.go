package check

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Unknown is a time or duration that an MPD does not say.
const Unknown = math.MinInt64

// checkFrame is how much sound or picture may be missing or twice at a boundary: one
// frame of picture at 24 frames a second, or two of sound. The bar is that of TVs (P12).
const checkFrame = 45_000

// checkMost bounds times and numbers, so that adding two never overflows.
const checkMost = 1 << 61

// checkDuration reads an xs:duration as microseconds, rounded to the nearest. A year is
// 365 days and a month 30: only P0Y0M is of use.
func checkDuration(s string) (int64, bool) {
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
			us, good := checkDecimal(digits, each[i], units[i] == 'S')
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
	return sum, ok && sum > -checkMost && sum < checkMost
}

// checkDecimal is digits, perhaps with a fraction, times a unit.
func checkDecimal(s string, unit int64, fraction bool) (int64, bool) {
	whole, rest, point := strings.Cut(s, ".")
	if point && (!fraction || rest == "") || !checkDigits(whole) || point && !checkDigits(rest) {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > checkMost/8/unit {
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

func checkDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// checkDate reads an xs:dateTime as Unix microseconds. One without a zone is UTC.
func checkDate(s string) (int64, bool) {
	for _, layout := range [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return t.UnixMicro(), true
		}
	}
	return 0, false
}

// checkMicros is a number of ticks in microseconds, rounded down.
func checkMicros(ticks, scale int64) int64 {
	if scale <= 0 {
		return 0
	}
	negative := ticks < 0
	high, low := bits.Mul64(uint64(checkAbs(ticks)), 1_000_000)
	if high >= uint64(scale) {
		return checkMost * checkSign(ticks)
	}
	q, rest := bits.Div64(high, low, uint64(scale))
	us := int64(min(q, checkMost))
	if negative {
		us = -us
		if rest > 0 {
			us--
		}
	}
	return us
}

func checkSign(n int64) int64 {
	if n < 0 {
		return -1
	}
	return 1
}

func checkAbs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// checkSum adds without going beyond checkMost.
func checkSum(a, b int64) int64 {
	return max(min(a+b, checkMost), -checkMost)
}

// checkTimes multiplies what is not negative, without going beyond checkMost.
func checkTimes(a, b int64) int64 {
	if high, low := bits.Mul64(uint64(a), uint64(b)); high == 0 && low < checkMost {
		return int64(low)
	}
	return checkMost
}

// checkSeconds writes microseconds as seconds.
func checkSeconds(us int64) string {
	if us == Unknown {
		return "?"
	}
	return strconv.FormatFloat(float64(us)/1e6, 'f', -1, 64)
}
