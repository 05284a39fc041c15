package viewer

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"stitcher/api/apitest"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/clientside"
	"stitcher/internal/stitch/service"
	"stitcher/internal/stitch/service/start"
	"stitcher/internal/transcodecache"
)

// What the program wires to the plane.
var (
	_ Service = (*service.Service)(nil)
	_ Files   = (*transcodecache.Cache)(nil)
)

var update = flag.Bool("update", false, "rewrite the goldens")

const (
	ownHash     = "6b4a4f9bd8be4e9d2f0a2c1e8f3d5a7b9c0e1f23"
	otherHash   = "0123456789abcdef0123456789abcdef01234567"
	someSession = "e039fd39-09f0-46b2-aca9-9871cc116cde"
)

// fakeService records what it is asked and answers from its functions.
type fakeService struct {
	started  []start.Request
	resumed  []string
	segments []service.SegmentRequest
	mpds     []service.MPDRequest
	tracking service.TrackingRequest

	dashSegments []service.DASHSegmentRequest
	// session is what Start and Resume answer, unless err is set.
	session playback.Session
	err     error
	// media answers media playlists; nil answers a line with the call.
	media func(ctx context.Context, configuration, session string, n int, dst []byte) ([]byte, error)
	file  string
}

func newFakeService() *fakeService {
	return &fakeService{
		session: playback.Session{ID: someSession},
		file:    "a1b2c3/v0_00001.ts",
	}
}

func (f *fakeService) Start(_ context.Context, r start.Request) (*playback.Session, error) {
	f.started = append(f.started, r)
	if f.err != nil {
		return nil, f.err
	}
	s := f.session
	s.Configuration, s.Asset = r.Configuration, r.Asset
	return &s, nil
}

func (f *fakeService) Resume(_ context.Context, configuration, session string) (*playback.Session, error) {
	f.resumed = append(f.resumed, session)
	if f.err != nil {
		return nil, f.err
	}
	s := f.session
	s.ID, s.Configuration = session, configuration
	return &s, nil
}

func (f *fakeService) Multivariant(_ context.Context, _ *playback.Session, prefix string, dst []byte) ([]byte, error) {
	if f.err != nil {
		return nil, f.err
	}
	dst = append(dst, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1280000\n"...)
	return append(dst, prefix+"0.m3u8\n"...), nil
}

func (f *fakeService) MediaPlaylist(ctx context.Context, configuration, session string, n int, dst []byte) ([]byte, error) {
	if f.err != nil {
		return nil, f.err
	}
	if f.media != nil {
		return f.media(ctx, configuration, session, n, dst)
	}
	return append(dst, "#EXTM3U\n## "+configuration+" "+session+" "+strconv.Itoa(n)+"\n"...), nil
}

func (f *fakeService) Segment(_ context.Context, r service.SegmentRequest) (string, error) {
	f.segments = append(f.segments, r)
	return f.file, f.err
}

func (f *fakeService) Tracking(_ context.Context, r service.TrackingRequest) (clientside.Answer, error) {
	f.tracking = r
	return clientside.Answer{Body: []byte(`{"avails":[],"session":"` + r.Session + `"}`), Gzip: r.Gzip, Tag: 7}, f.err
}

func (f *fakeService) StartMPD(ctx context.Context, r start.Request) (*playback.Session, error) {
	r.Protocol = playback.DASH
	return f.Start(ctx, r)
}

func (f *fakeService) MPD(_ context.Context, r service.MPDRequest, dst []byte) (service.MPDAnswer, error) {
	f.mpds = append(f.mpds, r)
	const tag = 0xabc
	if r.Known == tag {
		return service.MPDAnswer{Tag: tag, NotModified: true}, f.err
	}
	return service.MPDAnswer{Tag: tag, Body: append(dst, "<MPD/>"...)}, f.err
}

func (f *fakeService) DASHSegment(_ context.Context, r service.DASHSegmentRequest) (string, error) {
	f.dashSegments = append(f.dashSegments, r)
	return f.file, f.err
}

// fakeFiles is a directory of files by asset.
type fakeFiles struct {
	dir string
	err error
}

func (f fakeFiles) Open(_ context.Context, asset, name string) (*os.File, error) {
	if f.err != nil {
		return nil, f.err
	}
	return os.Open(filepath.Join(f.dir, asset, name))
}

// newFiles puts one segment of 1,000 bytes of each type on disk.
func newFiles(t testing.TB) fakeFiles {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a1b2c3", "folder.ts"), 0o750); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{".ts", ".m4s", ".mp4", ".aac", ".vtt", ".log"} {
		name := filepath.Join(dir, "a1b2c3", "v0_00001"+suffix)
		if err := os.WriteFile(name, []byte(strings.Repeat("0123456789", 100)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return fakeFiles{dir: dir}
}

// newPlane is a plane with fixed time and request ids; change edits its options.
func newPlane(t testing.TB, fake Service, change func(*Options)) http.Handler {
	t.Helper()
	o := Options{
		Service:      fake,
		Files:        newFiles(t),
		Log:          slog.New(slog.DiscardHandler),
		Hash:         ownHash,
		Ready:        http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }),
		Now:          func() time.Time { return time.Unix(0, 0) },
		NewRequestID: func() string { return "req-1" },
	}
	if change != nil {
		change(&o)
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// do asks the plane; path may be anything that a client may write into a
// request line. Every answer is held against the OpenAPI document.
func do(t testing.TB, h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	apitest.Handler(t, h).ServeHTTP(w, r)
	return w
}

func TestNewRefusesOptions(t *testing.T) {
	good := Options{Service: newFakeService(), Files: fakeFiles{}, Log: slog.Default(), Hash: ownHash}
	for name, change := range map[string]func(*Options){
		"no service":           func(o *Options) { o.Service = nil },
		"no files":             func(o *Options) { o.Files = nil },
		"no log":               func(o *Options) { o.Log = nil },
		"no hash":              func(o *Options) { o.Hash = "" },
		"hash with a slash":    func(o *Options) { o.Hash = "a/b" },
		"relative public URL":  func(o *Options) { o.PublicURL = "/ssai" },
		"public URL of no web": func(o *Options) { o.PublicURL = "ftp://example.com" },
		"public URL, query":    func(o *Options) { o.PublicURL = "https://example.com/?a=b" },
		"public URL, broken":   func(o *Options) { o.PublicURL = "https://exa mple.com/" },
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			change(&o)
			if _, err := New(o); err == nil {
				t.Error("New accepted it")
			}
		})
	}
	if _, err := New(good); err != nil {
		t.Errorf("New(good) = %v", err)
	}
}
