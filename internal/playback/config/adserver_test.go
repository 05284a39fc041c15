package config

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"stitcher/internal/playback"
)

// TestHTTPRequest: compression is asked for under two names and is done where
// there is a body (reference §1.4, §10).
func TestHTTPRequest(t *testing.T) {
	for name, test := range map[string]struct {
		request    string
		post, gzip bool
	}{
		"nothing":           {`{}`, false, false},
		"GET":               {`{"Method":"GET","Body":"ignored"}`, false, false},
		"POST":              {`{"Method":"POST"}`, true, false},
		"CompressRequest":   {`{"Method":"POST","CompressRequest":"GZIP"}`, true, true},
		"CompressionMethod": {`{"Method":"POST","CompressionMethod":"GZIP"}`, true, true},
		"the API's name":    {`{"Method":"POST","CompressRequest":"NONE","CompressionMethod":"GZIP"}`, true, false},
		"nothing to do":     {`{"Method":"GET","CompressRequest":"GZIP"}`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := parse(t, `{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":`+test.request+`}}`).AdDecisionServer
			if s.Post() != test.post || s.Gzip() != test.gzip {
				t.Errorf("POST %t, gzip %t", s.Post(), s.Gzip())
			}
		})
	}
	s := parse(t, `{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":{"Headers":{"content-type":"application/json"}}}}`).AdDecisionServer
	if s.Header("Content-Type") != "application/json" || s.Header("X-A") != "" {
		t.Errorf("%+v", s.Headers)
	}
}

// TestCompressionIsShown: under the API's name, beside whatever was put.
func TestCompressionIsShown(t *testing.T) {
	for put, want := range map[string]string{
		`{"HttpRequest":{"CompressionMethod":"GZIP","Method":"POST","New":[1]},"Z":1}`:         `{"HttpRequest":{"CompressRequest":"GZIP","CompressionMethod":"GZIP","Method":"POST","New":[1]},"Z":1}`,
		`{"HttpRequest":{"CompressRequest":"NONE","CompressionMethod":"GZIP","Method":"GET"}}`: `{"HttpRequest":{"CompressRequest":"NONE","CompressionMethod":"GZIP","Method":"GET"}}`,
		`{"HttpRequest":{"Method":"GET"}}`:                                                     `{"HttpRequest":{"Method":"GET"}}`,
	} {
		got := render(t, parse(t, `{"Name":"a","AdDecisionServerConfiguration":`+put+`}`))
		if !strings.Contains(got, `"AdDecisionServerConfiguration":`+want+`,`) {
			t.Errorf("%s is shown as %s", put, got)
		}
	}
}

// TestHeadersOfTheViewer holds the headers of VAST 4.3 §1.1.3: what is not known
// is not said (field failure B-55).
func TestHeadersOfTheViewer(t *testing.T) {
	all := playback.Viewer{IP: "203.0.113.7", ForwardedFor: "203.0.113.7, 192.0.2.1", UserAgent: "tv/1", Referer: "https://site.example/", AcceptLanguage: "de", RequestedWith: "com.example.app"}
	for name, test := range map[string]struct {
		viewer playback.Viewer
		want   http.Header
	}{
		"nothing": {playback.Viewer{}, http.Header{}},
		"address": {playback.Viewer{IP: "203.0.113.7"}, http.Header{"X-Device-Ip": {"203.0.113.7"}, "X-Forwarded-For": {"203.0.113.7"}}},
		"all": {all, http.Header{
			"User-Agent": {"tv/1"}, "X-Device-User-Agent": {"tv/1"}, "X-Device-Ip": {"203.0.113.7"}, "X-Forwarded-For": {"203.0.113.7, 192.0.2.1"},
			"Referer": {"https://site.example/"}, "X-Device-Referer": {"https://site.example/"},
			"Accept-Language": {"de"}, "X-Device-Accept-Language": {"de"}, "X-Device-Requested-With": {"com.example.app"},
		}},
	} {
		if got := test.viewer.Headers(); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// TestPersonalizationLimits holds the defaults of reference §1.4.
func TestPersonalizationLimits(t *testing.T) {
	for name, test := range map[string]struct {
		members           string
		request, maximum  time.Duration
		live, onDemand    int
		individualDefault bool
	}{
		"defaults":       {`"Name":"a"`, 3 * time.Second, 0, 8, 1, true},
		"the individual": {`"Name":"a","AdsPersonalizationTimeouts":{"AdsRequestTimeoutMilliseconds":250,"LiveMaximumAdsPersonalizationTimeMilliseconds":900,"VodMaximumAdsPersonalizationTimeMilliseconds":900}`, 250 * time.Millisecond, 0, 8, 1, true},
		"prefetch":       {`"Name":"a","AdsPersonalizationTimeouts":{"PrefetchAdsRequestTimeoutMilliseconds":4000,"PrefetchMaximumAdsPersonalizationTimeMilliseconds":9000}`, 4 * time.Second, 9 * time.Second, 8, 1, false},
		"parallel live":  {`"Name":"a","AdsPersonalizationConcurrency":{"MaxConcurrentAdsRequests":5}`, 3 * time.Second, 0, 5, 1, true},
		"parallel VOD":   {`"Name":"a","AdsPersonalizationConcurrency":{"MaxConcurrentAdsRequests":5,"EnableVodVastParallelization":true}`, 3 * time.Second, 0, 5, 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := parse(t, `{`+test.members+`}`)
			if c.PrefetchRequestTimeout() != test.request || c.PrefetchBudget() != test.maximum {
				t.Errorf("prefetch: %s each, %s in all", c.PrefetchRequestTimeout(), c.PrefetchBudget())
			}
			if (c.PrefetchRequestTimeout() == c.AdsRequestTimeout()) != test.individualDefault {
				t.Errorf("each other request: %s", c.AdsRequestTimeout())
			}
			if c.ParallelAds(true) != test.live || c.ParallelAds(false) != test.onDemand {
				t.Errorf("at once: %d live, %d on demand", c.ParallelAds(true), c.ParallelAds(false))
			}
		})
	}
}
