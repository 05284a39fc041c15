package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// A child that ignores being killed is given up after this long.
const waitDelay = 5 * time.Second

// stderrTail is how much of a tool's complaints is kept.
const stderrTail = 64 << 10

// Command is one call of ffmpeg or ffprobe. Such a call reads bytes that an
// advertiser chose, so it is bounded in time and output and yields the
// processor to the service.
type Command struct {
	// Tool is "ffmpeg" or "ffprobe", found in PATH.
	Tool string
	Args []string
	// Dir is the working directory.
	Dir string
	// Stdin may be nil.
	Stdin io.Reader
	// Limit bounds standard output in bytes.
	Limit int
}

// Run runs the command in a process group of its own and kills the whole group
// when ctx ends. The error carries the last line of standard error.
func (c Command) Run(ctx context.Context) (stdout, stderr []byte, err error) {
	name, args := c.Tool, c.Args
	if nice, err := exec.LookPath("nice"); err == nil {
		name, args = nice, append([]string{"-n", "10", c.Tool}, c.Args...)
	}
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // no shell, a constant tool, arguments that are made here
	cmd.Dir = c.Dir
	cmd.Stdin = c.Stdin
	out, tail := &boundedWriter{limit: c.Limit}, &tailWriter{limit: stderrTail}
	cmd.Stdout, cmd.Stderr = out, tail
	cmd.SysProcAttr = groupAttr()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = waitDelay
	// The kernel kills the child when the thread that made it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("%s: %w", c.Tool, context.Cause(ctx))
	case out.full:
		err = fmt.Errorf("%s: more than %d bytes of output", c.Tool, c.Limit)
	case err != nil:
		err = fmt.Errorf("%s: %w: %s", c.Tool, err, lastLine(tail.buf))
	}
	return out.buf.Bytes(), tail.buf, err
}

// lastLine is the last line of a tool's complaints, fit for an error message.
func lastLine(b []byte) string {
	text := strings.TrimSpace(string(b))
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	return strings.ToValidUTF8(text[:min(len(text), 300)], "")
}

var errOutputLimit = errors.New("output limit reached")

type boundedWriter struct {
	buf   bytes.Buffer
	limit int
	full  bool
}

func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.buf.Len()+len(p) > w.limit {
		w.full = true
		return 0, errOutputLimit
	}
	return w.buf.Write(p)
}

// tailWriter keeps the last bytes written to it.
type tailWriter struct {
	buf   []byte
	limit int
}

func (w *tailWriter) Write(p []byte) (int, error) {
	w.buf = append(w.buf, p...)
	if over := len(w.buf) - w.limit; over > 0 {
		w.buf = append(w.buf[:0], w.buf[over:]...)
	}
	return len(p), nil
}
