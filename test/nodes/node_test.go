package nodes

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/store/redis/redistest"
)

// patience is how long something that must happen may take on a busy machine.
const patience = 90 * time.Second

// binary is the program, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "stitcher-nodes-")
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
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// node is a process of stitcher.
type node struct {
	index         int
	store, dir    string
	viewer, admin string // host:port, the same over restarts
	// up is whether it takes requests.
	up atomic.Bool

	cmd    *exec.Cmd
	exited chan struct{}
	mu     sync.Mutex
	log    bytes.Buffer
}

func newNode(t *testing.T, index int, store string) *node {
	t.Helper()
	n := &node{
		index: index, store: store, dir: t.TempDir(),
		viewer: "127.0.0.1:" + redistest.FreePort(t), admin: "127.0.0.1:" + redistest.FreePort(t),
	}
	n.start(t)
	t.Cleanup(func() { n.stop(t) })
	return n
}

// start starts the process and waits until it serves.
func (n *node) start(t *testing.T) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	n.cmd = exec.Command(path, "serve", "--listen", n.viewer, "--admin-listen", n.admin, "--data-dir", n.dir, "--store", n.store, "--renditions", "redis",
		"--drain", "0s", "--log-level", "info", "--egress-allow", "127.0.0.1/32")
	redistest.Guard(n.cmd)
	out, err := n.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n.exited = make(chan struct{})
	serving := make(chan struct{}, 1)
	go n.read(out, n.cmd, n.exited, serving)
	select {
	case <-serving:
		n.up.Store(true)
	case <-n.exited:
		t.Fatalf("node %d has ended: %s", n.index, n.logged())
	case <-time.After(patience):
		t.Fatalf("node %d does not serve", n.index)
	}
}

func (n *node) read(out io.Reader, cmd *exec.Cmd, exited chan<- struct{}, serving chan<- struct{}) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		n.mu.Lock()
		n.log.Write(line)
		n.mu.Unlock()
		if bytes.Contains(line, []byte(`"msg":"serving"`)) {
			serving <- struct{}{}
		}
		if err != nil {
			_ = cmd.Wait() // how it ended is looked at by stop
			close(exited)
			return
		}
	}
}

func (n *node) logged() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.log.String()
}

// kill ends the process as a power cut would.
func (n *node) kill() {
	n.up.Store(false)
	_ = n.cmd.Process.Kill()
	<-n.exited
}

// stop ends it as an operator would.
func (n *node) stop(t *testing.T) {
	t.Helper()
	n.up.Store(false)
	_ = n.cmd.Process.Signal(os.Interrupt)
	select {
	case <-n.exited:
	case <-time.After(patience):
		t.Errorf("node %d does not stop", n.index)
		_ = n.cmd.Process.Kill()
		<-n.exited
	}
	for line := range strings.Lines(n.logged()) {
		if strings.Contains(line, "panic") {
			t.Errorf("node %d panicked: %s", n.index, line)
		}
	}
	if t.Failed() {
		log := n.logged()
		t.Logf("the end of the log of node %d:\n%s", n.index, log[max(0, len(log)-6000):])
	}
}

// configure puts the playback configuration.
func (n *node) configure(t *testing.T, w *world) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"Name": "live", "VideoContentSourceUrl": w.base,
		"AdDecisionServerUrl": w.base + "/ads?s=[session.uuid]&i=[avail.index]",
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://"+n.admin+"/playbackConfiguration", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		t.Fatalf("configuration: %s", a.Status)
	}
}

// readiness is what the node says of itself: its status, and the names of what fails.
func (n *node) readiness(t *testing.T) (status string, failing []string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+n.admin+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var said struct {
		Status  string
		Reasons []struct{ Name string }
	}
	if err := json.NewDecoder(a.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	for _, x := range said.Reasons {
		failing = append(failing, x.Name)
	}
	return said.Status, failing
}
