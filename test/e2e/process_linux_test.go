//go:build e2e

package e2e

import "syscall"

// groupAttr puts a child into a process group of its own, and has the kernel kill
// it when the test program dies without a chance to do so itself.
//
// The signal comes when the thread that made the child ends. The Go runtime ends
// a thread only where a goroutine that is locked to it returns, which none here
// does.
func groupAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
