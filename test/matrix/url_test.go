package matrix

import (
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestOriginURLs: whatever the origin's URLs look like, the content's are where
// the origin has them and the avail is filled.
func TestOriginURLs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		// asset is what the player asks for; the channel is at /live/.
		source, asset string
		wrap          func(w *world, next http.Handler) http.Handler
		uris          func(r *rendition)
		master        func(s string) string
		// want is the head of the content's URIs.
		want string
	}{
		{name: "plain", want: originURL + "/live/v0_1"},
		{name: "trailing slash", source: originURL + "/live/", want: originURL + "/live/v0_1"},
		{name: "HTTPS", source: "https://origin.example/live", want: "https://origin.example/live/v0_1"},
		{
			name: "redirect to another host and folder", want: "http://edge.example/cdn/7/v0_1",
			wrap: func(w *world, next http.Handler) http.Handler {
				w.net.host("edge.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					r.URL.Path = strings.Replace(r.URL.Path, "/cdn/7/", "/live/", 1)
					next.ServeHTTP(rw, r)
				}))
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					http.Redirect(rw, r, "http://edge.example/cdn/7/"+strings.TrimPrefix(r.URL.Path, "/live/"), http.StatusFound)
				})
			},
		},
		{
			name: "redirect of media playlists only, relative", want: originURL + "/deep/er/v0_1",
			wrap: func(_ *world, next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if rest, ok := strings.CutPrefix(r.URL.Path, "/deep/er/"); ok {
						r.URL.Path = "/live/" + rest
					} else if !strings.HasSuffix(r.URL.Path, "master.m3u8") {
						http.Redirect(rw, r, "../deep/er/"+strings.TrimPrefix(r.URL.Path, "/live/"), http.StatusTemporaryRedirect)
						return
					}
					next.ServeHTTP(rw, r)
				})
			},
		},
		{
			name: "query token", asset: "master.m3u8?token=a%2Fb&x", want: originURL + "/live/v0_1",
			wrap: func(_ *world, next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					// Every manifest wants it, not the first alone (reference §2.2).
					if strings.HasSuffix(r.URL.Path, ".m3u8") && r.URL.RawQuery != "token=a%2Fb&x" {
						http.Error(rw, "no token: "+r.URL.RawQuery, http.StatusForbidden)
						return
					}
					next.ServeHTTP(rw, r)
				})
			},
		},
		{
			name: "tokens in the multivariant playlist", want: originURL + "/live/v0_1",
			master: func(s string) string { return strings.ReplaceAll(s, ".m3u8", ".m3u8?t=1,2&u=%20") },
			wrap: func(_ *world, next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if !strings.HasSuffix(r.URL.Path, "master.m3u8") && r.URL.RawQuery != "t=1,2&u=%20" {
						http.Error(rw, "no token", http.StatusForbidden)
						return
					}
					next.ServeHTTP(rw, r)
				})
			},
		},
		{
			name: "absolute", want: "https://cdn.example/x/v0_1",
			uris: func(r *rendition) { prefix(r, "https://cdn.example/x/") },
		},
		{name: "parent folder", want: originURL + "/seg/v0_1", uris: func(r *rendition) { prefix(r, "../seg/") }},
		{name: "root-relative", want: originURL + "/root/v0_1", uris: func(r *rendition) { prefix(r, "/root/") }},
		{name: "host-relative", want: "http://cdn.example/v0_1", uris: func(r *rendition) { prefix(r, "//cdn.example/") }},
		{
			name: "sub-folders and escapes", source: originURL, asset: "live/a%20b/c%2Fd/master.m3u8",
			want: originURL + "/live/a%20b/c%2Fd/v0_1",
			wrap: func(_ *world, next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/live/a%20b/c%2Fd/"); ok {
						r.URL.Path = "/live/" + rest
						next.ServeHTTP(rw, r)
						return
					}
					http.NotFound(rw, r)
				})
			},
		},
		{
			name: "asset that ends in a slash", asset: "channel/", want: originURL + "/live/channel/v0_1",
			wrap: func(_ *world, next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					rest, ok := strings.CutPrefix(r.URL.Path, "/live/channel/")
					if rest == "" {
						rest = "master.m3u8"
					}
					if !ok {
						http.NotFound(rw, r)
						return
					}
					r.URL.Path = "/live/" + rest
					next.ServeHTTP(rw, r)
				})
			},
		},
		{
			name: "gzip", want: originURL + "/live/v0_1",
			wrap: func(_ *world, next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
						http.Error(rw, "gzip only", http.StatusNotAcceptable)
						return
					}
					rec := httptest.NewRecorder()
					next.ServeHTTP(rec, r)
					rw.Header().Set("Content-Encoding", "gzip")
					z := gzip.NewWriter(rw)
					_, _ = z.Write(rec.Body.Bytes())
					_ = z.Close()
				})
			},
		},
		{
			name: "a media playlist as the asset", asset: "v0.m3u8", want: originURL + "/live/v0_1",
		},
		{
			name: "CRLF and a byte order mark", want: originURL + "/live/v0_1",
			wrap: func(_ *world, next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					rec := httptest.NewRecorder()
					next.ServeHTTP(rec, r)
					_, _ = rw.Write([]byte("\ufeff" + strings.ReplaceAll(rec.Body.String(), "\n", "\r\n")))
				})
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				if c.source == "" {
					c.source = originURL + "/live"
				}
				if c.asset == "" {
					c.asset = "master.m3u8"
				}
				w.configure(c.source)
				v, a := video("v0.m3u8").avail(120*sec, 20*sec), lay("a0.m3u8", "audio", 300*sec, 1920*ms, 2005*ms)
				if c.uris != nil {
					c.uris(v)
					c.uris(a)
				}
				o := w.newChannel(v, a)
				if c.wrap != nil {
					o.wrap = func(next http.Handler) http.Handler { return c.wrap(w, next) }
				}
				if c.master != nil {
					o.master = c.master(o.master)
				}
				o.serve("origin.example")
				p := w.join(c.asset).follow(70 * sec)
				p.wantAds(20)
				p.without(0, "v0_1030.ts", "v0_1034.ts")
				for _, uri := range slices.Sorted(mapKeys(p.content[0])) {
					if !strings.HasPrefix(uri, c.want) {
						t.Fatalf("content at %s, want %s…", uri, c.want)
					}
				}
			})
		})
	}
}

func prefix(r *rendition, head string) {
	for i := range r.segments {
		r.segments[i].uri = head + r.segments[i].uri
	}
}

// TestTokensArePerViewer: two viewers' tokens make two templates and two
// streams, and neither sees the other's.
func TestTokensArePerViewer(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		o := w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec))
		o.wrap = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				rec := httptest.NewRecorder()
				next.ServeHTTP(rec, r)
				token := "?" + r.URL.RawQuery
				s := strings.ReplaceAll(rec.Body.String(), ".ts\n", ".ts"+token+"\n")
				_, _ = rw.Write([]byte(strings.ReplaceAll(s, ".m3u8\n", ".m3u8"+token+"\n")))
			})
		}
		o.serve("origin.example")
		a, b := w.join("master.m3u8?who=alice"), w.join("master.m3u8?who=bob")
		for w.now() < 60*sec {
			a.poll()
			b.poll()
			w.until(w.now() + sec)
		}
		a.wantAds(20)
		b.wantAds(20)
		for uri := range a.content[0] {
			if !strings.HasSuffix(uri, "?who=alice") {
				t.Fatalf("alice got %s", uri)
			}
		}
		for uri := range b.content[0] {
			if !strings.HasSuffix(uri, "?who=bob") {
				t.Fatalf("bob got %s", uri)
			}
		}
	})
}
