package report

import (
	"bytes"
	"context"
	"encoding/json"
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
		values, err := url.ParseQuery("groupBy=reason" + token)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(values, now); err == nil {
			t.Error("the page token of another query is no error")
		}
	}
	if rows != 2 {
		t.Errorf("%d rows", rows)
	}
}

// TestLastHour: the pages of a query without a range are those of one hour.
func TestLastHour(t *testing.T) {
	r := filled(t, now.Add(-time.Minute), now.Add(-2*time.Minute))
	a, _ := ask(t, r, "groupBy=configuration&measures=avails&pageSize=1")
	values := url.Values{"groupBy": {"configuration"}, "measures": {"avails"}, "pageSize": {"1"}, "pageToken": {a.NextPageToken}}
	q, err := Parse(values, now.Add(3*time.Hour))
	if err != nil || !q.To.Equal(now) {
		t.Fatalf("the second page is until %v, %v", q, err)
	}
	b, err := q.Answer(t.Context(), r)
	if err != nil || len(b.Rows) != 1 || b.Rows[0].Group["configuration"] != "b" || b.NextPageToken != "" {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestMidnights: the days of every time zone follow each other without a gap, also where
// the clocks change at midnight.
func TestMidnights(t *testing.T) {
	for _, zone := range []string{"Africa/Cairo", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Santiago", "UTC"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, location)
		for range 365 {
			next := nextDay(at)
			if d := next.Sub(at); d < 22*time.Hour || d > 26*time.Hour || next.Add(-time.Nanosecond).Day() != at.Day() || next.Day() == at.Day() {
				t.Fatalf("%s: after %s comes %s", zone, at, next)
			}
			at = next
		}
		if at.Format("01-02") != "01-01" {
			t.Errorf("%s: 365 days end at %s", zone, at)
		}
	}
}

// TestQuotes: a filter is compared, whatever is in it.
func TestQuotes(t *testing.T) {
	r := filled(t, now.Add(-time.Minute))
	for filter, want := range map[string]int64{"%3D1%2B1": 1, `'%20OR%201%3D1--`: 0, "%22": 0, "%00": 0, "%ff": 0} {
		if a, _ := ask(t, r, "measures=adsPlanned&filter.ad="+filter); a.Totals["adsPlanned"] != want {
			t.Errorf("%s: %v", filter, a.Totals)
		}
	}
}

// TestScript: what an ad server wrote cannot end a script element that an answer stands in.
func TestScript(t *testing.T) {
	r := memory.NewRollups()
	f := memory.NewFacts(time.Now)
	f.Rollups = r
	d := avail.Decision{Decided: now.Add(-time.Minute).UnixMicro(), Items: []avail.Item{{Ad: &avail.Ad{ID: "</script><script>alert(1)"}}}}
	if _, err := f.Create(t.Context(), "o", 0, avail.Fact{Key: "k", Adds: Decision(&playback.Session{}, &d)}); err != nil {
		t.Fatal(err)
	}
	a, _ := ask(t, r, "groupBy=ad&measures=adsPlanned")
	text, err := json.Marshal(a)
	if err != nil || len(a.Rows) != 1 || a.Rows[0].Group["ad"] != "</script><script>alert(1)" || bytes.ContainsRune(text, '<') {
		t.Errorf("%s, %v", text, err)
	}
}

// TestCSV: what an ad server wrote is no formula.
func TestCSV(t *testing.T) {
	a, _ := ask(t, filled(t, now.Add(-time.Minute)), "groupBy=ad&measures=adsPlanned&format=csv")
	var b bytes.Buffer
	if err := a.CSV(&b); err != nil || b.String() != "time,ad,adsPlanned\n2026-10-26T11:00:00Z,'=1+1,1\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
	for text, want := range map[string]string{
		"": "", "a=b": "a=b", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n": "'\n", `"`: `"`,
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q is written as %q", text, got)
		}
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
		"pageSize=0":                              "pageSize",
		"pageSize=10001":                          "pageSize",
		"pageSize=1e3":                            "pageSize",
		"pageToken=":                              "not the nextPageToken",
		"pageToken=-1":                            "not the nextPageToken",
		"pageToken=5":                             "not the nextPageToken",
		"pageToken=5-1-2":                         "another query",
		"pageToken=5-1-2x":                        "not the nextPageToken",
		"pageToken=05-1-2":                        "not the nextPageToken",
		"pageToken=200001-1-2":                    "not the nextPageToken",
		"pageToken=5-99999999999-2":               "not the nextPageToken",
		"groupBy=creative,creative":               "twice",
		"measures=avails,avails":                  "twice",
		"measures=" + strings.Repeat("x,", 1<<19): "no measure",
		"groupBy=" + strings.Repeat("ad,", 1<<19): "twice",
		"timeZone=" + strings.Repeat("x", 1<<20):  "IANA",
		"filter.ad=" + strings.Repeat("x", 1<<20): "no value has more than 256",
		"filter.creative=x&measures=sessions":     "sessions goes together with the dimensions configuration, protocol, device, reporting only",
		strings.Repeat("x", 1<<20) + "=1":         "no parameter",
		"from=" + strings.Repeat("2", 1<<20):      "RFC 3339",
		"from=2026-10-26T11:00:00Z&to=9999-12-31T23:59:59Z&granularity=minute": "longer than",
		"from=1026-10-26T11:00:00Z":                           "longer than",
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
