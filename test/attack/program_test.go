package attack

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/api/apitest"
)

var given = flag.String("attack.binary", "", "attack this program; without it one is built")

var long = flag.Bool("attack.long", false, "try every form at every door, and wait for every limit")

// patience is how long something that must happen may take on a busy machine.
const patience = 60 * time.Second

// binary is the program under attack, built once.
var binary = sync.OnceValues(func() (string, error) {
	if *given != "" {
		return *given, nil
	}
	dir, err := os.MkdirTemp("", "stitcher-attack-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "stitcher")
	if out, err := exec.Command("go", "build", "-o", path, "stitcher/cmd/stitcher").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil && *given == "" {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// program is a running `stitcher serve`.
type program struct {
	viewer, admin string // host:port
	dir           string
	cmd           *exec.Cmd
	exited        chan struct{}

	mu  sync.Mutex
	log bytes.Buffer
}

// serve starts the program on free ports; it may reach 127.0.0.1 and nothing else
// that is private. It logs everything.
func serve(t *testing.T, flags ...string) *program {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{dir: t.TempDir(), exited: make(chan struct{})}
	p.cmd = exec.Command(path, append([]string{
		"serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", p.dir, "--drain", "0s",
		"--log-level", "debug", "--egress-allow", "127.0.0.1/32",
	}, flags...)...)
	out, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	serving := make(chan [2]string, 1)
	go p.read(out, serving)
	t.Cleanup(func() { p.stop(t) })
	select {
	case addresses := <-serving:
		p.viewer, p.admin = addresses[0], addresses[1]
		planes.Store(p.viewer, true)
		planes.Store(p.admin, true)
	case <-p.exited:
		t.Fatalf("the program has ended: %s", p.logged())
	case <-time.After(patience):
		t.Fatal("the program does not serve")
	}
	return p
}

// read keeps the log, and says when the program serves.
func (p *program) read(out io.Reader, serving chan<- [2]string) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		p.mu.Lock()
		p.log.Write(line)
		p.mu.Unlock()
		var said struct{ Msg, Viewer, Admin string }
		if json.Unmarshal(line, &said) == nil && said.Msg == "serving" {
			serving <- [2]string{said.Viewer, said.Admin}
		}
		if err != nil {
			_ = p.cmd.Wait() // how it ended is looked at by stop
			close(p.exited)
			return
		}
	}
}

// logged is the log so far.
func (p *program) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// stop ends the program and looks for what no run may log.
func (p *program) stop(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Error("the program does not stop")
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the program ended with status %d", code)
	}
	for line := range strings.Lines(p.logged()) {
		if strings.Contains(line, secret) {
			t.Errorf("the log tells a secret: %s", line)
		}
		if strings.Contains(line, "panic") {
			t.Errorf("the program panicked: %s", line)
		}
	}
	if t.Failed() {
		t.Logf("the end of the log:\n%s", tail(p.logged(), 4000))
	}
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// planes are the addresses of the planes of all programs.
var planes sync.Map

// client follows no redirect and waits for no one for ever.
var client = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request. headers are names and values in turn.
func do(t *testing.T, method, url, body string, headers ...string) answer {
	t.Helper()
	a, err := try(t, method, url, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// try is do for requests that may fail. What a plane answers is held against the
// OpenAPI document.
func try(t *testing.T, method, url, body string, headers ...string) (answer, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(io.LimitReader(got.Body, 64<<20))
	if _, plane := planes.Load(r.URL.Host); plane {
		a := apitest.Answer{Status: got.StatusCode, Header: got.Header, Body: text, Partial: err != nil}
		if err := apitest.Read(t).Check(method, r.URL.EscapedPath(), a); err != nil {
			t.Errorf("%s %s: %v", method, url, err)
		}
	}
	return answer{got.StatusCode, got.Header, string(text)}, err
}

// configure puts a playback configuration. false says that it is refused, which is
// one way to hold.
func (p *program) configure(t *testing.T, name string, members map[string]any) bool {
	t.Helper()
	members["Name"] = name
	body, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	switch a := do(t, http.MethodPut, "http://"+p.admin+"/playbackConfiguration", string(body)); a.status {
	case http.StatusOK:
		return true
	case http.StatusBadRequest:
		return false
	default:
		t.Fatalf("configuration %s: %d %s", name, a.status, a.body)
	}
	return false
}

// play starts a session and asks for its first media playlist. It answers with its
// URL and its text; what failed is "".
func (p *program) play(t *testing.T, configuration, asset string) (url, text string) {
	t.Helper()
	base := "http://" + p.viewer + "/v1/master/" + strings.Repeat("0", 40) + "/" + configuration + "/"
	master, err := try(t, http.MethodGet, base+asset, "")
	if err != nil || master.status != http.StatusOK {
		return "", ""
	}
	for line := range strings.Lines(master.body) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			url = resolve(t, base+asset, line)
			if media, err := try(t, http.MethodGet, url, ""); err == nil && media.status == http.StatusOK {
				return url, media.body
			}
			return url, ""
		}
	}
	return "", ""
}

// metric is the sum of a metric's samples.
func (p *program) metric(t *testing.T, name string) float64 {
	t.Helper()
	sum := 0.0
	for line := range strings.Lines(do(t, http.MethodGet, "http://"+p.admin+"/metrics", "").body) {
		if rest, ok := strings.CutPrefix(line, name); ok && (rest[0] == ' ' || rest[0] == '{') {
			var v float64
			if _, err := fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &v); err != nil {
				t.Fatalf("metric %q: %v", line, err)
			}
			sum += v
		}
	}
	return sum
}

// resident is the memory of the program in RAM, in bytes.
func (p *program) resident(t *testing.T) float64 {
	t.Helper()
	return p.metric(t, "process_resident_memory_bytes")
}

// heap is what the process has in its heap after a collection, in bytes.
func (p *program) heap(t *testing.T) float64 {
	t.Helper()
	do(t, http.MethodGet, "http://"+p.admin+"/debug/pprof/heap?gc=1", "")
	return p.metric(t, "go_memstats_heap_alloc_bytes")
}

// eventually waits for what must happen.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	if err := poll(happened); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

var errPatience = errors.New("it does not happen")

func poll(happened func() bool) error {
	tick, end := time.NewTicker(50*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !happened() {
		select {
		case <-tick.C:
		case <-end:
			return errPatience
		}
	}
	return nil
}
