package attack

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestSessionFixation: nobody can choose the id of a session that another will use,
// and a session is of one configuration.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), serve(t)
	for _, name := range []string{"one", "two"} {
		if !p.configure(t, name, w.members("", "none")) {
			t.Fatal("the configuration is refused")
		}
	}
	viewer := "http://" + p.viewer
	const chosen = "11111111-2222-4333-8444-555555555555"
	for _, target := range []string{
		"/v1/master/0/one/index.m3u8?aws.sessionId=" + chosen,
		"/v1/manifest/0/one/" + chosen + "/0.m3u8",
		"/v1/segment/0/one/" + chosen + "/0/1.ts",
		"/v1/master/0/one/index.m3u8?aws.sessionId=../../x",
		"/v1/manifest/0/one/%2e%2e/0.m3u8",
	} {
		if a := do(t, http.MethodGet, viewer+target, ""); a.status < 400 || a.status >= 500 {
			t.Errorf("%s: %d %s", target, a.status, a.body)
		}
	}
	var made struct{ ManifestURL string }
	a := do(t, http.MethodPost, viewer+"/v1/session/0/one/index.m3u8", `{"sessionId":"`+chosen+`","aws.sessionId":"`+chosen+`","adsParams":{"sessionId":"`+chosen+`"}}`)
	if err := json.Unmarshal([]byte(a.body), &made); err != nil || strings.Contains(made.ManifestURL, chosen) {
		t.Fatalf("a body chooses the session: %d %s", a.status, a.body)
	}
	_, id, _ := strings.Cut(made.ManifestURL, "aws.sessionId=")
	if i := strings.IndexByte(id, '&'); i >= 0 {
		id = id[:i]
	}
	for target, status := range map[string]int{
		"/v1/master/0/one/index.m3u8?aws.sessionId=" + id: http.StatusOK,
		"/v1/master/0/two/index.m3u8?aws.sessionId=" + id: http.StatusNotFound,
		"/v1/manifest/0/one/" + id + "/0.m3u8":            http.StatusOK,
		"/v1/manifest/0/two/" + id + "/0.m3u8":            http.StatusNotFound,
	} {
		if a := do(t, http.MethodGet, viewer+target, ""); a.status != status {
			t.Errorf("%s: %d, want %d", target, a.status, status)
		}
	}
	if a := do(t, http.MethodGet, viewer+made.ManifestURL, ""); a.header.Get("Set-Cookie") != "" {
		t.Error("a cookie is set")
	}
}

// TestPaths: no path of an asset leads out of the origin's prefix or to another host,
// and no path of a file out of the renditions.
func TestPaths(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), serve(t)
	w.put("inside/index.m3u8", multivariant("/v.m3u8"))
	outside := multivariant("/v.m3u8") + "#" + secret
	for _, path := range []string{"outside.m3u8", "index.m3u8"} {
		w.put(path, outside)
	}
	if !p.configure(t, "paths", w.members("inside", "none")) {
		t.Fatal("the configuration is refused")
	}
	host := strings.TrimPrefix(strings.TrimSuffix(w.forms()[0], "/x.m3u8?t="+secret), "http://")
	var tricks []string
	for _, dots := range []string{"..", "%2e%2e", ".%2e", "%2E.", "%252e%252e", "..;", "..%00", "..\\", "..%5c", "%c0%ae%c0%ae"} {
		for _, slash := range []string{"/", "%2f", "%5c", "//", "%252f"} {
			tricks = append(tricks, dots+slash+"outside.m3u8", "x/"+dots+slash+dots+slash+"outside.m3u8")
		}
	}
	tricks = append(tricks, "/"+host+"/x.m3u8", "%2f%2f"+host+"/x.m3u8", "@"+host+"/x.m3u8", "%40"+host+"/x.m3u8", "http://"+host+"/x.m3u8", "http:%2f%2f"+host+"/x.m3u8",
		"x.m3u8%3f@"+host, "x.m3u8%23", "%0d%0aHost:%20"+host+"/x.m3u8", ":80@"+host+"/x.m3u8", ".evil.example/x.m3u8")
	for _, trick := range tricks {
		for _, prefix := range []string{"/v1/master/0/paths/", "/v1/session/0/paths/"} {
			// The client must not clean the path.
			a := raw(t, p.viewer, prefix+trick)
			if strings.Contains(a, secret) {
				t.Errorf("%s%s leads out of the prefix: %q", prefix, trick, a)
			}
		}
	}
	if n := w.touched.Load(); n > 0 {
		t.Errorf("the canary was touched %d times", n)
	}
	if a := do(t, http.MethodGet, "http://"+p.viewer+"/v1/master/0/paths/index.m3u8", ""); a.status != http.StatusOK {
		t.Errorf("the asset itself: %d", a.status)
	}
	for _, trick := range []string{
		"../../stitcher.db", "..%2f..%2fstitcher.db", "%2e%2e/%2e%2e/lock", "x/..%2f..%2flock", "x/....//lock", "/etc/passwd", "x/%2fetc%2fpasswd", "x/file:%2f%2f%2fetc%2fpasswd",
		"x/v0-00000.ts%00.mp4", strings.Repeat("a", 5000) + "/x.ts", "x/.ts",
	} {
		if a := raw(t, p.viewer, "/tm/0/"+trick); !strings.HasPrefix(a, "HTTP/1.1 4") || strings.Contains(a, "root:") {
			t.Errorf("/tm/0/%.60s: %.200q", trick, a)
		}
	}
}
