package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestSearch: every parameter reaches the search, and the token of a page is where the
// next one begins.
func TestSearch(t *testing.T) {
	f := newFixture(t)
	a := f.do(t, http.MethodGet, "/api/v1/sessions?configuration=news&since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00%2B01:00&reason=pod_short&creative=c&device=tv&state=live&q=a++B&pageSize=7", "")
	q := f.searched
	if a.StatusCode != http.StatusOK || q.Configuration != "news" || q.Since.Format(time.DateOnly) != "2026-01-01" || q.Until.UTC().Hour() != 23 || q.Reason != "pod_short" ||
		q.Creative != "c" || q.Device != "tv" || q.State != "live" || strings.Join(q.Words, "|") != "a|B" || q.Limit != 7 || q.Before != nil {
		t.Errorf("%d %s: searched for %+v", a.StatusCode, a.text, q)
	}
	token, _ := a.at("nextPageToken").(string)
	if strings.Contains(a.text, "<") || token == "" {
		t.Errorf("%s", a.text)
	}
	a = f.do(t, http.MethodGet, "/api/v1/sessions?pageToken="+token, "")
	if b := f.searched.Before; b == nil || b.At != 1_700_000_000_000_000 || b.Owner != "session/"+knownSession || f.searched.Limit != defaultSessions {
		t.Errorf("token %q is %+v", token, b)
	}
	if a.StatusCode != http.StatusOK || a.at("nextPageToken") != nil {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
}

// TestSearchRefused: what means nothing or is too much is refused in words.
func TestSearchRefused(t *testing.T) {
	f := newFixture(t)
	long := strings.Repeat("x", 1<<20)
	for query, says := range map[string]string{
		"pageSize=0": "from 1 to 1000", "pageSize=1001": "from 1 to 1000", "pageSize=x": "from 1 to 1000",
		"reason=nothing": "none of", "device=toaster": "none of", "state=undead": "neither",
		"since=yesterday": "RFC 3339", "since=0001-01-01T00:00:00Z": "since 1970", "until=1026-01-01T00:00:00Z": "since 1970",
		"since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z": "until is not after",
		"q=1+2+3+4+5+6+7+8+9": "8 are the maximum", "q=" + long: "256 are the maximum", "configuration=" + long: "256 are the maximum",
		"creative=" + long: "256 are the maximum", "pageToken=" + long: "nextPageToken", long + "=1": "no parameter",
		"pageToken=x": "nextPageToken", "pageToken=": "nextPageToken", "pageToken=MSBh%0A": "nextPageToken", "pageToken=LTEgYQ": "nextPageToken", "pageToken=MDEgYQ": "nextPageToken",
		"nothing=1": "no parameter", "q=a&q=b": "2 times", "q=%zz": "percent",
		"configuration=a'%22&device='%20OR%201=1": "none of",
	} {
		if len(query) > 1000 { // the plane bounds URLs on its own
			values, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(err)
			}
			for name, list := range values {
				if err := setSearch(&f.searched, name, list[0]); err == nil || !strings.Contains(err.Error(), says) && !strings.Contains(err.Error(), "Bad") || len(err.Error()) > 400 {
					t.Errorf("%.40s: %v", query, err)
				}
			}
		}
		a := f.do(t, http.MethodGet, "/api/v1/sessions?"+query, "")
		if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.message(), says) || len(a.text) > 1000 {
			t.Errorf("%.60s: %d %.300s", query, a.StatusCode, a.text)
		}
	}
}
