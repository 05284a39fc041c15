package trackdoc

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// seconds is a time in microseconds that is written in seconds, cut to milliseconds.
type seconds int64

// MarshalJSON implements json.Marshaler.
func (s seconds) MarshalJSON() ([]byte, error) {
	ms := int64(s) / 1000
	var b []byte
	if ms < 0 {
		b, ms = append(b, '-'), -ms
	}
	b = strconv.AppendInt(b, ms/1000, 10)
	b = append(b, '.')
	f := strconv.Itoa(int(1000 + ms%1000))[1:]
	if f = strings.TrimRight(f, "0"); f == "" {
		f = "0"
	}
	return append(b, f...), nil
}

// iso writes microseconds as MediaTailor does: hours without a limit, zeros at the end of
// a fraction left out.
func iso(us int64) string {
	if us == 0 {
		return "PT0S"
	}
	var b strings.Builder
	if us < 0 {
		b.WriteByte('-')
		us = -us
	}
	b.WriteString("PT")
	if h := us / 3_600_000_000; h > 0 {
		b.WriteString(strconv.FormatInt(h, 10))
		b.WriteByte('H')
	}
	if m := us / 60_000_000 % 60; m > 0 {
		b.WriteString(strconv.FormatInt(m, 10))
		b.WriteByte('M')
	}
	if s := us % 60_000_000; s > 0 {
		b.WriteString(strconv.FormatInt(s/1_000_000, 10))
		if f := s % 1_000_000; f > 0 {
			b.WriteByte('.')
			b.WriteString(strings.TrimRight(strconv.FormatInt(1_000_000+f, 10)[1:], "0"))
		}
		b.WriteByte('S')
	}
	return b.String()
}

// Date is a stream time as a date.
func Date(us int64) *string {
	s := time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05.000Z")
	return &s
}

var isoDuration = regexp.MustCompile(`^(-?)PT(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,9}))?S)?$`)

// parseISO is what iso writes in microseconds.
func parseISO(text string) (int64, error) {
	m := isoDuration.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%q is no duration", text)
	}
	var us int64
	for _, part := range []struct {
		digits string
		unit   int64
	}{{m[2], 3_600_000_000}, {m[3], 60_000_000}, {m[4], 1_000_000}, {(m[5] + "000000")[:6], 1}} {
		if part.digits == "" {
			continue
		}
		n, err := strconv.ParseInt(part.digits, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no duration", text)
		}
		us += n * part.unit
	}
	if m[1] != "" {
		return -us, nil
	}
	return us, nil
}
