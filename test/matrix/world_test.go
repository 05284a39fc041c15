package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/api/apitest"
	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/httpapi"
	"stitcher/internal/httpapi/viewer"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/playback/prefetch"
	"stitcher/internal/stitch/admission"
	"stitcher/internal/stitch/eventlog"
	"stitcher/internal/stitch/events"
	"stitcher/internal/stitch/inspect"
	"stitcher/internal/stitch/journal"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/service"
	"stitcher/internal/store/sqlite"
	"stitcher/internal/tracing"
	"stitcher/internal/tracking"
	"stitcher/internal/transcodecache/profile"
)

const (
	configuration = "matrix"
	originURL     = "http://origin.example"
	adsURL        = "http://ads.example/vast?d=[session.avail_duration_secs]&s=[session.id]&a=[scte.event_id]"
)

// retention is how long recordings are kept.
const retention = 5 * time.Hour

// world is the service with everything around it.
type world struct {
	t   testing.TB
	dir string
	// net answers all that the service asks of others.
	net *network
	ads *adServer
	// shelf are the prepared creatives; beacons what was triggered.
	shelf   *shelf
	beacons *beacons

	// probing has the profile of the content derived; else every profile is known.
	probing bool
	// tracked has the beacons sent; else they are counted where they are triggered.
	tracked        bool
	maxSessions    int
	rates          admission.Rates
	full           func() error
	sessionTTL     time.Duration
	registry       *prometheus.Registry
	manifests      *manifests.Manifests
	store          *sqlite.Store
	configurations *config.Configurations
	schedules      *prefetch.Schedules
	service        *service.Service
	handler        http.Handler
	stop           context.CancelFunc
	hash           string
	began          time.Time
	// log has the log events of sessions.
	log memoryLog
	// inspected has the manifests of all sessions inspected.
	inspected bool
	// tracer makes traces; nil makes none.
	tracer *tracing.Tracer
}

// memoryLog is a log in memory.
type memoryLog struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (l *memoryLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, b...)
	return len(b), nil
}

func (l *memoryLog) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.text)
}

// play runs a test in virtual time.
func play(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	n := &network{hosts: map[string]http.Handler{}, hits: map[string]int{}}
	w := &world{t: t, dir: scratch(t), net: n, maxSessions: 10_000}
	synctest.Test(t, func(t *testing.T) {
		w.t = t
		w.began = time.Now()
		w.ads = &adServer{calls: map[string]int{}}
		w.shelf = &shelf{segment: time.Second}
		w.beacons = &beacons{fired: map[string]int{}}
		n.host("ads.example", w.ads)
		w.open()
		defer w.close()
		run(t, w)
	})
}

// scratch is a directory in memory where the system has one: what these tests
// kill is the process, not the power, and a hundred stores would mostly wait
// for the disk.
func scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "matrix") //nolint:usetesting // not where TempDir is
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func newManifests(t testing.TB, f manifests.Fetcher) *manifests.Manifests {
	t.Helper()
	m, err := manifests.New(manifestsOptions(f, 2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func manifestsOptions(f manifests.Fetcher, timeout time.Duration) manifests.Options {
	return manifests.Options{
		Fetcher: f, MaxBytes: 2 << 20, Timeout: timeout, Entries: 10_000,
		Now: time.Now, Metrics: manifests.NewMetrics(prometheus.NewRegistry()),
	}
}

// open wires the service over the store in the world's directory.
func (w *world) open() {
	w.t.Helper()
	out := egress.New(egress.Options{Transport: w.net})
	w.manifests = newManifests(w.t, out)
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	var err error
	if w.store, err = sqlite.Open(w.dir, sqlite.Options{Now: time.Now}); err != nil {
		w.t.Fatal(err)
	}
	naming := awsapi.Naming{Account: "000000000000", Region: "us-east-1"}
	w.hash = naming.Hash()
	if w.configurations, err = config.New(ctx, w.store, naming); err != nil {
		w.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() && os.Getenv("MATRIX_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if w.schedules, err = prefetch.New(ctx, w.store, naming, w.configurations, time.Now); err != nil {
		w.t.Fatal(err)
	}
	decider := ads.New(ads.Options{Fetcher: out, Renditions: w.shelf, Log: log, Now: time.Now})
	w.registry = prometheus.NewRegistry()
	eventLog := eventlog.New(eventlog.Options{
		Log: slog.New(slog.NewJSONHandler(&w.log, nil)), Customer: w.hash, Now: time.Now, Metrics: w.registry,
	})
	var fired service.Beacons = w.beacons
	if w.tracked {
		journal := journal.New(w.store, log, w.registry)
		journal.Retain(retention)
		go journal.Run(ctx)
		tracker := tracking.New(tracking.Options{
			Outbox: w.store, Source: records.NewSource(w.store), Fetcher: out, Macros: plainMacros{}, Journal: journal,
			Metrics: tracking.NewMetrics(w.registry), Log: log, Tracer: w.tracer, Now: time.Now,
			Teller: &events.Logger{Log: eventLog, Configurations: w.configurations},
		})
		go tracker.Run(ctx)
		fired = tracker
	}
	recorder := recording.New(recording.Options{
		Facts: w.store, Retention: retention, Log: log, Now: time.Now, Metrics: w.registry,
	})
	go recorder.Run(ctx)
	var inspector *inspect.Inspector
	if w.inspected {
		inspector = inspect.New(inspect.Options{Every: 1, Log: slog.New(slog.NewJSONHandler(&w.log, nil)), Now: time.Now, Metrics: w.registry})
		go inspector.Run(ctx)
	}
	w.service = service.New(ctx, service.Options{
		Events: eventLog, Tracer: w.tracer, Inspector: inspector,
		Configurations: w.configurations, Manifests: w.manifests, Facts: profiled{w.store, w},
		Assets: w.shelf, Profiles: w.shelf, Prepared: w.shelf, Beacons: fired, Errors: w.beacons, Fetcher: out,
		Decisions: decider, Overlays: decider, Retriever: decider, Schedules: w.schedules,
		Hash: w.hash, MaxSessions: w.maxSessions, Rates: w.rates, Full: w.full, SessionTTL: w.sessionTTL, MaximumAvail: 300 * time.Second, Recorder: recorder,
		Log: log, Now: time.Now, Metrics: service.NewMetrics(w.registry),
	})
	go w.service.Run(ctx)
	plane, err := viewer.New(viewer.Options{Service: w.service, Files: w.shelf, Log: log, Hash: w.hash, Tracer: w.tracer, Metrics: httpapi.NewMetrics(w.registry)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.handler = apitest.Handler(w.t, plane)
}

// close ends the service as kill -9 does, as far as anyone outside can tell:
// nothing is flushed that was not durable.
func (w *world) close() {
	w.stop()
	w.manifests.Close()
	synctest.Wait()
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
}

// reopen is a kill and a start over the same directory.
func (w *world) reopen() {
	w.close()
	w.open()
}

// configure puts the playback configuration over an origin's base URL.
func (w *world) configure(source string, extra ...any) {
	w.t.Helper()
	doc := map[string]any{
		"Name": configuration, "VideoContentSourceUrl": source, "AdDecisionServerUrl": adsURL,
	}
	for i := 0; i+1 < len(extra); i += 2 {
		doc[extra[i].(string)] = extra[i+1]
	}
	b, err := json.Marshal(doc)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := config.Parse(b)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.configurations.Put(context.Background(), c); err != nil {
		w.t.Fatal(err)
	}
}

// do asks the viewer plane.
func (w *world) do(method, target string) *httptest.ResponseRecorder {
	return w.serve(httptest.NewRequest(method, target, nil))
}

func (w *world) serve(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

func (w *world) get(target string) *httptest.ResponseRecorder { return w.do(http.MethodGet, target) }

// now is how long the world has been running.
func (w *world) now() time.Duration { return time.Since(w.began) }

// until lets time pass.
func (w *world) until(at time.Duration) {
	if d := at - w.now(); d > 0 {
		time.Sleep(d)
	}
}

// network is the RoundTripper under the outgoing client.
type network struct {
	mu    sync.Mutex
	hosts map[string]http.Handler
	hits  map[string]int
	// cut, where set, answers instead of the hosts.
	cut func(*http.Request) (*http.Response, error)
}

func (n *network) host(name string, h http.Handler) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[name] = h
}

// fault sets what answers instead of the hosts; nil heals.
func (n *network) fault(f func(*http.Request) (*http.Response, error)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = f
}

func (n *network) count(url string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.hits[url]
}

// RoundTrip implements http.RoundTripper. A request that is given up is
// answered at once, as a connection's would be.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	h, cut := n.hosts[r.URL.Host], n.cut
	n.hits[r.URL.String()]++
	n.mu.Unlock()
	if cut != nil {
		if a, err := cut(r); a != nil || err != nil {
			if a != nil {
				a.Request = r
			}
			return a, err
		}
	}
	if h == nil {
		return nil, fmt.Errorf("no host %s", r.URL.Host)
	}
	done := make(chan *http.Response, 1)
	go func() {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r.Clone(r.Context()))
		a := rec.Result()
		a.Request = r
		done <- a
	}()
	select {
	case a := <-done:
		return a, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// respond is an answer of a fault.
func respond(status int, body io.Reader) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(body), ContentLength: -1,
	}
}

// profiled is the store with the profile of every content known: nothing is
// probed, unless the world is probing.
type profiled struct {
	*sqlite.Store
	w *world
}

func (p profiled) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	if strings.HasPrefix(owner, "layout/") && !p.w.probing {
		b, err := json.Marshal(profile.Profile{Segment: 1_000_000})
		return []avail.Fact{{Key: "profile", Value: b}}, rev, err
	}
	return p.Store.Since(ctx, owner, rev)
}

// shelf has every creative prepared: ad-1-N is N seconds long.
type shelf struct {
	mu      sync.Mutex
	segment time.Duration
	// fmp4 makes .m4s files with an initialization section.
	fmp4 bool
	// profile is the last one that was derived; ads have its kinds of text.
	profile profile.Profile
	made    map[string]*avail.Asset
	// keys are those that each creative was asked for by.
	keys map[string]map[string]bool
	// work is how long a creative takes to be prepared, asked when each was asked
	// for first.
	work  time.Duration
	asked map[string]time.Time
}

// Alike implements stitch.Profiles.
func (s *shelf) Alike(_ context.Context, p profile.Profile) (profile.Profile, error) {
	return p, nil
}

// AddProfile implements stitch.Profiles.
func (s *shelf) AddProfile(_ context.Context, p profile.Profile) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(p.Renditions) > 0 {
		s.profile = p
	}
	return nil
}

// text is how text rendition name is coded; nil is WebVTT alone.
func (s *shelf) text(name string) *profile.Text {
	for i := range s.profile.Renditions {
		if r := &s.profile.Renditions[i]; r.Name == name {
			return r.Text
		}
	}
	return nil
}

// Lookup implements ads.Renditions and stitch.Profiles.
func (s *shelf) Lookup(_ context.Context, _ string, c avail.Creative) (*avail.Asset, avail.Reason) {
	s.mu.Lock()
	if s.keys == nil {
		s.keys = map[string]map[string]bool{}
	}
	if s.keys[c.URL] == nil {
		s.keys[c.URL] = map[string]bool{}
	}
	s.keys[c.URL][c.Key] = true
	if s.asked == nil {
		s.asked = map[string]time.Time{}
	}
	first, known := s.asked[c.URL]
	if !known {
		first = time.Now()
		s.asked[c.URL] = first
	}
	s.mu.Unlock()
	switch {
	case time.Since(first) >= s.work:
	case known:
		return nil, avail.CreativeTranscoding
	default:
		return nil, avail.CreativeNew
	}
	a, err := s.asset(c.URL)
	if err != nil {
		return nil, avail.TranscodeFailed
	}
	return a, ""
}

// MadeAt implements stitch.Prepared.
func (s *shelf) MadeAt(_ context.Context, _ string, c avail.Creative) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.asked[c.URL].Add(s.work)
	if time.Now().Before(at) || c.AdServer != "ads.example" || c.Configuration != configuration {
		return time.Time{}, nil
	}
	return at, nil
}

// Asset implements stitch.Assets.
func (s *shelf) Asset(_ context.Context, id string) (*avail.Asset, error) { return s.asset(id) }

// Path implements viewer.Files.
func (*shelf) Open(context.Context, string, string) (*os.File, error) { return nil, os.ErrNotExist }

func (s *shelf) asset(key string) (*avail.Asset, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key = key[strings.LastIndexByte(key, '/')+1:]
	if a := s.made[key]; a != nil {
		return a, nil
	}
	var serial int
	var seconds float64
	if _, err := fmt.Sscanf(key, "ad-%d-%g", &serial, &seconds); err != nil {
		return nil, fmt.Errorf("no creative %q", key)
	}
	length := time.Duration(seconds*1000) * time.Millisecond
	a := &avail.Asset{ID: key, Creative: key, Profile: "p", Duration: length.Microseconds()}
	if len(s.profile.Renditions) > 0 {
		a.Profile = s.profile.ID()
	}
	for _, kind := range []string{"v", "a", "t"} {
		for i := range 3 {
			r := avail.AssetRendition{Name: fmt.Sprintf("%s%d", kind, i)}
			suffix := ".ts"
			if s.fmp4 {
				suffix, r.Init = ".m4s", r.Name+"_init.mp4"
			}
			if kind == "t" {
				suffix, r.Init = ".vtt", ""
				if text := s.text(r.Name); text != nil {
					suffix, r.Init = ".m4s", r.Name+"_"+text.Codec+".mp4"
				}
			}
			left := length
			for k := 0; left > 0; k++ {
				d := min(left, s.segment)
				if left-d < 500*time.Millisecond { // no slivers
					d = left
				}
				left -= d
				r.Segments = append(r.Segments, avail.AssetSegment{
					Name: fmt.Sprintf("%s_%d%s", r.Name, k, suffix), Duration: d.Microseconds(),
				})
			}
			a.Renditions = append(a.Renditions, r)
		}
	}
	if s.made == nil {
		s.made = map[string]*avail.Asset{}
	}
	s.made[key] = a
	return a, nil
}

// beacons records triggers.
type beacons struct {
	mu sync.Mutex
	// fired counts by session, avail, ad and event.
	fired    map[string]int
	triggers []avail.Trigger
	// errors are the codes that Error URLs were told.
	errors []string
}

// Report implements audience.Errors.
func (b *beacons) Report(_ context.Context, e avail.AdError, _ *playback.Session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range e.URLs {
		b.errors = append(b.errors, fmt.Sprintf("%s %d", u[strings.LastIndexByte(u, '/')+1:], e.Code))
	}
}

// Fire implements stitch.Beacons.
func (b *beacons) Fire(_ context.Context, t avail.Trigger) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.triggers = append(b.triggers, t)
	for _, e := range t.Events.Names() {
		b.fired[fmt.Sprintf("%s %s %d %s", t.Session, t.Avail, t.Ad, e)]++
	}
	return nil
}

// total counts the distinct events of a name, over all sessions.
func (b *beacons) total(event string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for k := range b.fired {
		if strings.HasSuffix(k, " "+event) {
			n++
		}
	}
	return n
}

// adServer answers every request with ads of five seconds each, as many as fit.
type adServer struct {
	mu    sync.Mutex
	calls map[string]int
	// length is how long each ad is, in seconds; 0 is 5.
	length int
	// answer, where set, answers instead.
	answer http.HandlerFunc
}

// ServeHTTP implements http.Handler.
func (a *adServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.calls[r.URL.RawQuery]++
	answer, length := a.answer, a.length
	a.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	if length == 0 {
		length = 5
	}
	d := 300.0 // an asset without markers tells no duration
	_, _ = fmt.Sscanf(r.URL.Query().Get("d"), "%f", &d)
	fmt.Fprint(w, vast(int(d)/length, length))
}

// empty answers without ads, silent not at all.
func empty(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<VAST version="3.0"/>`) }

func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// total counts the requests.
func (a *adServer) total() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, k := range a.calls {
		n += k
	}
	return n
}

// vast is a document of n ads.
func vast(n, seconds int) string {
	var b strings.Builder
	b.WriteString(`<VAST version="4.0">`)
	for i := 1; i <= n; i++ {
		name := fmt.Sprintf("ad-%d-%d", i, seconds)
		fmt.Fprintf(&b, `<Ad id="%[1]s" sequence="%[2]d"><InLine><AdSystem>m</AdSystem><AdTitle>%[1]s</AdTitle><Error>http://beacons.example/e/%[1]s</Error><Impression>http://beacons.example/i</Impression>`+
			`<Creatives><Creative id="c%[2]d"><UniversalAdId idRegistry="m">%[1]s</UniversalAdId><Linear><Duration>00:00:%02[3]d</Duration><MediaFiles>`+
			`<MediaFile delivery="progressive" type="video/mp4" width="640" height="360" bitrate="800"><![CDATA[http://media.example/%[1]s]]></MediaFile>`+
			`</MediaFiles></Linear></Creative></Creatives></InLine></Ad>`, name, i, seconds)
	}
	b.WriteString(`</VAST>`)
	return b.String()
}
