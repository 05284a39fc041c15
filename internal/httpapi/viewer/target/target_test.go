package target

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/httpapi/adapter"
)

// TestAsset: what players and CDNs really send gets through, decoded
// once in the configuration and untouched in the asset.
func TestAsset(t *testing.T) {
	for _, c := range []struct{ config, asset, name, escaped string }{
		{"news", "index.m3u8", "news", "index.m3u8"},
		{"a%2Fb", "index.m3u8", "a/b", "index.m3u8"},
		{"a%20b%2Fc", "x/y/index.m3u8", "a b/c", "x/y/index.m3u8"},
		{"a%2520b", "index.m3u8", "a%20b", "index.m3u8"},
		{"M%C3%BCnchen", "%C3%BCber/index.m3u8", "München", "%C3%BCber/index.m3u8"},
		{"München", "über/index.m3u8", "München", "%C3%BCber/index.m3u8"},
		{"München%2FB", "index.m3u8", "München/B", "index.m3u8"},
		{"news", `a"b|c.m3u8`, "news", "a%22b%7Cc.m3u8"},
		{"news", "a%2Fb.m3u8", "news", "a%2Fb.m3u8"},
		{"news", "a+b%2Bc(1)!*',;=:@$&~.m3u8", "news", "a+b%2Bc(1)!*',;=:@$&~.m3u8"},
		{"news", "a.ism/manifest(format=m3u8-aapl)", "news", "a.ism/manifest(format=m3u8-aapl)"},
		{"news", "live/", "news", "live/"},
		{"news", "...m3u8", "news", "...m3u8"},
		{"news", ".well-known/%ff.m3u8", "news", ".well-known/%ff.m3u8"},
		{"..news", "100%25.m3u8", "..news", "100%25.m3u8"},
	} {
		t.Run(c.config+"/"+c.asset, func(t *testing.T) {
			u, err := url.ParseRequestURI("/p/111122223333/" + c.config + "/" + c.asset)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Asset(u, "/p/")
			if err != nil {
				t.Fatal(err)
			}
			if got.Configuration != c.name || got.Rest != c.escaped || got.Session != "" {
				t.Errorf("%+v; want configuration %q, asset %q", got, c.name, c.escaped)
			}
		})
	}
}

// TestRefused: a path that names nothing is answered with 404, and one that has something
// else where a name belongs with 400.
func TestRefused(t *testing.T) {
	asset := func(u *url.URL) error { _, err := Asset(u, "/p/"); return err }
	ofSession := func(u *url.URL) error { _, err := OfSession(u, "/p/"); return err }
	session := func(u *url.URL) error { _, err := Session(u, "/p/"); return err }
	file := func(u *url.URL) error { _, _, err := File(u, "/p/"); return err }
	for _, c := range []struct {
		read   func(*url.URL) error
		path   string
		status int
	}{
		{asset, "/other/1/news/i.m3u8", http.StatusNotFound},
		{asset, "/p/1", http.StatusNotFound},
		{asset, "/p/1/news", http.StatusNotFound},
		{asset, "/p/1-2/news/i.m3u8", http.StatusBadRequest},
		{asset, "/p/" + strings.Repeat("a", 65) + "/news/i.m3u8", http.StatusBadRequest},
		{asset, "/p/1/" + strings.Repeat("c", 1025) + "/i.m3u8", http.StatusBadRequest},
		{asset, "/p/1/%ff/i.m3u8", http.StatusBadRequest},
		{asset, "/p/1/%2e%2e/i.m3u8", http.StatusBadRequest},
		{asset, "/p/1/news/a%2F..%2Fi.m3u8", http.StatusBadRequest},
		{asset, "/p/1/news/%252e%252e/i.m3u8", http.StatusBadRequest},
		{asset, "/p/1/news/..;x/i.m3u8", http.StatusBadRequest},
		{asset, "/p/1/news/a%5Ci.m3u8", http.StatusBadRequest},
		{asset, "/p/1/news/a%00", http.StatusBadRequest},
		{asset, "/p/1/news/", http.StatusBadRequest},
		{ofSession, "/p/1/news/e039fd39", http.StatusNotFound},
		{ofSession, "/p/1/news/e039fd39/", http.StatusNotFound},
		{ofSession, "/p/1/news/e0.9/0.m3u8", http.StatusBadRequest},
		{ofSession, "/p/1/news//0.m3u8", http.StatusBadRequest},
		{ofSession, "/p/1/news/" + strings.Repeat("a", MaxSession+1) + "/0.m3u8", http.StatusBadRequest},
		{session, "/p/1/news/e039fd39/", http.StatusBadRequest},
		{session, "/p/1/news", http.StatusNotFound},
		{file, "/p/1/asset", http.StatusNotFound},
		{file, "/p/1/asset/.ts", http.StatusNotFound},
		{file, "/p/1/asset/a%2Fb.ts", http.StatusNotFound},
		{file, "/p/1/asset/a/b.ts", http.StatusNotFound},
		{file, "/p//asset/a.ts", http.StatusNotFound},
		{file, "/p/1/asset/" + strings.Repeat("a", maxFileName+1), http.StatusNotFound},
	} {
		u, err := url.ParseRequestURI(c.path)
		if err != nil {
			t.Fatal(err)
		}
		told, ok := errors.AsType[*adapter.Error](c.read(u))
		if !ok || told.Status != c.status {
			t.Errorf("%s: %v, want status %d", c.path, told, c.status)
		}
	}
}

// TestNames reads what the paths of a session and of its files name.
func TestNames(t *testing.T) {
	read := func(path string) *url.URL {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	want := Target{Configuration: "a/b", Label: "a%2Fb", Session: "e039-fd39", Rest: "0/1.ts"}
	if got, err := OfSession(read("/p/1/a%2Fb/e039-fd39/0/1.ts"), "/p/"); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	want.Rest = ""
	if got, err := Session(read("/p/1/a%2Fb/e039-fd39"), "/p/"); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if asset, name, err := File(read("/p/1/a1b2/v0_1.ts"), "/p/"); err != nil || asset != "a1b2" || name != "v0_1.ts" {
		t.Errorf("%q %q, %v", asset, name, err)
	}
}
