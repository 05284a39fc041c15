package viewer

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"stitcher/internal/playback"
	"stitcher/internal/stitch/service"
)

// TestMPD: a request without a session is redirected to one, whose MPD names its own URL
// and absolute URLs of ad media (reference §2.1, field failure B-46).
func TestMPD(t *testing.T) {
	fake := newFakeService()
	h := newPlane(t, fake, nil)
	get := func(target string, header ...string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.Host = "ads.example:8080"
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	const asset = dashPrefix + ownHash + "/news/live/c.mpd"
	w := get(asset + "?ads.x=1")
	if want := "http://ads.example:8080" + asset + "?aws.sessionId=" + someSession; w.Code != http.StatusFound || w.Header().Get("Location") != want {
		t.Errorf("first request: %d to %q, want %q", w.Code, w.Header().Get("Location"), want)
	}
	if s := fake.started; len(s) != 1 || s[0].Protocol != playback.DASH || s[0].AdsParams["x"] != "1" {
		t.Errorf("started %+v", s)
	}
	w = get(asset+"?aws.sessionId="+someSession+"&manifest.cdn=2", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "cdn.example")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/dash+xml" || w.Body.String() != "<MPD/>" {
		t.Errorf("MPD: %d %v %q", w.Code, w.Header(), w.Body)
	}
	// The peer of a test is 192.0.2.1, which is no trusted proxy.
	if r := fake.mpds[0]; r.Base != "http://ads.example:8080" || r.Location != "http://ads.example:8080"+asset+"?aws.sessionId="+someSession+"&manifest.cdn=2" {
		t.Errorf("asked for %+v", r)
	}
	tag := w.Header().Get("Etag")
	if w = get(asset+"?aws.sessionId="+someSession, "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("the same again: %d %q", w.Code, w.Body)
	}
	for _, host := range []string{`a"b`, "a b", "a<b", ""} {
		r := httptest.NewRequest(http.MethodGet, asset, nil)
		r.Host = host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
			t.Errorf("host %q: %d", host, w.Code)
		}
	}
}

// TestRepeat: a request for an MPD is known again by its connection and whole URL, and not
// at all if a proxy made it. Other parameters are another viewing.
func TestRepeat(t *testing.T) {
	fake := newFakeService()
	h := newPlane(t, fake, nil)
	for _, c := range []struct{ query, via, peer string }{
		{"?ads.x=1", "", "192.0.2.1:1000"}, {"?ads.x=1", "", "192.0.2.1:1000"}, {"?ads.x=2", "", "192.0.2.1:1000"},
		{"?ads.x=1", "", "192.0.2.1:1001"}, {"?ads.x=1", "1.1 cdn", "192.0.2.1:1000"},
	} {
		r := httptest.NewRequest(http.MethodGet, dashPrefix+ownHash+"/news/live/c.mpd"+c.query, nil)
		r.RemoteAddr = c.peer
		if c.via != "" {
			r.Header.Set("Via", c.via)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	s := fake.started
	if len(s) != 5 || s[0].Repeat == "" || s[1].Repeat != s[0].Repeat || s[2].Repeat == s[0].Repeat || s[3].Repeat == s[0].Repeat || s[4].Repeat != "" {
		t.Errorf("started %+v", s)
	}
}

// TestDASHSegment: the path of an ad segment is read to the letter.
func TestDASHSegment(t *testing.T) {
	const base = dashSegmentPrefix + ownHash + "/news/" + someSession + "/"
	for path, want := range map[string]*service.DASHSegmentRequest{
		"1767322836728189_0/v0/1.m4s":     {Avail: 1767322836728189, Track: "v0", Segment: 1},
		"17_12/a1/init.mp4":               {Avail: 17, Item: 12, Track: "a1"},
		"17_1/a1/2":                       {Avail: 17, Item: 1, Track: "a1", Segment: 2},
		"17/a1/2.m4s":                     nil,
		"17_x/a1/2.m4s":                   nil,
		"17_1/a1/0.m4s":                   nil,
		"17_1/a1/-1.m4s":                  nil,
		"17_1/..%2f/1.m4s":                nil,
		"-17_1/a1/1.m4s":                  nil,
		"17_1/a1/99999999999999.m4s":      nil,
		"17_1/a1/init.exe/1.m4s":          nil,
		"99999999999999999999_1/v0/1.m4s": nil,
	} {
		fake := newFakeService()
		w := httptest.NewRecorder()
		newPlane(t, fake, nil).ServeHTTP(w, httptest.NewRequest(http.MethodGet, base+path, nil))
		if want == nil {
			if w.Code != http.StatusNotFound && w.Code != http.StatusBadRequest || len(fake.dashSegments) > 0 {
				t.Errorf("%s: %d, asked for %+v", path, w.Code, fake.dashSegments)
			}
			continue
		}
		want.Configuration, want.Session = "news", someSession
		if w.Code != http.StatusFound || len(fake.dashSegments) != 1 || fake.dashSegments[0] != *want {
			t.Errorf("%s: %d, asked for %+v, want %+v", path, w.Code, fake.dashSegments, want)
		}
		from, err := url.Parse("http://ads.example" + base + path)
		if err != nil {
			t.Fatal(err)
		}
		to, err := from.Parse(w.Header().Get("Location"))
		if err != nil || to.String() != "http://ads.example/tm/"+ownHash+"/a1b2c3/v0_00001.ts" {
			t.Errorf("%s: to %v, %v", path, to, err)
		}
	}
}
