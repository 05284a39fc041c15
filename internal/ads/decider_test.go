package ads

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
)

// TestRequest: what an ad server sees of a viewer, on every hop alike (field
// failure B-55).
func TestRequest(t *testing.T) {
	type seen struct {
		uri    string
		header http.Header
	}
	var mu sync.Mutex
	var got []seen
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		got = append(got, seen{r.URL.RequestURI(), r.Header})
		mu.Unlock()
		if strings.HasPrefix(r.URL.Path, "/wrapped") {
			fmt.Fprint(w, document(ad("", "a30", "00:00:30")))
			return
		}
		fmt.Fprint(w, document(wrapper("w", "/wrapped?t=[TRANSACTIONID]&s=[SERVERSIDE]")))
	}))
	defer server.Close()
	r := request()
	r.Settings.AdDecisionServerURL = server.URL + "/vast/[player_params.zone]?cb=[CACHEBUSTING]&d=[session.avail_duration_secs]&t=[TRANSACTIONID]&ip=[session.client_ip]"
	r.Session.AdsParams = map[string]string{"zone": "a/b c"}
	r.Session.Viewer.ForwardedFor = "203.0.113.7, 10.0.0.1"
	r.Session.Viewer.AcceptLanguage = "en"
	r.Session.Viewer.Referer = "https://site.example/"
	d := New(Options{
		Fetcher:    egress.New(egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
		Renditions: &shelf{durations: map[string]int64{"a30": 30_000_000}},
		Random:     func() uint64 { return 1234567890123 },
	})
	if s := summary(d.Decide(t.Context(), r)); s != "a30 =" {
		t.Fatal(s)
	}
	if len(got) != 2 {
		t.Fatalf("%d requests", len(got))
	}
	const id = "&t="
	_, transaction, _ := strings.Cut(got[0].uri, id)
	transaction, _, _ = strings.Cut(transaction, "&")
	if want := "/vast/a%2Fb%20c?cb=67890123&d=30&t=" + transaction + "&ip=203.0.113.7"; got[0].uri != want || len(transaction) != 36 {
		t.Errorf("asked for %s, want %s", got[0].uri, want)
	}
	if want := "/wrapped?t=" + transaction + "&s=2"; got[1].uri != want {
		t.Errorf("wrapper asked for %s, want %s", got[1].uri, want)
	}
	for _, g := range got {
		for name, want := range map[string]string{
			"User-Agent": "Player/1.0", "X-Device-User-Agent": "Player/1.0", "X-Device-IP": "203.0.113.7",
			"X-Forwarded-For": "203.0.113.7, 10.0.0.1", "Accept-Language": "en", "X-Device-Accept-Language": "en",
			"Referer": "https://site.example/", "X-Device-Referer": "https://site.example/",
		} {
			if v := g.header.Get(name); v != want {
				t.Errorf("%s: %s is %q, want %q", g.uri, name, v, want)
			}
		}
	}
}

// timeout is a transport's own timeout.
type timeout struct{ error }

func (timeout) Timeout() bool { return true }

// TestFaults: a fault is a reason, and slate stands in where there is one.
func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		want   avail.Reason
	}{
		"connection refused": {func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") }, avail.AdsError},
		"transport timeout":  {func(*http.Request) (*http.Response, error) { return nil, timeout{errors.New("slow")} }, avail.AdsTimeout},
		"no such host": {func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "ads.example", IsNotFound: true}
		}, avail.AdsError},
		"resolver timeout": {func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Err: "i/o timeout", Name: "ads.example", IsTimeout: true}
		}, avail.AdsTimeout},
		"private address": {func(*http.Request) (*http.Response, error) { return nil, egress.ErrBlocked }, avail.AdsError},
		"400":             {func(*http.Request) (*http.Response, error) { return answer(400, document(ad("", "a30", "30"))), nil }, avail.AdsError},
		"304":             {func(*http.Request) (*http.Response, error) { return answer(304, ""), nil }, avail.AdsError},
		"500":             {func(*http.Request) (*http.Response, error) { return answer(500, document(ad("", "a30", "30"))), nil }, avail.AdsError},
		"204":             {func(*http.Request) (*http.Response, error) { return answer(204, ""), nil }, avail.AdsEmpty},
		"empty body":      {func(*http.Request) (*http.Response, error) { return answer(200, ""), nil }, avail.AdsEmpty},
		"no ad":           {func(*http.Request) (*http.Response, error) { return answer(200, document()), nil }, avail.AdsEmpty},
		"HTML":            {func(*http.Request) (*http.Response, error) { return answer(200, "<html>oops</html>"), nil }, avail.VASTInvalid},
		"cut short": {func(*http.Request) (*http.Response, error) {
			return answer(200, document(ad("", "a30", "30"))[:99]), nil
		}, avail.VASTInvalid},
		"VMAP": {func(*http.Request) (*http.Response, error) { return answer(200, `<vmap:VMAP xmlns:vmap="v"/>`), nil }, avail.AdsEmpty},
		"local wrapper": {func(*http.Request) (*http.Response, error) {
			return answer(200, document(wrapper("w", "file:///etc/passwd"))), nil
		}, avail.WrapperInvalid},
		"endless wrappers": {func(r *http.Request) (*http.Response, error) {
			return answer(200, document(wrapper("w", "http://w.example/"+r.URL.Path+"x"))), nil
		}, avail.WrapperLimit},
	} {
		t.Run(name, func(t *testing.T) {
			d := decider(t, roundTrip(tc.answer), &shelf{durations: map[string]int64{"a30": 30_000_000, "slate": 1_000_000}}, nil)
			r := request()
			r.Settings.SlateURL = "http://s.example/slate"
			got := d.Decide(t.Context(), r)
			if got.Reason != tc.want || len(got.Items) != 0 || got.Slate == nil {
				t.Errorf("got %s, want %s", summary(got), tc.want)
			}
		})
	}
}

// TestFailingWrapperLeavesTheOthers is field failure B-52 at this level.
func TestFailingWrapperLeavesTheOthers(t *testing.T) {
	d := decider(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		switch r.URL.Host {
		case "ads.example":
			return answer(200, document(wrapper("dead", "http://dead.example/"), ad("", "a10", "10"), wrapper("live", "http://live.example/"))), nil
		case "live.example":
			return answer(200, document(ad("", "a20", "20"))), nil
		}
		return nil, errors.New("no such host")
	}), &shelf{durations: map[string]int64{"a10": 10_000_000, "a20": 20_000_000}}, nil)
	if got := summary(d.Decide(t.Context(), request())); got != "a10 a20 -dead:ads_error =" {
		t.Error(got)
	}
}

// TestErrorBeacons: every ad that is not shown tells its chain why, with the
// code of VAST; a response without ad tells its own.
func TestErrorBeacons(t *testing.T) {
	b := &beacons{}
	d := decider(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		switch r.URL.Host {
		case "ads.example":
			return answer(200, document(wrapper("w", "http://empty.example/"), ad("", "new", "30"), ad("", "a10", "10"), ad("", "a10", "10"), ad("", "a40", "40"))), nil
		case "empty.example":
			return answer(200, `<VAST version="4.0"><Error>http://e/root</Error></VAST>`), nil
		}
		return nil, errors.New("no such host")
	}), &shelf{durations: map[string]int64{"a10": 10_000_000}}, b)
	r := request()
	d.Decide(t.Context(), r)
	r.Settings.AdDecisionServerURL = "http://empty.example/"
	d.Decide(t.Context(), r)
	want := []string{"303 http://e/w http://e/root", "407 http://e/new", "202 http://e/a40", "303 http://e/root"}
	for i := range want {
		want[i] = r.Session.ID + " " + want[i]
	}
	if !slices.Equal(b.got, want) {
		t.Errorf("reported\n%s\nwant\n%s", strings.Join(b.got, "\n"), strings.Join(want, "\n"))
	}
}

// fetch is a Fetcher of one function.
type fetch func(ctx context.Context, r egress.Request) (*egress.Response, error)

func (f fetch) Do(ctx context.Context, r egress.Request) (*egress.Response, error) { return f(ctx, r) }

// TestTime: a silent ad server costs its timeout and a slow chain the budget,
// to the tick and no more.
func TestTime(t *testing.T) {
	silent := func(ctx context.Context, _ egress.Request) (*egress.Response, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	slowChain := func(ctx context.Context, r egress.Request) (*egress.Response, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(900 * time.Millisecond):
			return &egress.Response{Status: 200, Body: []byte(document(wrapper("w", r.URL+"x")))}, nil
		}
	}
	for name, tc := range map[string]struct {
		fetch           fetch
		timeout, budget time.Duration
		want            time.Duration
	}{
		"timeout":                {silent, time.Second, 4 * time.Second, time.Second},
		"default timeout":        {silent, 0, 0, 3 * time.Second},
		"budget before timeout":  {silent, 5 * time.Second, 2 * time.Second, 2 * time.Second},
		"chain ends with budget": {slowChain, time.Second, 2 * time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := New(Options{Fetcher: tc.fetch, Renditions: &shelf{}})
				r := request()
				r.Settings.AdsRequestTimeout, r.Settings.Budget = tc.timeout, tc.budget
				begin := time.Now()
				got := d.Decide(t.Context(), r)
				if took := time.Since(begin); took != tc.want {
					t.Errorf("took %s, want exactly %s", took, tc.want)
				}
				if got.Reason != avail.AdsTimeout {
					t.Errorf("reason %q", got.Reason)
				}
			})
		})
	}
}

// TestComplaints: an ad server that is down is logged once and not for every
// viewer, and never with the URL, which names the viewer (field failure B-64).
func TestComplaints(t *testing.T) {
	var log strings.Builder
	now := clock()
	d := New(Options{
		Fetcher:    client{roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") })},
		Renditions: &shelf{}, Now: func() time.Time { return now },
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	r := request()
	r.Settings.AdDecisionServerURL = "http://ads.example/?ip=[session.client_ip]"
	for range 100 {
		d.Decide(t.Context(), r)
	}
	now = now.Add(quiet)
	d.Decide(t.Context(), r)
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("%d lines, want 2:\n%s", n, log.String())
	}
	if strings.Contains(log.String(), r.Session.Viewer.IP) || !strings.Contains(log.String(), "refused") {
		t.Error(log.String())
	}
}
