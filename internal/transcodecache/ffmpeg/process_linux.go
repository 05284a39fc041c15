package ffmpeg

import "syscall"

// groupAttr puts a child into a process group of its own, and has the kernel
// kill it when the service dies without a chance to do so itself.
func groupAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
