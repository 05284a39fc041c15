package markup

import (
	"strconv"
	"strings"
)

// ParseDuration reads a VAST duration as exact microseconds. Next to
// HH:MM:SS and HH:MM:SS.mmm it takes what ad servers write: fractions of any
// length, MM:SS, bare seconds, 00:00:60. Digits past the microsecond are cut.
// ok is false for "undefined", empty, negative and all else.
func ParseDuration(s string) (microseconds int64, ok bool) {
	s = strings.TrimSpace(s)
	whole, fraction, hasFraction := strings.Cut(s, ".")
	parts := strings.Split(whole, ":")
	if len(parts) > 3 {
		return 0, false
	}
	var seconds int64
	for _, p := range parts {
		n, ok := digits(p)
		if !ok {
			return 0, false
		}
		seconds = seconds*60 + n
	}
	microseconds = seconds * 1e6
	if !hasFraction {
		return microseconds, true
	}
	if strings.Trim(fraction, "0123456789") != "" {
		return 0, false
	}
	n, ok := digits((fraction + "000000")[:6])
	return microseconds + n, ok
}

// ParsePercent reads a percentage of 0 to 100 as millionths; digits past the
// fourth after the point are cut.
func ParsePercent(text string) (millionths int64, ok bool) {
	whole, fraction, _ := strings.Cut(strings.TrimSpace(text), ".")
	n, ok := digits(whole)
	if !ok || strings.Trim(fraction, "0123456789") != "" {
		return 0, false
	}
	f, _ := digits((fraction + "0000")[:4])
	millionths = n*10_000 + f
	return millionths, millionths <= 1_000_000
}

// digits reads at most nine decimal digits: a longer field is no time.
func digits(s string) (int64, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
