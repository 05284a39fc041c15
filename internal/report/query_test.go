package report

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

var now = time.Date(2026, 10, 26, 12, 0, 0, 0, time.UTC)

func ask(t *testing.T, from store.Rollups, query string) (*Answer, *Query) {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	q, err := Parse(values, now)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	a, err := q.Answer(t.Context(), from)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return a, q
}

// filled are roll-ups of accounts and decisions at some times.
func filled(t *testing.T, times ...time.Time) *memory.Rollups {
	t.Helper()
	r := memory.NewRollups()
	f := memory.NewFacts(time.Now)
	f.Rollups = r
	for i, at := range times {
		s := &playback.Session{Configuration: []string{"a", "b"}[i%2], Reporting: "server", Protocol: playback.HLS}
		x := avail.Account{Duration: 30_000_000, Filled: 20_000_000, Unfilled: []avail.Share{{Reason: avail.PodShort, Duration: 7_000_000}, {Reason: avail.AdsLate, Duration: 3_000_000}}}
		d := avail.Decision{Decided: at.UnixMicro(), Items: []avail.Item{{Duration: 20_000_000, Ad: &avail.Ad{ID: "=1+1", CreativeID: "c"}}}}
		if _, err := f.Create(context.Background(), "o", 0, avail.Fact{Key: at.String(), Adds: append(Account(s, &x, at), Decision(s, &d)...)}); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// TestSums: the sum over any grouping is the total, in each granularity.
func TestSums(t *testing.T) {
	r := filled(t, now.Add(-time.Hour), now.Add(-2*time.Hour), now.Add(-26*time.Hour))
	for _, granularity := range []string{"minute", "hour", "day", "total"} {
		for _, group := range []string{"", "&groupBy=reason", "&groupBy=configuration,reason", "&groupBy=device&filter.protocol=hls"} {
			a, _ := ask(t, r, "from=2026-10-25T00:00:00Z&to=2026-10-26T12:00:00Z&measures=unfilledMs&granularity="+granularity+group)
			var sum int64
			for _, row := range a.Rows {
				sum += row.Values["unfilledMs"]
			}
			if sum != 30_000 || a.Totals["unfilledMs"] != 30_000 {
				t.Errorf("%s%s: the rows have %d, the total %d", granularity, group, sum, a.Totals["unfilledMs"])
			}
		}
	}
}

// TestDays: a day is one of the time zone. That on which summer time ends has 25
// hours.
func TestDays(t *testing.T) {
	// In Berlin, 25 October 2026 is from 22:00 to 23:00 UTC.
	r := filled(t, time.Date(2026, 10, 24, 21, 59, 0, 0, time.UTC), time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 22, 59, 0, 0, time.UTC))
	a, _ := ask(t, r, "from=2026-10-23T22:00:00Z&to=2026-10-26T11:00:00Z&timeZone=Europe/Berlin&granularity=day")
	got := map[string]int64{}
	for _, row := range a.Rows {
		got[row.Time.Format("01-02 15:04 -0700")] = row.Values["avails"]
	}
	if len(got) != 2 || got["10-24 00:00 +0200"] != 1 || got["10-25 00:00 +0200"] != 2 {
		t.Errorf("days %v", got)
	}
}

// TestPages: the pages together are the answer, and each has the totals.
func TestPages(t *testing.T) {
	r := filled(t, now.Add(-time.Hour), now.Add(-2*time.Hour))
	query, rows := "from=2026-10-26T00:00:00Z&to=2026-10-26T12:00:00Z&granularity=hour&groupBy=configuration&measures=avails&pageSize=1", 0
	for token := ""; rows < 10; {
		a, _ := ask(t, r, query+token)
		rows += len(a.Rows)
		if a.Totals["avails"] != 2 || len(a.Rows) != 1 {
			t.Errorf("a page is %+v", a)
		}
		if a.NextPageToken == "" {
			break
		}
		token = "&pageToken=" + a.NextPageToken
	}
	if rows != 2 {
		t.Errorf("%d rows", rows)
	}
}

// TestCSV: what an ad server wrote is no formula.
func TestCSV(t *testing.T) {
	a, _ := ask(t, filled(t, now.Add(-time.Minute)), "groupBy=ad&measures=adsPlanned&format=csv")
	var b bytes.Buffer
	if err := a.CSV(&b); err != nil || b.String() != "time,ad,adsPlanned\n2026-10-26T11:00:00Z,'=1+1,1\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// TestRefused: what means nothing or asks for too much is refused in words.
func TestRefused(t *testing.T) {
	for query, says := range map[string]string{
		"groupBy=creative&measures=sessions": "sessions goes together with the dimensions configuration, protocol, device, reporting only",
		"groupBy=host,reason":                "no measure has all",
		"groupBy=nobody":                     "none of the dimensions",
		"filter.x'%22=1":                     "no parameter",
		"timeZone=../etc/passwd":             "IANA",
		"timeZone=Local":                     "IANA",
		"granularity=week":                   "none of",
		"from=0001-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&granularity=day": "longer than",
		"from=2026-10-26T13:00:00Z&to=2026-10-26T12:00:00Z":                 "not after",
		"from=yesterday": "RFC 3339",
		"from=2026-09-01T00:00:00Z&to=2026-09-02T00:00:00Z&granularity=minute":    "7 days",
		"from=2026-09-01T18:30:00Z&to=2026-09-02T18:30:00Z&timeZone=Asia/Kolkata": "hour of UTC",
		"pageSize=0":   "pageSize",
		"pageToken=-1": "pageToken",
		"from=2026-10-26T11:00:00Z&from=2026-10-26T11:00:00Z": "2 times",
		"granularity=" + strings.Repeat("x", 1<<20):           "none of",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(values, now)
		if e, ok := errors.AsType[*QueryError](err); !ok || !strings.Contains(e.Error(), says) || len(e.Error()) > 400 {
			t.Errorf("%.60s: %v", query, err)
		}
	}
}
