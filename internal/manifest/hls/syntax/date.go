package syntax

import "time"

// ParseDate reads an ISO 8601 date as Unix microseconds, in every form that
// the field writes: any number of decimals, zone Z, +00:00, +0000 or +00, without
// seconds, without a time of day. No zone is read as UTC.
func ParseDate(s []byte) (us int64, ok bool) {
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
		n, ok := ParseNumber(s[span[0]:span[1]])
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
		m, ok := ParseNumber(digits[3:])
		if !ok {
			return 0, false
		}
		minutes, digits = m, digits[:2]
	} else if len(digits) == 4 {
		m, ok := ParseNumber(digits[2:])
		if !ok {
			return 0, false
		}
		minutes, digits = m, digits[:2]
	}
	hours, ok := ParseNumber(digits)
	if !ok || len(digits) != 2 {
		return 0, false
	}
	us = (hours*60 + minutes) * 60e6
	if s[0] == '-' {
		us = -us
	}
	return us, true
}

// AppendDate writes Unix microseconds as a date of millisecond precision. It is
// written at every splice of every viewer, and a quarter as dear as
// time.AppendFormat.
func AppendDate(dst []byte, us int64) []byte {
	day, us := dayOf(us)
	return appendClock(appendDay(dst, day), us)
}

// Dates writes dates into one text. It copies a day that it has written last: most dates
// of a playlist have the same, and finding it is most of their cost. The zero value is
// ready.
type Dates struct {
	day int64
	// at is where in the text the day stands that was written last; 0 is nowhere.
	at int
}

// Append writes Unix microseconds as AppendDate does.
func (d *Dates) Append(dst []byte, us int64) []byte {
	day, rest := dayOf(us)
	if at := d.at; at > 0 && day == d.day {
		dst = append(dst, dst[at:at+dayLength]...)
	} else {
		d.day, d.at = day, len(dst)
		dst = appendDay(dst, day)
	}
	return appendClock(dst, rest)
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

// appendDay writes the date of a day and the T that follows it.
func appendDay(dst []byte, day int64) []byte {
	year, month, date := civil(day)
	year = max(0, min(year, 9999)) // ISO 8601 has four places
	dst = appendTwo(appendTwo(dst, year/100), year%100)
	dst = appendTwo(append(dst, '-'), month)
	dst = appendTwo(append(dst, '-'), date)
	return append(dst, 'T')
}

// appendClock writes a time of day in milliseconds, and the zone Z.
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
