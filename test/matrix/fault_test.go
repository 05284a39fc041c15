package matrix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// endless is a body without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// broken is a body whose connection breaks off.
func broken(text string) io.Reader {
	return io.MultiReader(strings.NewReader(text), errorReader{io.ErrUnexpectedEOF})
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

// originFaults are answers of an origin and what the player is told of them
// (reference §2.4, house style rule 7).
var originFaults = []struct {
	name   string
	answer func(r *http.Request) (*http.Response, error)
	status int
	kind   string
	// final is whether the fault is told even where an older playlist is at
	// hand: the origin has ended the stream, or refuses it.
	final bool
}{
	{"404", status(404), 404, "NotFoundException", false},
	{"401", status(401), 401, "AccessDeniedException", true},
	{"403", status(403), 403, "AccessDeniedException", true},
	{"410", status(410), 410, "Gone", true},
	{"429", status(429), 502, "BadGatewayException", false},
	{"500", status(500), 502, "BadGatewayException", false},
	{"503", status(503), 502, "BadGatewayException", false},
	{"204", status(204), 502, "BadGatewayException", false},
	{"hangs", func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, 504, "GatewayTimeoutException", false},
	{"refuses the connection", func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }, 502, "BadGatewayException", false},
	{"HTML", page("<!doctype html><html><body>maintenance</body></html>"), 502, "UnsupportedManifestException", false},
	{"nothing", page(""), 502, "UnsupportedManifestException", false},
	{"binary", page("\x00\x01\x02\xff\xfe#EXTM3U"), 502, "UnsupportedManifestException", false},
	{"a DASH manifest", page(`<?xml version="1.0"?><MPD/>`), 502, "UnsupportedManifestException", false},
	{"100 MB", func(*http.Request) (*http.Response, error) {
		return respond(200, io.LimitReader(endless{}, 100<<20)), nil
	}, 502, "UnsupportedManifestException", false},
	{"100 MB of lines", func(*http.Request) (*http.Response, error) {
		return respond(200, io.MultiReader(strings.NewReader("#EXTM3U\n#EXT-X-TARGETDURATION:4\n"), io.LimitReader(endless{}, 100<<20))), nil
	}, 502, "UnsupportedManifestException", false},
	{"breaks off", func(*http.Request) (*http.Response, error) {
		return respond(200, broken("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts\n")), nil
	}, 502, "BadGatewayException", false},
	{"redirects for ever", func(r *http.Request) (*http.Response, error) {
		a := respond(302, bytes.NewReader(nil))
		a.Header.Set("Location", r.URL.String())
		return a, nil
	}, 502, "BadGatewayException", false},
}

func status(code int) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return respond(code, strings.NewReader("no")), nil }
}

func page(text string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return respond(200, strings.NewReader(text)), nil }
}

// TestOriginFaultsAtStart: a session does not start, and the player is told why.
func TestOriginFaultsAtStart(t *testing.T) {
	t.Parallel()
	for _, f := range originFaults {
		t.Run(f.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				w.net.fault(f.answer)
				began := time.Now()
				a := w.get("/v1/master/" + w.hash + "/" + configuration + "/master.m3u8")
				wantError(t, a.Code, a.Header(), a.Body.Bytes(), f.status, f.kind)
				if d := time.Since(began); d > 2200*ms {
					t.Errorf("the answer took %v", d)
				}
			})
		})
	}
}

func wantError(t *testing.T, code int, h http.Header, body []byte, status int, kind string) {
	t.Helper()
	var told struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(body, &told); err != nil || told.Message == "" {
		t.Errorf("body %q: %v", body, err)
	}
	if code != status || h.Get("X-Amzn-Errortype") != kind {
		t.Errorf("%d %s (%s), want %d %s", code, h.Get("X-Amzn-Errortype"), body, status, kind)
	}
}

// TestOriginFaultsInPlay: while the origin fails the last playlist serves for a
// while, then the player is told; when the origin is back the session goes on
// and no rule was broken.
func TestOriginFaultsInPlay(t *testing.T) {
	t.Parallel()
	for _, f := range originFaults {
		t.Run(f.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
				p := w.join("master.m3u8").follow(30 * sec)
				w.net.fault(func(r *http.Request) (*http.Response, error) {
					if r.URL.Host != "origin.example" {
						return nil, nil
					}
					return f.answer(r)
				})
				w.until(33 * sec)
				for w.now() < 38*sec {
					a := w.get(p.urls[0])
					if f.final {
						wantError(t, a.Code, a.Header(), a.Body.Bytes(), f.status, f.kind)
					} else if a.Code != 200 {
						t.Errorf("%v: %d %s instead of the last playlist", w.now(), a.Code, a.Body)
					}
					w.until(w.now() + sec)
				}
				w.until(90 * sec) // ten target durations are over
				a := w.get(p.urls[0])
				wantError(t, a.Code, a.Header(), a.Body.Bytes(), f.status, f.kind)
				w.net.fault(nil)
				w.until(95 * sec)
				p.follow(110 * sec)
			})
		})
	}
}

// TestFlappingOrigin: every third answer is an error; nobody notices.
func TestFlappingOrigin(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
		p := w.join("master.m3u8")
		n := 0
		w.net.fault(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "origin.example" {
				return nil, nil
			}
			if n++; n > 4 && n%3 == 0 {
				return status(500 + n%5)(r)
			}
			return nil, nil
		})
		p.follow(80 * sec)
		p.wantAds(20)
	})
}

// TestTruncatedPlaylists: a playlist that was cut off at any line is either
// refused or played, and never breaks what was published.
func TestTruncatedPlaylists(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		v := video("v0.m3u8").avail(120*sec, 20*sec)
		o := w.newChannel(v)
		cut := 0
		o.wrap = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "master.m3u8") || cut == 0 {
					next.ServeHTTP(rw, r)
					return
				}
				text := v.text(o.began, o.at())
				text = text[:cut%len(text)]
				fmt.Fprint(rw, text[:strings.LastIndexByte(text, '\n')+1])
			})
		}
		o.serve("origin.example")
		p := w.join("master.m3u8")
		p.poll()
		for w.now() < 80*sec && !t.Failed() {
			cut = 0
			if k := int(w.now() / sec); k%3 > 0 && k > 2 {
				cut = 1 + k*97
			}
			p.poll()
			w.until(w.now() + sec)
		}
		p.wantAds(20)
	})
}
