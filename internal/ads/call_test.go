package ads

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/playback/config"
)

// sent is a request as an ad server saw it.
type sent struct {
	method, uri, body string
	header            http.Header
	length            int64
}

// overLoopback is a Decider whose requests go over loopback, to what answer
// says; sent is what came.
func overLoopback(t *testing.T, answer http.HandlerFunc) (d *Decider, base string, got *[]sent) {
	t.Helper()
	got = new([]sent)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = append(*got, sent{r.Method, r.URL.RequestURI(), string(body), r.Header, r.ContentLength})
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	d = New(Options{
		Fetcher:    egress.New(egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
		Renditions: &shelf{durations: map[string]int64{"a30": 30_000_000}},
		Random:     func() uint64 { return 7 },
	})
	return d, server.URL, got
}

// filled answers an ad that fits.
func filled(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, document(ad("", "a30", "00:00:30")))
}

// TestPost: method, headers and body are the configuration's (reference §1.4).
func TestPost(t *testing.T) {
	d, base, got := overLoopback(t, filled)
	r := request()
	r.Settings.AdDecisionServerURL = base + "/ortb?s=[session.id]"
	r.Session.Viewer.UserAgent = `Player "1"\2`
	r.Session.AdsParams = map[string]string{"evil": "x\r\nX-Injected: 1"}
	r.Settings.Server = config.AdDecisionServer{
		Method: "POST",
		Body:   `{"id":"{{session.uuid}}","ua":"{{session.user_agent}}","d":{{session.avail_duration_secs}},"x":"{{player_params.nobody}}","r":{{avail.random}}}`,
		Headers: map[string]string{
			"content-type": "Application/JSON; charset=utf-8", "X-Id": "{{session.id}}-{{avail.index}}-{{avail.random}}", "X-Empty": "{{player_params.nobody}}",
			"x-evil": "{{player_params.evil}}", "Accept-Language": "fr", "x-device-make": "m",
			"Host": "evil.example", "transfer-encoding": "chunked", "Content-Length": "1", "Connection": "close", "Upgrade": "h2c", "Accept-Encoding": "br",
		},
	}
	if s := summary(d.Decide(t.Context(), r)); s != "a30 =" {
		t.Fatal(s)
	}
	q := (*got)[0]
	body := `{"id":"6ba7b810-9dad-41d1-80b4-00c04fd430c8","ua":"Player \"1\"\\2","d":30,"x":"","r":7}`
	if q.method != "POST" || q.uri != "/ortb?s=42" || q.body != body || q.length != int64(len(body)) {
		t.Errorf("%s %s %d\n%s", q.method, q.uri, q.length, q.body)
	}
	for name, want := range map[string][]string{
		"Content-Type": {"Application/JSON; charset=utf-8"}, "X-Id": {"42-3-7"}, "X-Empty": {""}, "X-Evil": {"x  X-Injected: 1"}, "X-Injected": nil,
		"Accept-Language": nil, "X-Device-Make": nil, "X-Device-User-Agent": {`Player "1"\2`}, "X-Device-Ip": {"203.0.113.7"},
		"Connection": nil, "Upgrade": nil, "Accept-Encoding": {"gzip"}, "Content-Encoding": nil,
	} {
		if !slices.Equal(q.header[name], want) {
			t.Errorf("%s is %q, want %q", name, q.header[name], want)
		}
	}
}

// TestPlainBody: where the body is no JSON, values are text.
func TestPlainBody(t *testing.T) {
	d, base, got := overLoopback(t, filled)
	r := request()
	r.Settings.AdDecisionServerURL = base
	r.Session.Viewer.UserAgent = `"\`
	r.Settings.Server = config.AdDecisionServer{Method: "POST", Body: "ua={{session.user_agent}}"}
	d.Decide(t.Context(), r)
	if q := (*got)[0]; q.body != `ua="\` || q.header["Content-Type"] != nil {
		t.Errorf("%q, %q", q.body, q.header["Content-Type"])
	}
}

// TestGzip: a compressed body is announced; a GET has none and no encoding.
func TestGzip(t *testing.T) {
	d, base, got := overLoopback(t, filled)
	r := request()
	r.Settings.AdDecisionServerURL = base
	r.Settings.Server = config.AdDecisionServer{Method: "POST", Body: strings.Repeat("{{session.id}},", 1000), Compression: "GZIP"}
	for range 2 { // the second with a writer that was used before
		if s := summary(d.Decide(t.Context(), r)); s != "a30 =" {
			t.Fatal(s)
		}
	}
	r.Settings.Server.Method = "GET"
	d.Decide(t.Context(), r)
	for _, q := range (*got)[:2] {
		z, err := gzip.NewReader(strings.NewReader(q.body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(z)
		if err != nil || string(body) != strings.Repeat("42,", 1000) || q.header.Get("Content-Encoding") != "gzip" || q.length != int64(len(q.body)) {
			t.Errorf("%d bytes, %v, %q", len(body), err, q.header)
		}
	}
	if q := (*got)[2]; q.method != "GET" || q.body != "" || q.header.Get("Content-Encoding") != "" || q.length != 0 {
		t.Errorf("%s %q %q", q.method, q.body, q.header)
	}
}

// TestRedirects: each is followed; 307 and 308 keep method and body (RFC 9110
// §15.4), and a wrapper gets nothing that is meant for the ad decision server.
func TestRedirects(t *testing.T) {
	for status, method := range map[int]string{301: "GET", 302: "GET", 307: "POST", 308: "POST"} {
		d, base, got := overLoopback(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/":
				http.Redirect(w, r, "/next/", status)
			case "/next/":
				fmt.Fprint(w, document(wrapper("w", "wrapped")))
			case "/next/wrapped":
				filled(w, r)
			default:
				t.Errorf("asked for %s", r.URL)
			}
		})
		r := request()
		r.Settings.AdDecisionServerURL = base + "/"
		r.Settings.Server = config.AdDecisionServer{Method: "POST", Body: "{{session.id}}", Headers: map[string]string{"X-Api-Key": "k"}}
		r.Trace = &adserver.Trace{}
		if s := summary(d.Decide(t.Context(), r)); s != "a30 =" || len(*got) != 3 {
			t.Fatalf("%d: %s after %d requests", status, s, len(*got))
		}
		body := ""
		if method == "POST" {
			body = "42"
		}
		if q := (*got)[1]; q.method != method || q.body != body {
			t.Errorf("%d: %s %q", status, q.method, q.body)
		}
		if q := (*got)[2]; q.method != "GET" || q.body != "" || q.header.Get("X-Api-Key") != "" || q.header.Get("X-Device-Ip") != "203.0.113.7" {
			t.Errorf("%d: the wrapper was asked with %s %q %q", status, q.method, q.body, q.header)
		}
		if h := r.Trace.Hops; len(h) != 2 || h[0].URL != base+"/" || h[0].Final != base+"/next/" || h[1].Final != "" {
			t.Errorf("%d: traced as %+v", status, h)
		}
	}
}

// TestLimits: what variables make too long is refused, or left out where the
// request can do without.
func TestLimits(t *testing.T) {
	d, base, got := overLoopback(t, filled)
	long := map[string]string{"x": strings.Repeat("x", 25_000)}
	for name, tc := range map[string]struct {
		server config.AdDecisionServer
		query  string
		want   string
	}{
		"URL":    {query: "?a=[player_params.x]&b=[player_params.x]&c=[player_params.x]", want: "=ads_error"},
		"body":   {server: config.AdDecisionServer{Method: "POST", Body: strings.Repeat("{{player_params.x}}", 11)}, want: "=ads_error"},
		"header": {server: config.AdDecisionServer{Headers: map[string]string{"X-Long": "{{player_params.x}}"}}, want: "a30 ="},
	} {
		r := request()
		r.Settings.AdDecisionServerURL, r.Settings.Server, r.Session.AdsParams = base+tc.query, tc.server, long
		if s := summary(d.Decide(t.Context(), r)); s != tc.want {
			t.Errorf("%s: %s", name, s)
		}
	}
	if len(*got) != 1 || (*got)[0].header.Get("X-Long") != "" {
		t.Errorf("%d requests", len(*got))
	}
}

// TestNetworkFaults: each fault of the way to an ad server has its reason, and
// its line in the trace.
func TestNetworkFaults(t *testing.T) {
	d, base, _ := overLoopback(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/404":
			http.Error(w, "no such page", http.StatusNotFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/private":
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
		case "/html":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<!doctype html><p>maintenance")
		case "/json":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"ads":[]}`)
		case "/mislabelled":
			w.Header().Set("Content-Type", "text/html")
			filled(w, r)
		case "/cut":
			w.Header().Set("Content-Length", "1000")
			filled(w, r)
		case "/large":
			fmt.Fprint(w, strings.Repeat("<VAST>", 1<<20))
		}
	})
	for target, want := range map[string]struct {
		reason avail.Reason
		status int
		text   string
	}{
		base + "/404":                 {avail.AdsError, 404, "answered 404"},
		base + "/loop":                {avail.AdsError, 0, "redirects"},
		base + "/private":             {avail.AdsError, 0, "not public"},
		"http://192.168.1.1/":         {avail.AdsError, 0, "not public"},
		base + "/html":                {avail.VASTInvalid, 200, ""},
		base + "/json":                {avail.VASTInvalid, 200, ""},
		base + "/mislabelled":         {"", 200, ""},
		base + "/cut":                 {avail.AdsError, 200, ""},
		base + "/large":               {avail.AdsError, 200, "too large"},
		"http://a/[player_params.up]": {avail.AdsError, -1, ""},
	} {
		r := request()
		r.Settings.AdDecisionServerURL, r.Trace = target, &adserver.Trace{}
		r.Session.AdsParams = map[string]string{"up": ".."}
		got := d.Decide(t.Context(), r)
		if got.Reason != want.reason {
			t.Errorf("%s: %s", target, summary(got))
		}
		if want.status < 0 {
			if len(r.Trace.Hops) != 0 {
				t.Errorf("%s: %+v", target, r.Trace.Hops)
			}
			continue
		}
		if len(r.Trace.Hops) != 1 {
			t.Fatalf("%s: %+v", target, r.Trace.Hops)
		}
		h := r.Trace.Hops[0]
		if h.Status != want.status || !strings.Contains(h.Error, want.text) || (want.reason == avail.AdsError) != (h.Reason == avail.AdsError) {
			t.Errorf("%s: %+v", target, h)
		}
	}
}

// TestBase: what is relative in an answer is relative to where redirects led, of
// wrappers too (RFC 3986 §5.1.3).
func TestBase(t *testing.T) {
	at := func(raw string) *url.URL {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	relative := strings.NewReplacer("http://i/", "", "http://m.example/", "/m/", "http://e/", "//e/")
	var asked []string
	d := New(Options{
		Fetcher: fetch(func(_ context.Context, r egress.Request) (*egress.Response, error) {
			asked = append(asked, r.URL)
			if len(asked) == 1 {
				return &egress.Response{Status: 200, URL: at("https://cdn.example/x/vast"), Body: []byte(relative.Replace(document(wrapper("w", "inner?y"))))}, nil
			}
			return &egress.Response{Status: 200, URL: at("https://deep.example/z/vast"), Body: []byte(relative.Replace(document(ad("", "a30", "30"))))}, nil
		}),
		Renditions: &shelf{durations: map[string]int64{"a30": 30_000_000}},
	})
	got := d.Decide(t.Context(), request())
	if len(got.Items) != 1 || strings.Join(asked, " ") != "http://ads.example/vast https://cdn.example/x/inner?y" {
		t.Fatalf("%s, asked %v", summary(got), asked)
	}
	record := got.Items[0].Ad
	if record.MediaURL != "https://deep.example/m/a30" || record.Tracking["impression"][0] != "https://deep.example/z/a30" ||
		strings.Join(record.Tracking["error"], " ") != "https://e/w https://e/a30" {
		t.Errorf("%+v", record)
	}
}
