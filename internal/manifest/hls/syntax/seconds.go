package syntax

import (
	"math"
	"strconv"
)

// ParseSeconds reads a decimal number of seconds as microseconds, exact to the
// sixth place and rounded after it. An exponent is read, since programs write
// small numbers as 1e-05. Signs, NaN, anything past a day and anything that
// stands behind the number are refused.
func ParseSeconds(s []byte) (us int64, ok bool) {
	us, n, ok := leadingSeconds(s)
	return us, ok && n == len(s)
}

// leadingSeconds reads the number of seconds that s begins with, by integer
// arithmetic unless it has an exponent. n is its length.
func leadingSeconds(s []byte) (us int64, n int, ok bool) {
	i, digits := 0, 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if us = us*10 + int64(s[i]-'0'); us > MaxSeconds {
			us = MaxSeconds + 1
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
		if err != nil || f > MaxSeconds {
			return 0, i + e, false
		}
		return int64(math.Round(f * 1e6)), i + e, true
	}
	if us > MaxSeconds*1e6 {
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

// ForgivenSeconds reads a duration as players do: by the number that it begins
// with (parseFloat of hls.js and m3u8-parser, atof of FFmpeg), and a negative
// one as no time at all, since FFmpeg takes it for a millisecond and hls.js for
// nothing. It answers false where there is no number, or one past a day.
func ForgivenSeconds(s []byte) (us int64, ok bool) {
	negative := len(s) > 0 && s[0] == '-'
	if negative || len(s) > 0 && s[0] == '+' {
		s = s[1:]
	}
	if us, _, ok = leadingSeconds(s); negative {
		return 0, ok
	}
	return us, ok
}

// AppendSeconds writes microseconds as decimal seconds, with three places or
// as many as it takes, up to six.
func AppendSeconds(dst []byte, us int64) []byte {
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
