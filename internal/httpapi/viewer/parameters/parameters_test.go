package parameters

import (
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"stitcher/internal/httpapi/adapter"
)

// TestParameterRouting holds where each parameter of a query and of a body goes
// (reference §2.2).
func TestParameterRouting(t *testing.T) {
	type m = map[string]string
	for _, c := range []struct {
		name, query, body string
		explicit          bool
		want              Parameters
	}{
		{name: "nothing", query: ""},
		{name: "the four kinds", query: "a=1&ads.zip=12345&aws.logMode=DEBUG&manifest.test=123&b=2",
			want: Parameters{Origin: "a=1&b=2", Ads: m{"zip": "12345"}, Features: m{"logMode": "DEBUG"}, Manifest: "test=123"}},
		{name: "aliases", query: "playerParams.cdn=a%2Fb&playerParams.cdn=c&playerParams=d",
			want: Parameters{Origin: "playerParams=d", Player: m{"cdn": "a/b"}}},
		{name: "origin's come as they are", query: "sig=a%2Fb%2B+c==&exp=1~hmac=0'(x)*&&flag&x=%zz",
			want: Parameters{Origin: "sig=a%2Fb%2B+c==&exp=1~hmac=0'(x)*&flag&x=%zz"}},
		{name: "only what no URL may hold is encoded", query: `q="<ü>`,
			want: Parameters{Origin: "q=%22%3C%C3%BC%3E"}},
		{name: "decoded once", query: "ads.a=1%252C2%26x+y&ads.b%20c=%C3%BC&ads.d=50%&aws.startTime=2026-01-01T00%3A00%3A00Z",
			want: Parameters{Ads: m{"a": "1%2C2&x y", "b c": "ü", "d": "50%"}, Features: m{"startTime": "2026-01-01T00:00:00Z"}}},
		{name: "the prefix may be encoded", query: "ads%2Ea=1&manifest%2Eb=2", want: Parameters{Ads: m{"a": "1"}, Manifest: "b=2"}},
		{name: "case counts", query: "Ads.a=1&ADS.b=2", want: Parameters{Origin: "Ads.a=1&ADS.b=2"}},
		{name: "the first counts", query: "ads.a=1&ads.a=2&x=1&x=2", want: Parameters{Ads: m{"a": "1"}, Origin: "x=1&x=2"}},
		{name: "no playlist syntax from a manifest parameter", query: `manifest.a="b{$c}&manifest.d{e=1`,
			want: Parameters{Manifest: "a=%22b%7B$c%7D&d%7Be=1"}},
		{name: "manifestParams is the explicit form's", query: "manifestParams.a=1", want: Parameters{Origin: "manifestParams.a=1"}},
		{name: "an empty session id starts one", query: "aws.sessionId=", want: Parameters{}},
		{name: "unknown features go along", query: "aws.new=1", want: Parameters{Features: m{"new": "1"}}},
		{name: "explicit by GET", explicit: true, query: "ads.a=1&manifestParams.b=2&manifest.c=3&d=4&aws.reportingMode=server",
			want: Parameters{Ads: m{"a": "1"}, Manifest: "b=2&c=3", Origin: "d=4", Features: m{"reportingMode": "server"}}},
		{name: "explicit with everything", explicit: true, query: "token=t%2F1&ads.a=query",
			body: `{"adsParams":{"a":"body %20","n":7,"b":true,"gone":null},"playerParams":{"domain":"x"},"manifestParams":{"t":"1","u":"a%2Fb c%zz"},
				"reportingMode":"server","insertionMode":"GUIDED","streamId":"s","logMode":"DEBUG","startTime":"2026-01-01T00:00:00Z","preroll":"enabled","overlayAvails":"on",
				"availSuppression":{"mode":"BEHIND_LIVE_EDGE","value":"00:00:21","fillPolicy":"FULL_AVAIL_ONLY"},"adSignaling":{"enabled":true},
				"z":"1 &2","y":12.50,"x":false,"w":null,"é":"ü%"}`,
			want: Parameters{
				Ads: m{"a": "body %20", "n": "7", "b": "true"}, Player: m{"domain": "x"}, Manifest: "t=1&u=a%2Fb%20c%25zz",
				Origin: "z=1%20%262&y=12.50&x=false&%C3%A9=%C3%BC%25&token=t%2F1",
				Features: m{"reportingMode": "server", "insertionMode": "GUIDED", "streamId": "s", "logMode": "DEBUG", "startTime": "2026-01-01T00:00:00Z",
					"preroll": "enabled", "overlayAvails": "on", "availSuppressionMode": "BEHIND_LIVE_EDGE", "availSuppressionValue": "00:00:21",
					"availSuppressionFillPolicy": "FULL_AVAIL_ONLY", "adSignalingEnabled": "true"}}},
		{name: "reserved names are case-sensitive", explicit: true, body: `{"AdsParams":"x","LogMode":"y"}`,
			want: Parameters{Origin: "AdsParams=x&LogMode=y"}},
		{name: "an empty body", explicit: true, body: " \r\n", want: Parameters{}},
		{name: "nulls", explicit: true, body: `{"adsParams":null,"adSignaling":null,"reportingMode":null}`, want: Parameters{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(c.query, c.body, c.explicit)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func read(query, body string, explicit bool) (Parameters, error) {
	if explicit {
		return Explicit([]byte(body), query)
	}
	return Query(query)
}

func TestBadParameters(t *testing.T) {
	many := func(form string) string {
		var b strings.Builder
		for i := range maxParams + 1 {
			b.WriteString(strings.ReplaceAll(form, "#", strconv.Itoa(i)))
		}
		return b.String()
	}
	for _, c := range []struct {
		name, query, body, says string
		explicit                bool
	}{
		{name: "session id of another shape", query: "aws.sessionId=../x", says: "session id"},
		{name: "too many", query: many("ads.a#=1&"), says: "more than 500"},
		{name: "too many for the origin", query: many("a#=1&"), says: "more than 500"},
		{name: "long name", query: "ads." + strings.Repeat("n", 10_001) + "=1", says: "10000"},
		{name: "long value", query: "ads.a=" + strings.Repeat("v", 25_001), says: "25000"},
		{name: "long manifest parameters", query: "manifest.a=" + strings.Repeat("v", 2_000), says: "2000"},
		{name: "not JSON", explicit: true, body: "{", says: "JSON"},
		{name: "cut short", explicit: true, body: `{"adsParams":{"a":`, says: "JSON"},
		{name: "not an object", explicit: true, body: `["a"]`, says: "JSON object"},
		{name: "two objects", explicit: true, body: `{}{}`, says: "follows"},
		{name: "rubbish behind", explicit: true, body: `{} x`, says: "follows"},
		{name: "not UTF-8 syntax", explicit: true, body: "\x00\x01", says: "JSON"},
		{name: "adsParams is no object", explicit: true, body: `{"adsParams":"a=b"}`, says: "adsParams"},
		{name: "nested in adsParams", explicit: true, body: `{"adsParams":{"a":{"b":1}}}`, says: "adsParams"},
		{name: "a list for the origin", explicit: true, body: `{"tags":["a"]}`, says: "tags"},
		{name: "a feature of the wrong type", explicit: true, body: `{"logMode":{}}`, says: "logMode"},
		{name: "adSignaling is no object", explicit: true, body: `{"adSignaling":true}`, says: "adSignaling"},
		{name: "too many in the body", explicit: true, body: `{` + many(`"a#":1,`) + `"b":1}`, says: "more than 500"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(c.query, c.body, c.explicit)
			told, ok := errors.AsType[*adapter.Error](err)
			if !ok || told.Status != http.StatusBadRequest || !strings.Contains(told.Public, c.says) {
				t.Errorf("%v; want status 400 and %q", err, c.says)
			}
		})
	}
}

// FuzzBody: no body makes the reader panic or exceed its limits.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{}`, `{"adsParams":{"a":"b"},"x":1}`, `{"availSuppression":{"mode":"OFF"}}`, `[`, `{"a":null}{`, `{"manifestParams":{"a":"%2"}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var c collector
		if err := c.addBody([]byte(body)); err != nil {
			return
		}
		if c.count > maxParams || c.manifestSize > maxManifestParams {
			t.Fatalf("%d parameters, %d characters of manifest parameters", c.count, c.manifestSize)
		}
		if got := c.origin.String() + c.manifest.String(); strings.ContainsAny(got, "\"\r\n {}#") {
			t.Fatalf("%q is not a query", got)
		}
	})
}
