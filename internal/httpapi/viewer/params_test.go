package viewer

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"stitcher/internal/stitch/service"
)

// TestParameterRouting holds where each parameter of a query and of a body goes
// (reference §2.2).
func TestParameterRouting(t *testing.T) {
	type m = map[string]string
	master, session := "/v1/master/"+ownHash+"/news/i.m3u8", "/v1/session/"+ownHash+"/news/i.m3u8"
	for _, c := range []struct {
		name, method, url, body string
		want                    service.StartRequest
	}{
		{name: "nothing", url: master},
		{name: "the four kinds", url: master + "?a=1&ads.zip=12345&aws.logMode=DEBUG&manifest.test=123&b=2",
			want: service.StartRequest{OriginQuery: "a=1&b=2", AdsParams: m{"zip": "12345"}, Features: m{"logMode": "DEBUG"}, ManifestQuery: "test=123"}},
		{name: "aliases", url: master + "?playerParams.cdn=a%2Fb&playerParams.cdn=c&playerParams=d",
			want: service.StartRequest{OriginQuery: "playerParams=d", PlayerParams: m{"cdn": "a/b"}}},
		{name: "origin's come as they are", url: master + "?sig=a%2Fb%2B+c==&exp=1~hmac=0'(x)*&&flag&x=%zz",
			want: service.StartRequest{OriginQuery: "sig=a%2Fb%2B+c==&exp=1~hmac=0'(x)*&flag&x=%zz"}},
		{name: "only what no URL may hold is encoded", url: master + `?q="<ü>`,
			want: service.StartRequest{OriginQuery: "q=%22%3C%C3%BC%3E"}},
		{name: "decoded once", url: master + "?ads.a=1%252C2%26x+y&ads.b%20c=%C3%BC&ads.d=50%&aws.startTime=2026-01-01T00%3A00%3A00Z",
			want: service.StartRequest{AdsParams: m{"a": "1%2C2&x y", "b c": "ü", "d": "50%"}, Features: m{"startTime": "2026-01-01T00:00:00Z"}}},
		{name: "the prefix may be encoded", url: master + "?ads%2Ea=1&manifest%2Eb=2", want: service.StartRequest{AdsParams: m{"a": "1"}, ManifestQuery: "b=2"}},
		{name: "case counts", url: master + "?Ads.a=1&ADS.b=2", want: service.StartRequest{OriginQuery: "Ads.a=1&ADS.b=2"}},
		{name: "the first counts", url: master + "?ads.a=1&ads.a=2&x=1&x=2", want: service.StartRequest{AdsParams: m{"a": "1"}, OriginQuery: "x=1&x=2"}},
		{name: "no playlist syntax from a manifest parameter", url: master + `?manifest.a="b{$c}&manifest.d{e=1`,
			want: service.StartRequest{ManifestQuery: "a=%22b%7B$c%7D&d%7Be=1"}},
		{name: "manifestParams is the explicit form's", url: master + "?manifestParams.a=1", want: service.StartRequest{OriginQuery: "manifestParams.a=1"}},
		{name: "an empty session id starts one", url: master + "?aws.sessionId=", want: service.StartRequest{}},
		{name: "unknown features go along", url: master + "?aws.new=1", want: service.StartRequest{Features: m{"new": "1"}}},
		{name: "explicit by GET", url: session + "?ads.a=1&manifestParams.b=2&manifest.c=3&d=4&aws.reportingMode=server",
			want: service.StartRequest{Explicit: true, AdsParams: m{"a": "1"}, ManifestQuery: "b=2&c=3", OriginQuery: "d=4", Features: m{"reportingMode": "server"}}},
		{name: "explicit with everything", method: http.MethodPost, url: session + "?token=t%2F1&ads.a=query",
			body: `{"adsParams":{"a":"body %20","n":7,"b":true,"gone":null},"playerParams":{"domain":"x"},"manifestParams":{"t":"1","u":"a%2Fb c%zz"},
				"reportingMode":"server","insertionMode":"GUIDED","streamId":"s","logMode":"DEBUG","startTime":"2026-01-01T00:00:00Z","preroll":"enabled","overlayAvails":"on",
				"availSuppression":{"mode":"BEHIND_LIVE_EDGE","value":"00:00:21","fillPolicy":"FULL_AVAIL_ONLY"},"adSignaling":{"enabled":true},
				"z":"1 &2","y":12.50,"x":false,"w":null,"é":"ü%"}`,
			want: service.StartRequest{Explicit: true,
				AdsParams: m{"a": "body %20", "n": "7", "b": "true"}, PlayerParams: m{"domain": "x"}, ManifestQuery: "t=1&u=a%2Fb%20c%25zz",
				OriginQuery: "z=1%20%262&y=12.50&x=false&%C3%A9=%C3%BC%25&token=t%2F1",
				Features: m{"reportingMode": "server", "insertionMode": "GUIDED", "streamId": "s", "logMode": "DEBUG", "startTime": "2026-01-01T00:00:00Z",
					"preroll": "enabled", "overlayAvails": "on", "availSuppressionMode": "BEHIND_LIVE_EDGE", "availSuppressionValue": "00:00:21",
					"availSuppressionFillPolicy": "FULL_AVAIL_ONLY", "adSignalingEnabled": "true"}}},
		{name: "reserved names are case-sensitive", method: http.MethodPost, url: session, body: `{"AdsParams":"x","LogMode":"y"}`,
			want: service.StartRequest{Explicit: true, OriginQuery: "AdsParams=x&LogMode=y"}},
		{name: "an empty body", method: http.MethodPost, url: session, body: " \r\n", want: service.StartRequest{Explicit: true}},
		{name: "nulls", method: http.MethodPost, url: session, body: `{"adsParams":null,"adSignaling":null,"reportingMode":null}`, want: service.StartRequest{Explicit: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := newFakeService()
			method := c.method
			if method == "" {
				method = http.MethodGet
			}
			w := do(t, newPlane(t, fake, nil), method, c.url, c.body, "User-Agent", "tv")
			if w.Code != http.StatusOK {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			want := c.want
			want.Configuration, want.Asset = "news", "i.m3u8"
			want.Client = "192.0.2.1"
			want.Viewer.IP, want.Viewer.ForwardedFor, want.Viewer.UserAgent = "192.0.2.1", "192.0.2.1", "tv"
			if got := fake.started[0]; !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestSessionBodyNeedsNoContentType pins that a page of another origin starts a
// session whatever media type its player names: shaka-player's MediaTailor
// module posts JSON and names none (reference §12).
func TestSessionBodyNeedsNoContentType(t *testing.T) {
	for name, header := range map[string][]string{
		"none":      nil,
		"text":      {"Content-Type", "text/plain;charset=UTF-8"},
		"form":      {"Content-Type", "application/x-www-form-urlencoded"},
		"malformed": {"Content-Type", ";"},
		"JSON":      {"Content-Type", "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFakeService()
			w := do(t, newPlane(t, fake, nil), http.MethodPost, "/v1/session/"+ownHash+"/news/i.m3u8",
				`{"adsParams":{"a":"1"}}`, append([]string{"Origin", "https://player.example"}, header...)...)
			if w.Code != http.StatusOK {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			if got := fake.started[0].AdsParams["a"]; got != "1" {
				t.Errorf("the body's parameter a is %q, want 1", got)
			}
			if got := w.Header().Get("Access-Control-Allow-Origin"); got != "*" {
				t.Errorf("Access-Control-Allow-Origin is %q, want *", got)
			}
		})
	}
}

func TestBadParameters(t *testing.T) {
	many := func(form string) string {
		var b strings.Builder
		for i := range maxParams + 1 {
			b.WriteString(strings.ReplaceAll(form, "#", strconv.Itoa(i)))
		}
		return b.String()
	}
	master, session := "/v1/master/"+ownHash+"/news/i.m3u8", "/v1/session/"+ownHash+"/news/i.m3u8"
	for _, c := range []struct {
		name, url, body, says string
		status                int
	}{
		{name: "session id of another shape", url: master + "?aws.sessionId=../x", says: "session id"},
		{name: "too many", url: master + "?" + many("ads.a#=1&"), says: "more than 500"},
		{name: "too many for the origin", url: master + "?" + many("a#=1&"), says: "more than 500"},
		{name: "long name", url: master + "?ads." + strings.Repeat("n", 10_001) + "=1", says: "10000"},
		{name: "long value", url: master + "?ads.a=" + strings.Repeat("v", 25_001), says: "25000"},
		{name: "long manifest parameters", url: master + "?manifest.a=" + strings.Repeat("v", 2_000), says: "2000"},
		{name: "not JSON", url: session, body: "{", says: "JSON"},
		{name: "cut short", url: session, body: `{"adsParams":{"a":`, says: "JSON"},
		{name: "not an object", url: session, body: `["a"]`, says: "JSON object"},
		{name: "two objects", url: session, body: `{}{}`, says: "follows"},
		{name: "rubbish behind", url: session, body: `{} x`, says: "follows"},
		{name: "not UTF-8 syntax", url: session, body: "\x00\x01", says: "JSON"},
		{name: "adsParams is no object", url: session, body: `{"adsParams":"a=b"}`, says: "adsParams"},
		{name: "nested in adsParams", url: session, body: `{"adsParams":{"a":{"b":1}}}`, says: "adsParams"},
		{name: "a list for the origin", url: session, body: `{"tags":["a"]}`, says: "tags"},
		{name: "a feature of the wrong type", url: session, body: `{"logMode":{}}`, says: "logMode"},
		{name: "adSignaling is no object", url: session, body: `{"adSignaling":true}`, says: "adSignaling"},
		{name: "too many in the body", url: session, body: `{` + many(`"a#":1,`) + `"b":1}`, says: "more than 500"},
		{name: "too large", url: session, body: `{"a":"` + strings.Repeat("x", 64<<10) + `"}`, says: "larger", status: http.StatusRequestEntityTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := newFakeService()
			method, status := http.MethodGet, http.StatusBadRequest
			if c.body != "" {
				method = http.MethodPost
			}
			if c.status != 0 {
				status = c.status
			}
			w := do(t, newPlane(t, fake, nil), method, c.url, c.body)
			if w.Code != status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("status %d, %s; want %d and %q", w.Code, w.Body, status, c.says)
			}
			if len(fake.started)+len(fake.resumed) > 0 {
				t.Error("the service was asked")
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
		var p params
		if err := p.addBody(strings.NewReader(body)); err != nil {
			return
		}
		if p.count > maxParams || p.manifestSize > maxManifestParams {
			t.Fatalf("%d parameters, %d characters of manifest parameters", p.count, p.manifestSize)
		}
		if got := p.origin.String() + p.manifest.String(); strings.ContainsAny(got, "\"\r\n {}#") {
			t.Fatalf("query %q is none", got)
		}
	})
}
