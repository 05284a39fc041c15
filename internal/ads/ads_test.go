package ads

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/playback"
)

// client is a Fetcher over a RoundTripper, at which faults are injected.
type client struct{ transport http.RoundTripper }

func (c client) Do(ctx context.Context, r egress.Request) (*egress.Response, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, nil)
	if err != nil {
		return nil, err
	}
	request.Header = r.Header
	response, err := (&http.Client{Transport: c.transport}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, r.MaxBytes))
	return &egress.Response{Status: response.StatusCode, Header: response.Header, Body: body}, err
}

// roundTrip is a RoundTripper of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is a response with a body.
func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

// shelf is Renditions of a fixed content, by the file name of the media URL.
type shelf struct {
	durations map[string]int64
	reasons   map[string]avail.Reason

	mu    sync.Mutex
	asked []string
}

func (s *shelf) Lookup(_ context.Context, profile string, c avail.Creative) (*avail.Asset, avail.Reason) {
	name := c.URL[strings.LastIndexByte(c.URL, '/')+1:]
	s.mu.Lock()
	s.asked = append(s.asked, name)
	s.mu.Unlock()
	if reason := s.reasons[name]; reason != "" {
		return nil, reason
	}
	if d := s.durations[name]; d != 0 {
		return &avail.Asset{ID: "asset-" + name, Creative: c.Key, Profile: profile, Duration: d}, ""
	}
	return nil, avail.CreativeNew
}

// beacons records reports.
type beacons struct {
	mu  sync.Mutex
	got []string
	// transactions are what macros tell of each, with the break's position and
	// length.
	transactions []string
}

func (b *beacons) Report(_ context.Context, e avail.AdError, session *playback.Session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, fmt.Sprintf("%s %d %s", session.ID, e.Code, strings.Join(e.URLs, " ")))
	b.transactions = append(b.transactions, fmt.Sprintf("%s at %d, %d", e.TransactionID, e.BreakPosition, e.BreakMaxDuration))
}

// ad is an inline ad: "name duration", its file of that name.
func ad(attributes, name, duration string) string {
	return fmt.Sprintf(`<Ad id="%s" %s><InLine><AdSystem>s</AdSystem><AdTitle>t</AdTitle><Error>http://e/%[1]s</Error>`+
		`<Impression>http://i/%[1]s</Impression><Creatives><Creative><Linear><Duration>%[3]s</Duration>`+
		`<MediaFiles><MediaFile delivery="progressive" type="video/mp4">http://m.example/%[1]s</MediaFile></MediaFiles>`+
		`</Linear></Creative></Creatives></InLine></Ad>`, name, attributes, duration)
}

// wrapper is a wrapper ad.
func wrapper(name, url string) string {
	return fmt.Sprintf(`<Ad id="%s"><Wrapper><Error>http://e/%[1]s</Error><VASTAdTagURI>%s</VASTAdTagURI></Wrapper></Ad>`, name, url)
}

// document is a response of ads.
func document(ads ...string) string {
	return `<VAST version="4.0">` + strings.Join(ads, "") + `</VAST>`
}

// content is content whose profile is known.
type content string

func (c content) Profile() (string, avail.Reason, bool)        { return string(c), "", true }
func (c content) Await(context.Context) (string, avail.Reason) { return string(c), "" }
func (content) Want(avail.Creative)                            {}

// request is a request of a session for 30 seconds.
func request() Request {
	return Request{
		Settings: Settings{AdDecisionServerURL: "http://ads.example/vast"},
		Session: &playback.Session{
			ID: "6ba7b810-9dad-41d1-80b4-00c04fd430c8", Number: 42, Configuration: "c", Reporting: "server",
			Viewer: playback.Viewer{IP: "203.0.113.7", UserAgent: "Player/1.0"},
		},
		Avail:     avail.Avail{Key: avail.Key{Sequence: 100}, Duration: 30_000_000, Start: 1_700_000_000_123_456},
		Index:     3,
		Available: 30_000_000,
		Content:   content("p"),
		Start:     100,
	}
}

// clock is a fixed time.
func clock() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// decider is a Decider over a RoundTripper and a shelf.
func decider(t testing.TB, transport http.RoundTripper, s *shelf, b *beacons) *Decider {
	t.Helper()
	o := Options{
		Fetcher: client{transport}, Renditions: s, Now: clock, Random: func() uint64 { return 1234567890123 },
		Log: slog.New(slog.DiscardHandler), ServerUA: "stitcher/test",
	}
	if b != nil {
		o.Errors = b
	}
	return New(o)
}

// summary is a decision in one line.
func summary(d avail.Decision) string {
	var out strings.Builder
	for _, it := range d.Items {
		fmt.Fprintf(&out, "%s ", strings.TrimPrefix(it.Asset, "asset-"))
	}
	for _, s := range d.Skips {
		fmt.Fprintf(&out, "-%s:%s ", s.AdID, s.Reason)
	}
	if d.Slate != nil {
		fmt.Fprintf(&out, "+%s ", strings.TrimPrefix(d.Slate.Asset, "asset-"))
	}
	return out.String() + "=" + string(d.Reason)
}
