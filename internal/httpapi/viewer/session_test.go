package viewer

import (
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"stitcher/internal/playback"
	"stitcher/internal/stitch/service/start"
)

// TestStart: what a request says of the session goes to the service.
func TestStart(t *testing.T) {
	type m = map[string]string
	for name, c := range map[string]struct {
		method, url, body string
		want              start.Request
	}{
		"implicit": {method: http.MethodGet, url: masterPrefix + ownHash + `/news/i.m3u8?sig=a%2Fb"<ü>&flag&ads.b=1&playerParams.p=2&aws.logMode=DEBUG&manifest.c=3`,
			want: start.Request{OriginQuery: "sig=a%2Fb%22%3C%C3%BC%3E&flag"}},
		"explicit": {method: http.MethodPost, url: sessionPrefix + ownHash + "/news/i.m3u8?flag", body: `{"adsParams":{"b":"1"},"playerParams":{"p":"2"},"logMode":"DEBUG","manifestParams":{"c":"3"}}`,
			want: start.Request{OriginQuery: "flag", Explicit: true}},
		"explicit by GET": {method: http.MethodGet, url: sessionPrefix + ownHash + "/news/i.m3u8?ads.b=1&playerParams.p=2&aws.logMode=DEBUG&manifestParams.c=3",
			want: start.Request{Explicit: true}},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFakeService()
			w := do(t, newPlane(t, fake, nil), c.method, c.url, c.body, "User-Agent", "tv")
			if w.Code != http.StatusOK {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			want := c.want
			want.Configuration, want.Asset = "news", "i.m3u8"
			want.AdsParams, want.PlayerParams, want.Features, want.ManifestQuery = m{"b": "1"}, m{"p": "2"}, m{"logMode": "DEBUG"}, "c=3"
			want.Client = "192.0.2.1"
			want.Viewer.IP, want.Viewer.ForwardedFor, want.Viewer.UserAgent = "192.0.2.1", "192.0.2.1", "tv"
			if got := fake.started[0]; !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestOddPaths: what players and CDNs really send gets through the router too, which matches now
// the decoded path and now the escaped one.
func TestOddPaths(t *testing.T) {
	for _, c := range []struct{ path, configuration, asset string }{
		{"München/über/i.m3u8", "München", "%C3%BCber/i.m3u8"},
		{"a%2520b/i.m3u8", "a%20b", "i.m3u8"},
		{"news/live/", "news", "live/"},
		{"..news/...m3u8", "..news", "...m3u8"},
		{"news/.well-known/%ff.m3u8", "news", ".well-known/%ff.m3u8"},
		{"news/a.ism/manifest(format=m3u8-aapl)", "news", "a.ism/manifest(format=m3u8-aapl)"},
		{`news/a"b|c.m3u8`, "news", "a%22b%7Cc.m3u8"},
	} {
		fake := newFakeService()
		w := do(t, newPlane(t, fake, nil), http.MethodGet, masterPrefix+ownHash+"/"+c.path, "")
		if w.Code != http.StatusOK || len(fake.started) != 1 || fake.started[0].Configuration != c.configuration || fake.started[0].Asset != c.asset {
			t.Errorf("%s: %d, started %+v", c.path, w.Code, fake.started)
		}
	}
}

func TestSessionKnowsItsViewer(t *testing.T) {
	fake := newFakeService()
	h := newPlane(t, fake, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	do(t, h, http.MethodGet, masterPrefix+ownHash+"/news/i.m3u8", "",
		"X-Forwarded-For", "198.51.100.1", "User-Agent", "tv/1", "Referer", "https://app.example/", "Accept-Language", "de", "X-Requested-With", "com.example.app")
	want := playback.Viewer{IP: "198.51.100.1", ForwardedFor: "198.51.100.1", UserAgent: "tv/1", Referer: "https://app.example/", AcceptLanguage: "de", RequestedWith: "com.example.app"}
	if got := fake.started[0].Viewer; got != want {
		t.Errorf("viewer %+v, want %+v", got, want)
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

// TestBadStart: the service is not asked for a session with parameters that are refused.
func TestBadStart(t *testing.T) {
	master, session := masterPrefix+ownHash+"/news/i.m3u8", sessionPrefix+ownHash+"/news/i.m3u8"
	for name, c := range map[string]struct {
		url, body, says string
		status          int
	}{
		"query":               {url: master + "?aws.sessionId=../x", says: "session id", status: http.StatusBadRequest},
		"query of a session":  {url: session + "?ads.a=" + strings.Repeat("v", 25_001), says: "25000", status: http.StatusBadRequest},
		"body":                {url: session, body: "{", says: "JSON", status: http.StatusBadRequest},
		"a body that is long": {url: session, body: `{"a":"` + strings.Repeat("x", maxBody) + `"}`, says: "larger", status: http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFakeService()
			method := http.MethodGet
			if c.body != "" {
				method = http.MethodPost
			}
			w := do(t, newPlane(t, fake, nil), method, c.url, c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("status %d, %s; want %d and %q", w.Code, w.Body, c.status, c.says)
			}
			if len(fake.started)+len(fake.resumed) > 0 {
				t.Error("the service was asked")
			}
		})
	}
}
