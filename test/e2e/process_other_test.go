//go:build e2e && !linux

package e2e

import "syscall"

// groupAttr puts a child into a process group of its own.
func groupAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// guard does nothing where there are no subreapers.
func guard() (code int, done bool) { return 0, false }
