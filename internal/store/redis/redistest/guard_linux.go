package redistest

import (
	"os/exec"
	"syscall"
)

// Guard has a process end with the test's, also when that is killed.
func Guard(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
