//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"stitcher/api/apitest"
)

// patience is how long anything may take that is sure to come, however busy the
// machine is.
const patience = 5 * time.Minute

// binary is the program under test, built once.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("STITCHER_E2E_BINARY"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "stitcher-e2e-bin-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "stitcher")
	out, err := exec.Command("go", "build", "-o", path, "stitcher/cmd/stitcher").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	if code, done := guard(); done {
		os.Exit(code)
	}
	flag.Parse()
	// What watches one avail has to watch it at the same time, however few
	// processors there are, and however many tests wait for the screen.
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	document, err := apitest.Load()
	if err != nil {
		panic(err)
	}
	http.DefaultClient.Transport = &apitest.Transport{
		Base: http.DefaultTransport, Document: document, Watched: planes.has, Report: planes.report,
	}
	code := m.Run()
	if planes.undocumented.Load() > 0 {
		code = 1
	}
	if err := os.RemoveAll(stock.dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if path, err := binary(); err == nil && os.Getenv("STITCHER_E2E_BINARY") == "" {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// planes are the addresses of the planes of all programs. Their answers are held
// against the OpenAPI document.
var planes apiPlanes

type apiPlanes struct {
	hosts        sync.Map
	undocumented atomic.Int64
}

// add takes the base URLs of planes.
func (p *apiPlanes) add(bases ...string) {
	for _, base := range bases {
		p.hosts.Store(strings.TrimPrefix(base, "http://"), true)
	}
}

func (p *apiPlanes) has(host string) bool {
	_, ok := p.hosts.Load(host)
	return ok
}

// report fails the run. No single test is to blame, because several use a program.
func (p *apiPlanes) report(err error) {
	p.undocumented.Add(1)
	fmt.Fprintln(os.Stderr, "not as in api/openapi.yaml:", err)
}

// program is a running `stitcher demo`.
type program struct {
	// viewer, admin and demo are the bases of its three listeners.
	viewer, admin, demo string
	dir                 string
	cmd                 *exec.Cmd
	// args are what it was started with beside addresses and the data directory.
	args   []string
	exited chan error
	log    *os.File
}

// onDemand has avails come only when cue asks for one.
const onDemand = "--avail-every=0"

// stock is a data directory with the demo's media and, prepared for both formats,
// its ads, but without sessions that anyone is in: encoding them for each test is
// what a test run would spend most of its time with.
var stock struct {
	sync.Mutex // held by the program that makes it
	dir        string
}

// takeStock puts the stock into a data directory. The first time it makes it, as a
// newcomer would, beginning with an empty directory.
func takeStock(t *testing.T, into string) {
	t.Helper()
	stock.Lock()
	defer stock.Unlock()
	if stock.dir == "" {
		dir, err := os.MkdirTemp("", "stitcher-e2e-stock-") //nolint:usetesting // it outlives the test that makes it
		if err != nil {
			t.Fatal(err)
		}
		p := newProgram(t, dir, "stock")
		p.start(t)
		p.awaitCreatives(t)
		p.stop(t)
		for _, name := range []string{"journal.jsonl", "schedule.json"} {
			if err := os.Remove(filepath.Join(dir, "demo", name)); err != nil {
				t.Fatal(err)
			}
		}
		stock.dir = dir
	}
	if err := os.CopyFS(into, os.DirFS(stock.dir)); err != nil {
		t.Fatal(err)
	}
}

// startDemo starts `stitcher demo` on free ports and a copy of the stock.
func startDemo(t *testing.T, args ...string) *program {
	t.Helper()
	dir := t.TempDir()
	takeStock(t, dir)
	p := newProgram(t, dir, strings.ReplaceAll(t.Name(), "/", "_"), args...)
	p.start(t)
	p.awaitCreatives(t)
	return p
}

// newProgram is a program that is not started yet, with a log of a name. It ends
// with the test.
func newProgram(t *testing.T, dir, name string, args ...string) *program {
	t.Helper()
	ports := freePorts(t, 3)
	log, err := os.Create(filepath.Join(artifacts(t), name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{
		viewer: "http://" + ports[0], admin: "http://" + ports[1], demo: "http://" + ports[2],
		dir: dir, args: args, log: log,
	}
	planes.add(p.viewer, p.admin)
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			tail(t, log.Name())
		}
		log.Close()
	})
	return p
}

// start starts the program and waits until it is ready and the channel is on
// air. In an empty directory it encodes its media first, and yields to whatever else
// the machine does.
func (p *program) start(t *testing.T) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	host := func(base string) string { return strings.TrimPrefix(base, "http://") }
	p.cmd = exec.Command(path, append([]string{"demo", "--data-dir", p.dir, "--log-level", "debug",
		"--listen", host(p.viewer), "--admin-listen", host(p.admin), "--demo-listen", host(p.demo)}, p.args...)...)
	p.cmd.SysProcAttr = groupAttr()
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- p.cmd.Wait() }()
	p.exited = exited
	for _, url := range []string{p.viewer + "/readyz", p.admin + "/readyz", p.demo + "/state.json"} {
		within(t, 2*patience, url+" answers 200", func() error {
			select {
			case err := <-exited:
				exited <- err
				t.Fatalf("the program has ended: %v", err)
			default:
			}
			_, err := fetch(t.Context(), url)
			return err
		})
	}
}

// kill ends the program as a power cut would.
func (p *program) kill(t *testing.T) {
	t.Helper()
	if err := killGroup(p.cmd); err != nil {
		t.Fatal(err)
	}
	<-p.exited
	p.exited = nil
}

// stop ends the program as an operator would, and checks that it goes.
func (p *program) stop(t *testing.T) {
	t.Helper()
	if p.exited == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself, which the next lines tell
	select {
	case err := <-p.exited:
		if err != nil {
			t.Errorf("the program ended with %v", err)
		}
	case <-time.After(patience):
		t.Errorf("the program did not end within %s of SIGTERM", patience)
		_ = killGroup(p.cmd) // it may have ended now
		<-p.exited
	}
	p.exited = nil
}

// stream finds the first stream on the demo's page whose URL contains part.
func (p *program) stream(t *testing.T, part string) string {
	t.Helper()
	var streams []struct{ Title, URL string }
	p.json(t, "/streams.json", &streams)
	for _, s := range streams {
		if strings.Contains(s.URL, part) {
			if strings.HasPrefix(s.URL, "/") {
				return p.demo + s.URL
			}
			return s.URL
		}
	}
	t.Fatalf("the page offers no %q: %+v", part, streams)
	return ""
}

// availIn waits until the next avail starts at the live edge in at least, and
// at most, the given time.
func (p *program) availIn(t *testing.T, atLeast, atMost time.Duration) {
	t.Helper()
	within(t, patience, "an avail comes", func() error {
		var state struct{ Now, AvailStart time.Time }
		p.json(t, "/state.json", &state)
		if left := state.AvailStart.Sub(state.Now); left < atLeast || left > atMost {
			return fmt.Errorf("the next avail is %s away", left)
		}
		return nil
	})
}

// cueURL is where the demo is asked for an avail.
func (p *program) cueURL(length time.Duration) string {
	return fmt.Sprintf("%s/avail?seconds=%d", p.demo, int(length.Seconds()))
}

// cue has an avail come; where one is due already, that is it.
func (p *program) cue(t *testing.T, length time.Duration) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.cueURL(length), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		t.Fatalf("%s: status %d", request.URL, response.StatusCode)
	}
}

// awaitCreatives waits until every ad has been prepared for the content in both
// formats, for one session after another: an ad that isn't ready is not shown
// (field failure B-56). The film has room for all ads that there are for an
// audience, and since it is encoded like the live channel they share them.
func (p *program) awaitCreatives(t *testing.T) {
	t.Helper()
	for _, format := range []string{"ts", "cmaf"} {
		address := withQuery(everyone(p.stream(t, "/vod/"+format+"/")), "ads.segment=sports")
		within(t, 2*patience, "the ads are prepared for "+address, func() error {
			x := p.explain(t, visit(t, address))
			var ready []string
			for _, a := range x.Avails {
				for _, item := range a.Decision.Items {
					ready = append(ready, item.Ad.ID)
				}
			}
			if want := []string{"orange", "red", "blue", "purple"}; !slices.Equal(ready, want) {
				return fmt.Errorf("ready are %v of %v", ready, want)
			}
			return nil
		})
	}
}

// entry is a line of the ad server's log.
type entry struct {
	Number  int64
	Kind    string
	Query   map[string]string
	Headers map[string]string
	Ads     []string
}

// received is what the ad server received of a session.
func (p *program) received(t *testing.T, session string) (requests, beacons []entry) {
	t.Helper()
	var log struct{ Entries []entry }
	p.json(t, "/log.json", &log)
	for _, e := range log.Entries {
		switch {
		case e.Query["session"] != session:
		case e.Kind == "ads":
			requests = append(requests, e)
		default:
			beacons = append(beacons, e)
		}
	}
	return requests, beacons
}

func (p *program) json(t *testing.T, path string, into any) {
	t.Helper()
	body, err := fetch(t.Context(), p.demo+path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// configure makes a playback configuration through the control API.
func (p *program) configure(t *testing.T, configuration map[string]any) {
	t.Helper()
	body, err := json.Marshal(configuration)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, p.admin+"/playbackConfiguration", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(response); err != nil {
		t.Fatal(err)
	}
}

// within asks until there is no error, four times a second.
func within(t *testing.T, limit time.Duration, what string, ask func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s: %v", limit, what, err)
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// fetch is a GET that wants a 200.
func fetch(ctx context.Context, url string) ([]byte, error) {
	_, body, err := open(ctx, url)
	return body, err
}

// readAll reads the body of a 200; any other status is an error.
func readAll(response *http.Response) ([]byte, error) {
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d: %.200s", response.Request.URL, response.StatusCode, body)
	}
	return body, err
}

// freePorts finds loopback addresses that nobody listens on.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var list []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		list = append(list, l.Addr().String())
	}
	return list
}

// artifacts is where screenshots and logs go; they stay there.
var artifactsDir = sync.OnceValues(func() (string, error) {
	dir := os.Getenv("STITCHER_E2E_ARTIFACTS")
	if dir == "" {
		return os.MkdirTemp("", "stitcher-e2e-")
	}
	return dir, os.MkdirAll(dir, 0o750)
})

func artifacts(t *testing.T) string {
	t.Helper()
	dir, err := artifactsDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("screenshots and logs are in %s", dir)
	return dir
}

// tail logs the end of a file.
func tail(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	lines := bytes.Split(data, []byte("\n"))
	t.Logf("the end of %s:\n%s", path, bytes.Join(lines[max(0, len(lines)-60):], []byte("\n")))
}
