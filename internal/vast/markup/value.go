package markup

import (
	"math"
	"strconv"
	"strings"
)

// Integer gives the text of a whole number of 32 bits: fractions are cut and a trailing
// unit ("px") is dropped; ok is false for all else.
func Integer(value string) (text string, ok bool) {
	value = strings.TrimSuffix(strings.TrimSpace(value), "px")
	if n, err := strconv.ParseInt(value, 10, 32); err == nil {
		return strconv.FormatInt(n, 10), true
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.Abs(f) > math.MaxInt32 || math.IsNaN(f) {
		return "", false
	}
	return strconv.FormatInt(int64(f), 10), true
}

// Boolean gives "true" or "false" for the words that ad servers write; ok is false for
// all else.
func Boolean(value string) (text string, ok bool) {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "true", "1", "yes", "y", "on":
		return "true", true
	case "false", "0", "no", "n", "off":
		return "false", true
	}
	return "", false
}

// Number is the whole number in a text; 0 if it has none.
func Number(text string) int {
	text, _ = Integer(text)
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// Placeholder tells whether an id is missing or a word for "unknown".
func Placeholder(id string) bool {
	switch strings.ToLower(id) {
	case "", "unknown", "none", "null", "n/a", "0", "-1":
		return true
	}
	return false
}
