//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// guardedEnv is set for the tests that a guard runs.
	guardedEnv = "STITCHER_E2E_GUARDED"
	// strayEnv makes the guarded program leave a process behind.
	strayEnv = "STITCHER_E2E_STRAY"
	// strayGrace is how long a process may take to end after the tests have.
	strayGrace = 10 * time.Second
)

// From <linux/prctl.h>.
const (
	setParentDeathSignal = 1
	setChildSubreaper    = 36
)

// guard runs the tests in a child process, and kills what they leave behind,
// however they end: a panic after -timeout, a signal, a kill. Chromium puts its
// processes into groups and sessions of their own, so groups are not enough; but
// orphans become children of the guard, which is a subreaper (prctl(2)).
//
// done says that this process was the guard. It ends with the tests' status; and
// with 1 where the tests were fine and something was left.
func guard() (code int, done bool) {
	if os.Getenv(guardedEnv) != "" {
		if how := os.Getenv(strayEnv); how != "" {
			stray(how)
		}
		return 0, false
	}
	for option, value := range map[uintptr]uintptr{setChildSubreaper: 1, setParentDeathSignal: uintptr(syscall.SIGTERM)} {
		if _, _, err := syscall.RawSyscall6(syscall.SYS_PRCTL, option, value, 0, 0, 0, 0); err != 0 {
			fmt.Fprintln(os.Stderr, "prctl:", err)
			return 1, true
		}
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), guardedEnv+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "start the tests:", err)
		return 1, true
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // it may have ended
		case err := <-ended:
			code := 0
			if err != nil {
				// -1 where a signal ended it.
				code = max(1, cmd.ProcessState.ExitCode())
			}
			grace := strayGrace
			if code != 0 {
				grace = 0
			}
			if left := sweep(grace); len(left) > 0 && code == 0 {
				fmt.Fprintf(os.Stderr, "the tests left processes behind:\n%s\n", strings.Join(left, "\n"))
				code = 1
			}
			return code, true
		}
	}
}

// sweep waits until this process has no children, kills those that are left after
// the grace, and says which they were.
func sweep(grace time.Duration) (killed []string) {
	deadline := time.Now().Add(grace)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != nil || pid <= 0 {
				break // none has ended
			}
		}
		list := children()
		if len(list) == 0 {
			return killed
		}
		if time.Now().After(deadline) {
			// Their own children come to us with the next turn.
			for _, pid := range list {
				if name := commandLine(pid); !slices.Contains(killed, name) {
					killed = append(killed, name)
				}
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
			}
		}
		<-tick.C
	}
}

// children are the processes whose parent is this one.
func children() []int {
	var list []int
	files, _ := filepath.Glob("/proc/self/task/*/children") // the pattern is good
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		for _, field := range strings.Fields(string(data)) {
			if pid, err := strconv.Atoi(field); err == nil {
				list = append(list, pid)
			}
		}
	}
	return list
}

func commandLine(pid int) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return "" // it has ended
	}
	return fmt.Sprintf("%d %s", pid, bytes.ReplaceAll(data, []byte{0}, []byte{' '}))
}

// stray is what the guarded program does in TestNothingIsLeftBehind: it leaves a
// process behind that is in a session of its own and whose parent has ended, says
// its id, and goes on or ends.
func stray(how string) {
	out, err := exec.Command("setsid", "sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	fmt.Fprintf(os.Stdout, "%d %s", os.Getpid(), out)
	os.Stdout.Close()
	switch how {
	case "passes":
		os.Exit(0)
	case "panics":
		panic("as after -timeout")
	}
	select {}
}

// TestNothingIsLeftBehind ends a guarded program in every way that tests end, and
// looks for a process that it started.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, how string
		// signal is sent to the guard, or to what it guards.
		signal  syscall.Signal
		guarded bool
		code    int
	}{
		{name: "it passes", how: "passes", code: 1},
		{name: "it panics", how: "panics", code: 2},
		{name: "it is killed", signal: syscall.SIGKILL, guarded: true, code: 1},
		{name: "interrupted", signal: syscall.SIGINT, code: 1},
		{name: "terminated", signal: syscall.SIGTERM, code: 1},
		{name: "go test loses its patience", signal: syscall.SIGQUIT, code: 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, "/proc/self/exe", "-test.run=^$")
			cmd.Env = append(os.Environ(), guardedEnv+"=", strayEnv+"="+cmp.Or(tc.how, "waits"))
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var tests, left int
			if _, err := fmt.Fscan(out, &tests, &left); err != nil {
				t.Fatal(err)
			}
			if tc.signal != 0 {
				to := cmd.Process.Pid
				if tc.guarded {
					to = tests
				}
				if err := syscall.Kill(to, tc.signal); err != nil {
					t.Fatal(err)
				}
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != tc.code {
				t.Errorf("it ended with %v, want status %d", err, tc.code)
			}
			if err := syscall.Kill(left, 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("process %d was left behind: %v", left, err)
			}
		})
	}
}
