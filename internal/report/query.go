package report

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/store/rollup"
)

// QueryError is a query that has no answer; its text says what is wrong.
type QueryError struct{ text string }

func (e *QueryError) Error() string { return e.text }

func wrong(format string, args ...any) error { return &QueryError{fmt.Sprintf(format, args...)} }

// The bounds of a query and its answer.
const (
	maxBuckets  = 10_080 // a week by the minute
	maxRange    = 3 * 366 * 24 * time.Hour
	defaultPage = 1000
	maxPage     = 10_000
)

// Query is a question to the roll-ups.
type Query struct {
	From, To    time.Time
	Location    *time.Location
	Granularity string
	// CSV is whether the answer is wanted as CSV.
	CSV bool

	groupBy  []int
	filter   map[int]string
	measures []int
	size     int
	offset   int
}

// Parse reads a query of a URL. Without from and to it is the last hour. Its errors
// are *QueryError.
func Parse(values url.Values, now time.Time) (*Query, error) {
	q := &Query{Granularity: "total", filter: map[int]string{}, size: defaultPage, Location: time.UTC, From: now.Add(-time.Hour), To: now}
	var err error
	for name, list := range values {
		if len(list) != 1 {
			return nil, wrong("parameter %q is given %d times", short(name), len(list))
		}
		if err = q.set(name, list[0]); err != nil {
			return nil, err
		}
	}
	if err = q.fit(); err != nil {
		return nil, err
	}
	return q, q.check(now)
}

// set takes one parameter.
func (q *Query) set(name, v string) (err error) {
	switch name {
	case "from":
		q.From, err = instant(name, v)
	case "to":
		q.To, err = instant(name, v)
	case "timeZone":
		if q.Location, err = time.LoadLocation(v); err != nil || v == "Local" || len(v) > 64 {
			return wrong("timeZone %q is not a name of the IANA time zone database, such as Europe/Berlin", short(v))
		}
	case "granularity":
		if q.Granularity = v; v != "minute" && v != "hour" && v != "day" && v != "total" {
			return wrong("granularity %q is none of minute, hour, day and total", short(v))
		}
	case "format":
		if q.CSV = v == "csv"; v != "csv" && v != "json" {
			return wrong("format %q is neither json nor csv", short(v))
		}
	case "groupBy":
		for part := range strings.SplitSeq(v, ",") {
			d := dimension(part)
			if d < 0 {
				return wrong("groupBy has %q, which is none of the dimensions %s", short(part), strings.Join(names[:], ", "))
			}
			q.groupBy = append(q.groupBy, d)
		}
	case "measures":
		for part := range strings.SplitSeq(v, ",") {
			m := measure(part)
			if m < 0 {
				return wrong("measures has %q, which is no measure", short(part))
			}
			q.measures = append(q.measures, m)
		}
	case "pageSize":
		if q.size, err = strconv.Atoi(v); err != nil || q.size < 1 || q.size > maxPage {
			return wrong("pageSize is a number from 1 to %d", maxPage)
		}
	case "pageToken":
		if q.offset, err = strconv.Atoi(v); err != nil || q.offset < 1 {
			return wrong("pageToken is not the nextPageToken of an answer")
		}
	default:
		field, is := strings.CutPrefix(name, "filter.")
		d := dimension(field)
		if !is || d < 0 {
			return wrong("there is no parameter %q; filters are filter.<dimension>, of the dimensions %s", short(name), strings.Join(names[:], ", "))
		}
		q.filter[d] = v
	}
	return err
}

func instant(name, v string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		return t, wrong("%s is a time as in RFC 3339, such as 2026-01-31T14:00:00Z", name)
	}
	return t, nil
}

// short is a text of a client as it may be repeated.
func short(s string) string { return strings.ToValidUTF8(s[:min(len(s), 64)], "") }

// fit finds the measures that mean something for the query's dimensions.
func (q *Query) fit() error {
	used := append([]int{}, q.groupBy...)
	for d := range names {
		if _, ok := q.filter[d]; ok {
			used = append(used, d)
		}
	}
	asked := len(q.measures) > 0
	for _, m := range q.measures {
		if !measures[m].fits(used) {
			return wrong("measure %s goes together with the dimensions %s only", measures[m].Name, list(meaningful[measures[m].family]))
		}
	}
	for m := range measures {
		if !asked && measures[m].fits(used) {
			q.measures = append(q.measures, m)
		}
	}
	if len(q.measures) > 0 {
		return nil
	}
	return wrong("no measure has all of the dimensions %s; host goes together with %s, reason with %s",
		list(used), list(meaningful[beaconFamily]), list(meaningful[adFamily]))
}

func list(of []int) string {
	text := make([]string, len(of))
	for i, d := range of {
		text[i] = names[d]
	}
	return strings.Join(text, ", ")
}

// check holds the range to the bounds.
func (q *Query) check(now time.Time) error {
	switch length := q.To.Sub(q.From); {
	case length <= 0:
		return wrong("to is not after from")
	case length > maxRange:
		return wrong("the range from %s to %s is longer than %d days", q.From.Format(time.RFC3339), q.To.Format(time.RFC3339), int(maxRange/(24*time.Hour)))
	case q.Granularity == "minute" && length > maxBuckets*time.Minute, q.Granularity == "hour" && length > maxBuckets*time.Hour:
		return wrong("the range has more than %d %ss", maxBuckets, q.Granularity)
	}
	q.From, q.To = q.From.In(q.Location).Truncate(time.Minute), q.To.In(q.Location)
	if cut := q.To.Truncate(time.Minute); cut.Before(q.To) {
		q.To = cut.Add(time.Minute)
	}
	want := rollup.Want{Bounds: q.buckets()}
	for _, p := range want.Pieces() {
		if p.Level == rollup.Minutes && p.At < now.Add(-rollup.MinutesKept).Unix() {
			return wrong("sums by the minute are kept for 7 days: from and to, and days in the time zone, must begin on an hour of UTC, and granularity must not be minute")
		}
	}
	return nil
}

// buckets are the bounds of the answer's times, in ascending order: one more than
// there are times. A day is one of the time zone, so it has 23 to 25 hours where
// the clocks change.
func (q *Query) buckets() []time.Time {
	out := []time.Time{q.From}
	for at := q.From; q.Granularity != "total"; {
		switch q.Granularity {
		case "minute":
			at = at.Add(time.Minute)
		case "hour":
			at = at.Truncate(time.Hour).Add(time.Hour)
		case "day":
			at = time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, q.Location)
		}
		if !at.Before(q.To) {
			break
		}
		out = append(out, at)
	}
	return append(out, q.To)
}
