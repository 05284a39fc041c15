package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/api/apitest"
	"stitcher/internal/playback"
	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/playback/prefetch"
	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/explain"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/search"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

func newRegistry() *prometheus.Registry { return prometheus.NewRegistry() }

var account = awsapi.Naming{Account: "123456789012", Region: "us-east-1"}

// knownSession is the one session that there is.
const knownSession = "e039fd39-09f0-46b2-aca9-9871cc116cde"

// fixture is a plane over documents in memory.
type fixture struct {
	creatives fakeCreatives
	http.Handler
	docs *fragile
	log  *bytes.Buffer
	// searched is what sessions were last looked for by.
	searched search.Query
}

func newFixture(t testing.TB, change ...func(*Options)) *fixture {
	t.Helper()
	f := &fixture{docs: new(fragile), log: &bytes.Buffer{}}
	configurations, err := config.New(t.Context(), f.docs, account)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Configurations: configurations, Naming: account, ViewerListen: ":8080", Listen: "127.0.0.1:8081",
		Explain: func(_ context.Context, id string) (*explain.Session, error) {
			if id != knownSession {
				return nil, explain.ErrNoSession
			}
			return &explain.Session{ID: id, Configuration: "news", Reporting: "server", Avails: []explain.Avail{}}, nil
		},
		Search: func(_ context.Context, q search.Query) (search.List, error) {
			f.searched = q
			list := search.List{Sessions: []search.Session{{
				ID: knownSession, Start: time.Unix(1_700_000_000, 0).UTC(), Configuration: "news", Protocol: playback.HLS,
				Device: playback.Television, Reporting: "server", Asset: "a/</script>.m3u8", State: search.StateLive,
			}}}
			if q.Before == nil {
				list.Next = &store.Hit{At: 1_700_000_000_000_000, Owner: "session/" + knownSession}
			}
			return list, nil
		},
		Bundle: func(_ context.Context, id string) (*bundle.Bundle, error) {
			if id != knownSession {
				return nil, recording.ErrNotRecorded
			}
			return &bundle.Bundle{Head: bundle.Head{Version: bundle.Version, Session: &playback.Session{ID: id}}}, nil
		},
		Creatives: &f.creatives,
		Rollups:   memory.NewRollups(),
		Ready:     NewReadiness(time.Now), OpenAPI: []byte("openapi: 3.1.0\n"),
		Log:          slog.New(slog.NewTextHandler(f.log, nil)),
		NewRequestID: func() string { return "req-1" },
	}
	for _, c := range change {
		c(&o)
	}
	if o.Schedules, err = prefetch.New(t.Context(), f.docs, account, configurations, o.Now); err != nil {
		t.Fatal(err)
	}
	if f.Handler, err = New(o); err != nil {
		t.Fatal(err)
	}
	return f
}

// answer is what a test looks at.
type answer struct {
	*http.Response
	text string
	json any
}

// message is an error's.
func (a answer) message() string {
	m, _ := a.json.(map[string]any)
	s, _ := m["message"].(string)
	return s
}

func (a answer) errorType() string { return a.Header.Get("x-amzn-ErrorType") }

// at is a member of the answer: "DashConfiguration.MpdLocation".
func (a answer) at(path string) any {
	v := a.json
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// do sends a request as curl would; every answer is held against the OpenAPI
// document.
func (f *fixture) do(t testing.TB, method, target, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:8081"+target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	apitest.Handler(t, f).ServeHTTP(w, r)
	a := answer{Response: w.Result()}
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	a.text = string(raw)
	if a.Header.Get("Content-Type") == "application/json" && method != http.MethodHead {
		if err := json.Unmarshal(raw, &a.json); err != nil {
			t.Fatalf("%s %s: %v in %q", method, target, err, raw)
		}
	}
	if a.Header.Get("x-amzn-RequestId") != "req-1" {
		t.Errorf("%s %s: no request id", method, target)
	}
	return a
}

// want does a request and checks its status, and the error's name if there is
// one.
func (f *fixture) want(t testing.TB, status int, errorType, method, target, body string, headers ...string) answer {
	t.Helper()
	a := f.do(t, method, target, body, headers...)
	if a.StatusCode != status || a.errorType() != errorType {
		t.Fatalf("%s %s: %d %s %s, want %d %s", method, target, a.StatusCode, a.errorType(), a.text, status, errorType)
	}
	if status == http.StatusNoContent && a.text != "" {
		t.Errorf("%s %s: 204 with a body", method, target)
	}
	return a
}
