package httpapi

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := NewMetrics(reg)
	route := m.Route("viewer", "/v1/x")
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() { route.Observe(200, time.Millisecond) })
	}
	wait.Wait()
	route.Observe(404, time.Second)
	route.Observe(0, time.Second)
	route.Observe(1000, time.Second)
	m.Route("admin", "/v1/x").Observe(200, time.Second)
	want := `# HELP stitcher_http_requests_total HTTP requests by plane, route pattern and status; 499 means that the client closed the connection before the response.
# TYPE stitcher_http_requests_total counter
stitcher_http_requests_total{code="200",plane="admin",route="/v1/x"} 1
stitcher_http_requests_total{code="200",plane="viewer",route="/v1/x"} 10
stitcher_http_requests_total{code="404",plane="viewer",route="/v1/x"} 1
stitcher_http_requests_total{code="500",plane="viewer",route="/v1/x"} 2
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "stitcher_http_requests_total"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(reg, "stitcher_http_request_duration_seconds"); err != nil || n != 2 {
		t.Errorf("%d histograms (%v), want one a plane and route", n, err)
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
}

func TestNoMetrics(t *testing.T) {
	var m *Metrics
	m.Route("viewer", "/v1/x").Observe(200, time.Second)
}

func TestObserveAllocatesNothing(t *testing.T) {
	route := NewMetrics(prometheus.NewRegistry()).Route("viewer", "/v1/x")
	if n := testing.AllocsPerRun(100, func() { route.Observe(200, time.Millisecond) }); n > 0 {
		t.Errorf("%.0f allocations a request", n)
	}
}
