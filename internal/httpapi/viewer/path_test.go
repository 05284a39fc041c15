package viewer

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/httpapi/viewer/target"
)

// TestPathAttacks: nothing that climbs, hides or splits gets to the service or
// to the disk (design §9).
func TestPathAttacks(t *testing.T) {
	asset := "/v1/master/" + ownHash + "/news/"
	below := ownHash + "/news/" + someSession
	refused := []string{
		// dot segments: plain, encoded, half encoded, twice encoded, with a parameter
		asset + "../index.m3u8", asset + "./index.m3u8", asset + "a/../../../../index.m3u8",
		asset + "%2e%2e/index.m3u8", asset + "%2E./index.m3u8", asset + ".%2e/index.m3u8", asset + "%252e%252e/index.m3u8",
		asset + "..;/index.m3u8", asset + "..%3Bx/index.m3u8", asset + "..", asset + "a/..",
		// encoded slashes that make dot or empty elements
		asset + "a%2F..%2Findex.m3u8", asset + "a%2f%2e%2e%2findex.m3u8", asset + "..%2Findex.m3u8",
		asset + "a%2F%2Fb.m3u8", asset + "%2Findex.m3u8", asset + "a%2F/index.m3u8", asset + "%2F%2Fevil.example%2Findex.m3u8",
		// empty elements
		asset, asset + "/index.m3u8", asset + "//evil.example/index.m3u8", asset + "a//index.m3u8", asset + "index.m3u8//",
		// backslashes
		asset + `a\..\index.m3u8`, asset + "a%5C..%5Cindex.m3u8", asset + `\\evil.example\index.m3u8`,
		// control bytes
		asset + "a%00.m3u8", asset + "a%0d%0aSet-Cookie:%20a.m3u8", asset + "a%7f.m3u8", asset + "a%09.m3u8",
		// the same in the configuration, and in the hash
		"/v1/master/" + ownHash + "/../index.m3u8", "/v1/master/" + ownHash + "/%2e%2e/index.m3u8", "/v1/master/" + ownHash + "/a%2F..%2Fb/index.m3u8",
		"/v1/master/" + ownHash + "//index.m3u8", "/v1/master/" + ownHash + "/a%5Cb/index.m3u8", "/v1/master/" + ownHash + "/a%00/index.m3u8",
		"/v1/master/" + ownHash + "/%ff/index.m3u8", "/v1/master//news/index.m3u8", "/v1/master/../news/index.m3u8", "/v1/master/a%2Fb/news/index.m3u8",
		"/v1/master/" + strings.Repeat("a", 65) + "/news/index.m3u8", "/v1/master/" + ownHash + "/" + strings.Repeat("c", 1025) + "/index.m3u8",
		"/v1/session/" + ownHash + "/news/../index.m3u8",
		// sessions, renditions and sequence numbers
		"/v1/manifest/" + ownHash + "/news/../0.m3u8", "/v1/manifest/" + ownHash + "/news/%2e%2e/0.m3u8", "/v1/manifest/" + ownHash + "/news//0.m3u8",
		"/v1/manifest/" + ownHash + "/news/" + strings.Repeat("a", 65) + "/0.m3u8", "/v1/manifest/" + ownHash + "/news/a%2Fb/0.m3u8",
		"/v1/manifest/" + below, "/v1/manifest/" + below + "/", "/v1/manifest/" + below + "/0", "/v1/manifest/" + below + "/.m3u8",
		"/v1/manifest/" + below + "/00.m3u8", "/v1/manifest/" + below + "/-1.m3u8", "/v1/manifest/" + below + "/99999.m3u8", "/v1/manifest/" + below + "/1/2.m3u8",
		"/v1/manifest/" + below + "/0%2Em3u8", "/v1/manifest/" + below + "/%30.m3u8",
		"/v1/segment/" + below + "/0", "/v1/segment/" + below + "/0/", "/v1/segment/" + below + "/x/1.ts", "/v1/segment/" + below + "/0/1.exe",
		"/v1/segment/" + below + "/0/..ts", "/v1/segment/" + below + "/0/1.ts/2", "/v1/segment/" + below + "/0/9999999999999999999.ts", "/v1/segment/" + below + "/0/0x1.ts",
		"/v1/segment/" + below + "/0/1.ts.ts", "/v1/segment/" + below + "/01/1.ts",
		// ad media
		"/tm/" + ownHash + "/../v0_00001.ts", "/tm/" + ownHash + "/a1b2c3/../../etc/passwd.ts", "/tm/" + ownHash + "/a1b2c3/..%2F..%2Fpasswd.ts",
		"/tm/" + ownHash + "/a1b2c3/%2e%2e%2fv0.ts", "/tm/" + ownHash + "/a1b2c3/.hidden.ts", "/tm/" + ownHash + "/a1b2c3/", "/tm/" + ownHash + "/a1b2c3",
		"/tm/" + ownHash + "/a1b2c3/v0_00001.log", "/tm/" + ownHash + "/a1b2c3/v0_00001", "/tm/" + ownHash + "/a1b2c3/folder.ts", "/tm/" + ownHash + "/a1b2c3/sub/v0.ts",
		"/tm//a1b2c3/v0_00001.ts", "/tm/" + ownHash + "/a1b2c3/v0%00.ts", "/tm/" + ownHash + "/a1b2c3/" + strings.Repeat("a", 200) + ".ts", `/tm/` + ownHash + `/a1b2c3\..\v0.ts/x.ts`,
	}
	for _, path := range refused {
		t.Run(path, func(t *testing.T) {
			fake := newFakeService()
			w := do(t, newPlane(t, fake, nil), http.MethodGet, path, "")
			if w.Code != http.StatusBadRequest && w.Code != http.StatusNotFound {
				t.Errorf("status %d, want 400 or 404", w.Code)
			}
			if w.Header().Get("X-Amzn-Errortype") == "" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("the refusal lacks its headers: %v", w.Header())
			}
			if len(fake.started)+len(fake.resumed)+len(fake.segments) > 0 {
				t.Error("the service was asked")
			}
		})
	}
}

// FuzzPath: whatever path is accepted, its asset joined to an origin stays
// below the origin's prefix, and the playlists' URLs come back to the same
// configuration.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"news/index.m3u8", "a%2Fb/x/y/index.m3u8", "a/../b", "a/%2e%2e/b", "M%C3%BCnchen/a%2F..%2Fb", `a/b\c`, "news/..;/x", "news//x", "news/a%00", "news/live/", "ü%2F/|",
	} {
		f.Add(seed)
	}
	p := &plane{hash: ownHash}
	f.Fuzz(func(t *testing.T, below string) {
		if strings.ContainsAny(below, " ?#") {
			return // no request line holds such a path
		}
		u, err := url.ParseRequestURI(masterPrefix + otherHash + "/" + below)
		if err != nil {
			return // net/http refuses it
		}
		got, err := target.Asset(u, masterPrefix)
		if err != nil {
			return
		}
		origin, err := url.Parse("https://origin.example/prefix/" + got.Rest)
		if err != nil {
			t.Fatalf("asset %q makes no URL: %v", got.Rest, err)
		}
		clean := origin.JoinPath()
		if clean.Host != "origin.example" || !strings.HasPrefix(clean.Path, "/prefix/") || clean.RawQuery != "" || clean.Fragment != "" {
			t.Fatalf("asset %q leads to %s", got.Rest, clean)
		}
		request, err := url.Parse("https://viewer.example" + target.Path(u))
		if err != nil {
			t.Fatalf("path %q makes no URL: %v", target.Path(u), err)
		}
		child, err := request.Parse(p.childPrefix(got, someSession) + "3.m3u8")
		if err != nil {
			t.Fatalf("child of %q: %v", below, err)
		}
		again, err := target.OfSession(child, manifestPrefix)
		if err != nil || again.Configuration != got.Configuration || again.Session != someSession || again.Rest != "3.m3u8" {
			t.Fatalf("child %s is %+v (%v), want configuration %q", child, again, err, got.Configuration)
		}
		if strings.ContainsAny(got.Label+got.Rest, "\"\n\r{}\\") {
			t.Fatalf("%q or %q could break a playlist's line", got.Label, got.Rest)
		}
	})
}
