//go:build e2e

package e2e

import (
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// command is a program that ends with the test at the latest. It leads a process
// group, which is killed as a whole. guard sees to those that leave the group.
func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	// Children of a killed program may hold its output open.
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// ownGroup makes a command the leader of a process group.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = groupAttr() }

func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
