package ads

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/playback/config"
)

// TestTrace: the record says what was asked and answered at each hop, when, and
// nothing of who watches.
func TestTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := map[string]string{
			"ads.example": document(wrapper("w", "http://hop.example/?t=[TRANSACTIONID]&ip=[DEVICEIP]&c=[GDPRCONSENT]&token=abc"), wrapper("dead", "http://dead.example/")),
			"hop.example": document(ad("", "a30", "00:00:30")),
		}
		d := New(Options{
			Fetcher: fetch(func(_ context.Context, r egress.Request) (*egress.Response, error) {
				host := r.URL[len("http://") : strings.Index(r.URL, "example")+len("example")]
				<-time.After(time.Duration(len(host)) * time.Millisecond)
				if body, ok := answers[host]; ok {
					return &egress.Response{Status: 200, Header: http.Header{"Content-Type": {"text/xml"}}, Body: []byte(body)}, nil
				}
				return nil, fmt.Errorf("dial %s for %s", host, "203.0.113.77")
			}),
			Renditions: &shelf{durations: map[string]int64{"a30": 30_000_000}},
		})
		r := request()
		r.Session = viewer()
		r.Session.AdsParams["GDPRCONSENT"] = tcf
		r.Settings.AdDecisionServerURL = "http://ads.example/?c=[player_params.gdpr_consent]&ip=[session.client_ip]&x=[scte.event_id]&sid=[session.uuid]"
		r.Settings.Server = config.AdDecisionServer{Method: "POST", Body: "{{player_params.nobody}}12345", Headers: map[string]string{"Authorization": "secret"}}
		r.Trace = &adserver.Trace{}
		if got := summary(d.Decide(t.Context(), r)); got != "a30 -dead:ads_error =" {
			t.Fatal(got)
		}
		text, err := json.Marshal(r.Trace)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{tcf, "secret", "203.0.113.77", "abc"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s is in %s", secret, text)
			}
		}
		want := &adserver.Trace{
			Method: "POST", URL: "http://ads.example/?c=REDACTED&ip=203.0.113.0&x=&sid=" + r.Session.ID, BodyBytes: 5,
			Headers: []string{"Accept", "Authorization", "X-Device-Ip", "X-Forwarded-For"},
			Empty:   []string{"scte.event_id", "player_params.nobody"},
			Hops: []adserver.Hop{
				{Status: 200, Took: 11_000, Type: "text/xml", Bytes: len(answers["ads.example"])},
				{Status: 200, Took: 11_000, Type: "text/xml", Bytes: len(answers["hop.example"]), Body: answers["hop.example"]},
				{URL: "http://dead.example/", Took: 12_000, Reason: avail.AdsError, Fault: adserver.FaultIO, Error: "dial dead.example for 203.0.113.0"},
			},
		}
		want.Hops[0].URL = want.URL
		want.Hops[0].Body = strings.ReplaceAll(answers["ads.example"], "token=abc", "token=REDACTED")
		want.Hops[1].URL = r.Trace.Hops[1].URL // a transaction id
		if !reflect.DeepEqual(r.Trace, want) {
			t.Errorf("got  %+v\nwant %+v", r.Trace, want)
		}
		if u := r.Trace.Hops[1].URL; !strings.HasPrefix(u, "http://hop.example/?t=") || !strings.HasSuffix(u, "&ip=203.0.113.0&c=REDACTED&token=REDACTED") {
			t.Error(u)
		}
	})
}

// TestTraceIsBounded: a response that makes many large requests leaves no large
// record.
func TestTraceIsBounded(t *testing.T) {
	var wrappers []string
	for i := range 49 {
		wrappers = append(wrappers, wrapper(fmt.Sprint(i), fmt.Sprintf("http://w.example/%d?%s", i, strings.Repeat("x", 10_000))))
	}
	large := strings.Replace(document(ad("", "a30", "30")), "<VAST", "<!--"+strings.Repeat("ü", 20_000)+"--><VAST", 1)
	d := New(Options{
		Fetcher: fetch(func(_ context.Context, r egress.Request) (*egress.Response, error) {
			body := large
			if r.URL == request().Settings.AdDecisionServerURL {
				body = document(wrappers...)
			}
			return &egress.Response{Status: 200, Header: http.Header{"Content-Type": {strings.Repeat("t", 10_000)}}, Body: []byte(body)}, nil
		}),
		Renditions: &shelf{},
	})
	r := request()
	r.Trace = &adserver.Trace{}
	d.Decide(t.Context(), r)
	text, err := json.Marshal(r.Trace)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Trace.Hops); n != 50 || len(text) > 128<<10+n*(4<<10+2*adserver.MaxText) {
		t.Errorf("%d hops, %d bytes", n, len(text))
	}
}

// TestTraceOfNoRequest: what could not be asked, or read, says why.
func TestTraceOfNoRequest(t *testing.T) {
	d := New(Options{
		Fetcher: fetch(func(context.Context, egress.Request) (*egress.Response, error) {
			return &egress.Response{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte("<html>")}, nil
		}),
		Renditions: &shelf{},
	})
	for target, want := range map[string]string{
		"http://[player_params.idfa]/": "the host of the ad request URL contains a variable",
		"http://ads.example/":          "text/html",
	} {
		r := request()
		r.Settings.AdDecisionServerURL, r.Trace = target, &adserver.Trace{}
		d.Decide(t.Context(), r)
		if !strings.Contains(r.Trace.Error, want) {
			t.Errorf("%s: %+v", target, r.Trace)
		}
	}
}

// TestWaitedInTrace: a request that got no turn says so, and how long it waited.
func TestWaitedInTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{
			Fetcher: fetch(func(ctx context.Context, _ egress.Request) (*egress.Response, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}),
			Renditions: &shelf{}, Concurrency: 1,
		})
		first := request()
		first.Settings.AdsRequestTimeout = 5 * time.Second
		go d.Decide(t.Context(), first)
		synctest.Wait() // it has the only place
		r := request()
		r.Trace = &adserver.Trace{}
		r.Settings.AdsRequestTimeout = time.Second
		if got := d.Decide(t.Context(), r); got.Reason != avail.AdsTimeout {
			t.Errorf("reason %q", got.Reason)
		}
		want := []adserver.Hop{{URL: "http://ads.example/vast", Waited: 1_000_000, Reason: avail.AdsTimeout, Fault: adserver.FaultBusy, Error: "the limit of concurrent requests to the ad server is reached: context deadline exceeded"}}
		if !reflect.DeepEqual(r.Trace.Hops, want) {
			t.Errorf("%+v", r.Trace.Hops)
		}
	})
}
