package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/ads"
	"stitcher/internal/httpapi"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/stitch/eventlog"
	"stitcher/internal/stitch/inspect"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/service"
	"stitcher/internal/store/spool"
	"stitcher/internal/tracking"
	"stitcher/internal/transcodecache"
)

// catalogue is a Registerer that keeps what is registered, by name with its labels.
type catalogue map[string][]string

var described = regexp.MustCompile(`fqName: "(\w+)".*variableLabels: \{([^}]*)\}`)

// Register implements prometheus.Registerer.
func (c catalogue) Register(x prometheus.Collector) error {
	list := make(chan *prometheus.Desc, 100)
	x.Describe(list)
	close(list)
	for d := range list {
		m := described.FindStringSubmatch(d.String())
		c[m[1]] = nil
		if m[2] != "" {
			c[m[1]] = strings.Split(m[2], ",")
		}
	}
	return nil
}

// MustRegister implements prometheus.Registerer.
func (c catalogue) MustRegister(list ...prometheus.Collector) {
	for _, x := range list {
		_ = c.Register(x) // it never fails
	}
}

// Unregister implements prometheus.Registerer.
func (c catalogue) Unregister(prometheus.Collector) bool { return false }

// TestMetrics: the metrics that dashboards and alerts are built on are there, and no
// metric has a label whose values others than the operator choose: no session, URL,
// host, ad or creative.
func TestMetrics(t *testing.T) {
	c := catalogue{}
	c.MustRegister(buildInfo())
	httpapi.NewMetrics(c)
	manifests.NewMetrics(c)
	ads.NewMetrics(c)
	service.NewMetrics(c)
	tracking.NewMetrics(c)
	transcodecache.NewMetrics(c)
	spool.NewMetrics(c)
	eventlog.New(eventlog.Options{Now: time.Now, Metrics: c})
	inspect.New(inspect.Options{Now: time.Now, Metrics: c})
	recording.New(recording.Options{Now: time.Now, Metrics: c})
	for name, labels := range map[string]string{
		"stitcher_http_requests_total":             "plane,route,code",
		"stitcher_http_request_duration_seconds":   "plane,route",
		"stitcher_origin_request_duration_seconds": "format,outcome",
		"stitcher_origin_stale_playlists_total":    "",
		"stitcher_ads_request_duration_seconds":    "outcome",
		"stitcher_ads_inflight":                    "",
		"stitcher_vast_wrapper_hops":               "",
		"stitcher_avail_seconds_total":             "channel",
		"stitcher_avail_filled_seconds_total":      "channel",
		"stitcher_avail_unfilled_seconds_total":    "channel,reason",
		"stitcher_beacons_total":                   "event,outcome",
		"stitcher_beacon_queue_depth":              "",
		"stitcher_beacon_delay_seconds":            "",
		"stitcher_transcode_jobs":                  "state",
		"stitcher_transcode_duration_seconds":      "",
		"stitcher_transcodecache_bytes":            "",
		"stitcher_transcodecache_hits_total":       "",
		"stitcher_sessions_active":                 "",
		"stitcher_manifest_rule_violations_total":  "rule,by",
		"stitcher_build_info":                      "",
	} {
		got, ok := c[name]
		if !ok {
			t.Errorf("there is no %s", name)
		} else if strings.Join(got, ",") != labels {
			t.Errorf("%s has the labels %v, want %s", name, got, labels)
		}
	}
	closed := []string{
		"plane", "route", "code", "format", "outcome", "reason", "event", "rule", "by", "state", "stage", "result", "cause",
		"channel", "configuration", // an operator makes them, 1,000 at most
	}
	for name, labels := range c {
		if !strings.HasPrefix(name, "stitcher_") {
			t.Errorf("%s is not called stitcher_…", name)
		}
		for _, l := range labels {
			if !slices.Contains(closed, l) {
				t.Errorf("%s has the label %s, whose values are not known to be a closed set", name, l)
			}
		}
	}
}
