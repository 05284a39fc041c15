package viewer

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// awkward are configurations and assets as they stand in paths, with the name
// and the asset that the service should hear of.
var awkward = []struct{ config, name, asset string }{
	{"news", "news", "index.m3u8"},
	{"news", "news", "live/index.m3u8"},
	{"news", "news", "a/b/c/d/e/index.m3u8"},
	{"news", "news", "live/"},
	{"news", "news", "a%2Fb/index.m3u8"},
	{"a%2Fb", "a/b", "live/index.m3u8"},
	{"a%20b", "a b", "live/index.m3u8"},
	{"M%C3%BCnchen%2FB%20C", "München/B C", "%C3%BCber/index.m3u8"},
	{"100%2525", "100%25", "index.m3u8"},
}

// lastURI is the child URI of the fake's multivariant playlist.
func lastURI(t *testing.T, playlist string) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(playlist), "\n")
	return lines[len(lines)-1]
}

// follow resolves ref against the URL of the request, as a player does, and
// returns the path and query to ask for next.
func follow(t *testing.T, request, ref string) string {
	t.Helper()
	base, err := url.Parse("https://viewer.example" + request)
	if err != nil {
		t.Fatal(err)
	}
	u, err := base.Parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	if u.Host != "viewer.example" {
		t.Fatalf("%s leads to another host from %s: %s", ref, request, u)
	}
	return u.RequestURI()
}

// TestChildURIsResolve plays from the multivariant playlist down: relative URIs
// lead to the media playlist of the same configuration and session, also behind
// a CDN that puts a prefix before the path.
func TestChildURIsResolve(t *testing.T) {
	for _, c := range awkward {
		t.Run(c.config+"/"+c.asset, func(t *testing.T) {
			h := newPlane(t, newFakeService(), nil)
			request := masterPrefix + otherHash + "/" + c.config + "/" + c.asset
			w := do(t, h, http.MethodGet, request+"?a=b/../c", "")
			child := follow(t, request+"?a=b/../c", lastURI(t, w.Body.String()))
			if want := manifestPrefix + ownHash + "/" + c.config + "/" + someSession + "/0.m3u8"; child != want {
				t.Fatalf("the child is %s, want %s", child, want)
			}
			w = do(t, h, http.MethodGet, child, "")
			if want := "#EXTM3U\n## " + c.name + " " + someSession + " 0\n"; w.Body.String() != want {
				t.Errorf("the child's playlist is %q, want %q", w.Body, want)
			}
			behind := follow(t, "/cdn/prefix"+request, lastURI(t, do(t, h, http.MethodGet, request, "").Body.String()))
			if behind != "/cdn/prefix"+child {
				t.Errorf("behind a prefix the child is %s", behind)
			}
		})
	}
}

// TestExplicitSessionURLs: the manifest URL resumes the session, for the asset
// it was made for.
func TestExplicitSessionURLs(t *testing.T) {
	for _, c := range awkward {
		t.Run(c.config+"/"+c.asset, func(t *testing.T) {
			fake := newFakeService()
			fake.session.ManifestQuery = "test=1&u=2"
			h := newPlane(t, fake, nil)
			w := do(t, h, http.MethodPost, sessionPrefix+otherHash+"/"+c.config+"/"+c.asset, `{"manifestParams":{"test":"1","u":"2"}}`)
			var got struct{ ManifestURL, TrackingURL string }
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if want := masterPrefix + ownHash + "/" + c.config + "/" + c.asset + "?aws.sessionId=" + someSession + "&test=1&u=2"; got.ManifestURL != want {
				t.Errorf("manifestUrl %s, want %s", got.ManifestURL, want)
			}
			if want := trackingPrefix + ownHash + "/" + c.config + "/" + someSession + "?test=1&u=2"; got.TrackingURL != want {
				t.Errorf("trackingUrl %s, want %s", got.TrackingURL, want)
			}
			w = do(t, h, http.MethodGet, got.ManifestURL, "")
			if w.Code != http.StatusOK || len(fake.resumed) != 1 || fake.resumed[0] != someSession || len(fake.started) != 1 {
				t.Errorf("status %d, resumed %v, %d started", w.Code, fake.resumed, len(fake.started))
			}
		})
	}
}

// TestSegmentRedirect: with or without a suffix, from any depth that a
// configuration's name makes, the redirect leads to the file; HEAD is a probe.
func TestSegmentRedirect(t *testing.T) {
	for _, c := range awkward {
		for _, suffix := range []string{"", ".ts", ".m4s", ".aac", ".vtt", ".mp4"} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				fake := newFakeService()
				h := newPlane(t, fake, nil)
				request := segmentPrefix + otherHash + "/" + c.config + "/" + someSession + "/12/4711" + suffix
				w := do(t, h, method, request+"?test=1", "")
				file := follow(t, request, w.Header().Get("Location"))
				if want := "/tm/" + ownHash + "/a1b2c3/v0_00001.ts"; w.Code != http.StatusFound || file != want {
					t.Fatalf("%s %s: status %d to %s, want 302 to %s", method, request, w.Code, file, want)
				}
				got := fake.segments[0]
				if got.Configuration != c.name || got.Session != someSession || got.Rendition != 12 || got.Sequence != 4711 || got.Probe != (method == http.MethodHead) {
					t.Errorf("%s %s: the service was asked for %+v", method, request, got)
				}
				if w := do(t, h, http.MethodGet, file, ""); w.Code != http.StatusOK {
					t.Errorf("the file %s answers %d", file, w.Code)
				}
			}
		}
	}
}

// TestAbsoluteURLs: a public base makes every URL in playlists and redirects
// absolute; a location that the service knows is left alone.
func TestAbsoluteURLs(t *testing.T) {
	fake := newFakeService()
	h := newPlane(t, fake, func(o *Options) { o.PublicURL = "https://ads.example.com/ssai/" })
	w := do(t, h, http.MethodGet, masterPrefix+ownHash+"/a%2Fb/live/index.m3u8", "")
	if got, want := lastURI(t, w.Body.String()), "https://ads.example.com/ssai/v1/manifest/"+ownHash+"/a%2Fb/"+someSession+"/0.m3u8"; got != want {
		t.Errorf("child %s, want %s", got, want)
	}
	request := segmentPrefix + ownHash + "/a%2Fb/" + someSession + "/0/1.ts"
	w = do(t, h, http.MethodGet, request, "")
	if got, want := w.Header().Get("Location"), "https://ads.example.com/ssai/tm/"+ownHash+"/a1b2c3/v0_00001.ts"; got != want {
		t.Errorf("location %s, want %s", got, want)
	}
	fake.file = "https://cdn.example.com/ads/tm/x/a1b2c3/v0_00001.ts"
	if got := do(t, h, http.MethodGet, request, "").Header().Get("Location"); got != fake.file {
		t.Errorf("location %s, want the service's %s", got, fake.file)
	}
}
