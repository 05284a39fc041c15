package admin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"stitcher/internal/httpapi"
)

func TestOperation(t *testing.T) {
	reg := newRegistry()
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "stitcher_test", Help: "A test."})
	reg.MustRegister(gauge)
	f := newFixture(t, func(o *Options) { o.Gatherer = reg })
	for target, want := range map[string]string{
		"/healthz": "ok", "/readyz": `"ready"`, "/metrics": "stitcher_test 0", "/openapi.yaml": "openapi: 3.1.0",
		"/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=1": "goroutine profile", "/debug/pprof/symbol": "num_symbols",
	} {
		if a := f.want(t, 200, "", "GET", target, ""); !strings.Contains(a.text, want) {
			t.Errorf("%s answers %.200s", target, a.text)
		}
	}
	// The command line may hold the secret key.
	if a := f.do(t, "GET", "/debug/pprof/cmdline", ""); a.StatusCode != http.StatusNotFound {
		t.Errorf("cmdline: %d %s", a.StatusCode, a.text)
	}
}

func TestReadiness(t *testing.T) {
	now := time.Unix(0, 0)
	var broken, full error
	calls := 0
	r := NewReadiness(func() time.Time { return now },
		Check{Name: "store", Check: func(context.Context) error { calls++; return broken }},
		Check{Name: "disk", Degrades: true, Check: func(context.Context) error { return full }})
	get := func(public bool) (int, string) {
		w := httptest.NewRecorder()
		if q := httptest.NewRequest(http.MethodGet, "/readyz", nil); public {
			r.Public().ServeHTTP(w, q)
		} else {
			r.ServeHTTP(w, q)
		}
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	expect := func(public bool, status int, body string) {
		t.Helper()
		if s, b := get(public); s != status || b != body {
			t.Errorf("%d %s, want %d %s", s, b, status, body)
		}
	}
	expect(false, 200, `{"status":"ready"}`)
	broken = errors.New("disk full at /var/lib")
	expect(false, 200, `{"status":"ready"}`)
	if calls != 1 {
		t.Errorf("%d checks within a second", calls)
	}
	now = now.Add(checkInterval)
	expect(false, 503, `{"status":"not ready","reasons":[{"name":"store","error":"disk full at /var/lib"}]}`)
	expect(true, 503, `{"status":"not ready","reasons":[{"name":"store"}]}`)
	full = errors.New("3 MB are left")
	now = now.Add(checkInterval)
	expect(false, 503, `{"status":"not ready","reasons":[{"name":"store","error":"disk full at /var/lib"},{"name":"disk","error":"3 MB are left"}]}`)
	broken = nil
	now = now.Add(checkInterval)
	expect(false, 200, `{"status":"degraded","reasons":[{"name":"disk","error":"3 MB are left"}]}`)
	expect(true, 200, `{"status":"degraded","reasons":[{"name":"disk"}]}`)
	full = nil
	now = now.Add(checkInterval)
	expect(true, 200, `{"status":"ready"}`)
	r.Drain()
	expect(true, 503, `{"status":"not ready","reasons":[{"name":"drain"}]}`)
	expect(false, 503, `{"status":"not ready","reasons":[{"name":"drain","error":"the service is shutting down"}]}`)
}

// A check that hangs does not hang whoever asks.
func TestReadinessTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewReadiness(time.Now, Check{Name: "store", Check: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		start := time.Now()
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if w.Code != 503 || time.Since(start) != checkTimeout {
			t.Errorf("%d after %s", w.Code, time.Since(start))
		}
	})
}

func TestRequestsAreCountedAndLogged(t *testing.T) {
	reg := newRegistry()
	f := newFixture(t, func(o *Options) { o.Metrics = httpapi.NewMetrics(reg) })
	f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"a"}`)
	f.want(t, 200, "", "GET", "/playbackConfiguration/a", "")
	f.want(t, 404, "NotFoundException", "GET", "/playbackConfiguration/b", "")
	f.want(t, 404, "UnknownOperationException", "GET", "/channels", "")
	want := `# HELP stitcher_http_requests_total HTTP requests by plane, route pattern and status; 499 means that the client closed the connection before the response.
# TYPE stitcher_http_requests_total counter
stitcher_http_requests_total{code="200",plane="admin",route="/playbackConfiguration"} 1
stitcher_http_requests_total{code="200",plane="admin",route="/playbackConfiguration/:Name"} 1
stitcher_http_requests_total{code="404",plane="admin",route="/playbackConfiguration/:Name"} 1
stitcher_http_requests_total{code="404",plane="admin",route="unmatched"} 1
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "stitcher_http_requests_total"); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"level=INFO", "status=404", "type=NotFoundException", "route=/playbackConfiguration/:Name", "requestId=req-1"} {
		if !strings.Contains(f.log.String(), want) {
			t.Errorf("%s is not in the log: %s", want, f.log)
		}
	}
}

func TestPanicIsAnswered(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Ready = NewReadiness(func() time.Time { panic("bug") })
	})
	f.docs.broken.Store(false)
	a := f.do(t, "HEAD", "/readyz", "")
	if a.StatusCode != http.StatusInternalServerError || a.errorType() != "InternalFailure" || strings.Contains(a.text, "bug") {
		t.Errorf("%d %s %s", a.StatusCode, a.errorType(), a.text)
	}
	if !strings.Contains(f.log.String(), "level=ERROR") || !strings.Contains(f.log.String(), "panic: bug") || !strings.Contains(f.log.String(), "stack=") {
		t.Errorf("the log says %s", f.log)
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	for name, o := range map[string]Options{
		"nothing": {},
		"one key": {AccessKey: "x", Log: slog.New(slog.DiscardHandler), Ready: NewReadiness(time.Now)},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: New accepts it", name)
		}
	}
}

// TestProfilesAreCapped: "seconds" of a profile had no bound (issue 13).
func TestProfilesAreCapped(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"", ""},
		{"?seconds=5", "5"},
		{"?seconds=60", "60"},
		{"?seconds=61&debug=1", "60"},
		{"?seconds=1e9", "60"},
		{"?seconds=NaN", "60"},
		{"?seconds=many", "many"},
	} {
		got := "not called"
		capped(func(_ http.ResponseWriter, r *http.Request) { got = r.FormValue("seconds") }).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/debug/pprof/trace"+c.query, nil))
		if got != c.want {
			t.Errorf("%s: seconds=%s, want %q", c.query, got, c.want)
		}
	}
}
