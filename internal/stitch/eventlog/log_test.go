package eventlog

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
)

// TestKinds: the set of events is closed, and each has a kind.
func TestKinds(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil {
			return true
		}
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		named++
		if _, ok := kinds[Event(name)]; !ok {
			t.Errorf("%s has no kind", name)
		}
		return true
	})
	if named != len(kinds) {
		t.Errorf("%d events are named and %d have a kind", named, len(kinds))
	}
}

func newLog(t *testing.T, into *bytes.Buffer, now func() time.Time) *Log {
	t.Helper()
	return New(Options{
		Log: slog.New(slog.NewJSONHandler(into, nil)), Account: "123456789012", Customer: "0123abcd",
		Now: now, Metrics: prometheus.NewRegistry(),
	})
}

func configured(t *testing.T, logs string) *config.Configuration {
	t.Helper()
	r, err := config.ParseLogsRequest([]byte(`{"PlaybackConfigurationName":"news","PercentEnabled":100` + logs + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return &config.Configuration{Name: "news", Log: &r.Log}
}

func TestWants(t *testing.T) {
	plain := configured(t, "")
	excludes := configured(t, `,"AdsInteractionLog":{"ExcludeEventTypes":["VAST_RESPONSE"]},"ManifestServiceInteractionLog":{"ExcludeEventTypes":["PARSING_ERROR"]}`)
	optsIn := configured(t, `,"AdsInteractionLog":{"PublishOptInEventTypes":["RAW_ADS_RESPONSE"]}`)
	none, sampled, debug := &playback.Session{}, &playback.Session{Sampled: true}, &playback.Session{Debug: true}
	l := newLog(t, &bytes.Buffer{}, time.Now)
	for name, c := range map[string]struct {
		log     *Log
		c       *config.Configuration
		session *playback.Session
		event   Event
		want    bool
	}{
		"no log":               {nil, plain, debug, FilledAvail, false},
		"not sampled":          {l, plain, none, FilledAvail, false},
		"sampled":              {l, plain, sampled, FilledAvail, true},
		"debug":                {l, plain, debug, FilledAvail, true},
		"excluded":             {l, excludes, sampled, VASTResponse, false},
		"others":               {l, excludes, sampled, FilledAvail, true},
		"manifest, excluded":   {l, excludes, sampled, ParsingError, false},
		"excluded, debug":      {l, excludes, debug, VASTResponse, true},
		"not opted in":         {l, plain, sampled, RawAdsResponse, false},
		"not opted in, debug":  {l, plain, debug, RawAdsResponse, false},
		"opted in":             {l, optsIn, sampled, RawAdsResponse, true},
		"opted in, debug":      {l, optsIn, debug, RawAdsResponse, true},
		"debug only":           {l, plain, sampled, GeneratedManifest, false},
		"debug only, debug":    {l, plain, debug, GeneratedManifest, true},
		"opted in, no session": {l, optsIn, none, RawAdsResponse, false},
	} {
		if got := c.log.Wants(c.c, c.session, c.event); got != c.want {
			t.Errorf("%s: wanted %t, want %t", name, got, c.want)
		}
	}
}

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	l := newLog(t, &b, func() time.Time { return time.Unix(1_700_000_000, 0) })
	p := &playback.Session{ID: "e039", Configuration: "news", Protocol: playback.DASH}
	l.Write(p, FilledAvail, strings.Repeat("x", MaxText+1), slog.Int("n", 1))
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if text, _ := line["eventDescription"].(string); len(text) != MaxText {
		t.Errorf("the description has %d bytes", len(text))
	}
	for name, want := range map[string]any{
		"log": "AdDecisionServerInteractions", "eventType": "FILLED_AVAIL", "eventTimestamp": "2023-11-14T22:13:20Z",
		"sessionType": "DASH", "awsAccountId": "123456789012", "customerId": "0123abcd", "originId": "news",
		"sessionId": "e039", "n": 1.0,
	} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v", name, line[name], want)
		}
	}
	b.Reset()
	l.Write(&playback.Session{}, ParsingError, "")
	if text := b.String(); !strings.Contains(text, `"log":"ManifestService"`) || !strings.Contains(text, `"sessionType":"HLS"`) {
		t.Errorf("line %s", text)
	}
}

// TestBound: a burst is written, then so many lines a second, and the rest is counted.
func TestBound(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(0, 0)
	l := newLog(t, &b, func() time.Time { return now })
	write := func(n int) (lines int) {
		b.Reset()
		for range n {
			l.Write(&playback.Session{}, FilledAvail, "")
		}
		return bytes.Count(b.Bytes(), []byte("\n"))
	}
	if n := write(burst + 10); n != burst {
		t.Errorf("%d lines at once, want %d", n, burst)
	}
	now = now.Add(time.Second)
	if n := write(perSecond + 5); n != perSecond {
		t.Errorf("%d lines a second later, want %d", n, perSecond)
	}
	if n := testutil.ToFloat64(l.dropped); n != 15 {
		t.Errorf("%v lines were counted as dropped, want 15", n)
	}
}
