package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// roleEnv names what a child process is: what stands around the service runs in
// processes of its own, so that neither its garbage nor its goroutines are the
// service's.
const roleEnv = "STITCHER_BENCH_ROLE"

// roles are the programs of child processes: they answer every JSON value that
// they read with one, and end with their input.
var roles = map[string]func(in *json.Decoder, out *json.Encoder) error{
	"ads":     adServer,
	"viewers": viewers,
	"hosts":   trackingHosts,
}

func TestMain(m *testing.M) {
	role := roles[os.Getenv(roleEnv)]
	if role == nil {
		os.Exit(m.Run())
	}
	if err := role(json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)); err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child is a process that runs a role. It ends with the benchmark.
type child struct {
	in  *json.Encoder
	out *json.Decoder
}

func startChild(b *testing.B, role string) *child {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleEnv+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			b.Errorf("%s: %v", role, err)
		}
	})
	return &child{json.NewEncoder(in), json.NewDecoder(out)}
}

// ask sends a question and reads the answer.
func (c *child) ask(b *testing.B, question, answer any) {
	b.Helper()
	if err := c.in.Encode(question); err != nil {
		b.Fatal(err)
	}
	if err := c.out.Decode(answer); err != nil {
		b.Fatal(err)
	}
}
