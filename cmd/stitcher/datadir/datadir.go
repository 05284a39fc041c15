// Package datadir is the data directory of a process: its lock and the room in it.
package datadir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// lockName is the file in the data directory that a running process has locked.
const lockName = "lock"

// Lock is the right to use a data directory. It ends with the process,
// also when that is killed, because the kernel holds it (flock).
type Lock struct{ file *os.File }

// Take takes a data directory for this process. Two processes on one
// directory would remove each other's unfinished renditions and send every beacon
// twice. The error names the directory, the file and the process that has it.
func Take(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	name := filepath.Join(dir, lockName)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("data directory %s is in use by %s, which has locked %s: stop it, or choose another --data-dir", dir, holder(f), name)
		return nil, errors.Join(err, f.Close())
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("data directory: lock %s: %w", name, err), f.Close())
	}
	return &Lock{f}, nil
}

// User is the process that uses a data directory; "" where no process does. It makes no
// file, and its lock ends with the call.
func User(dir string) (string, error) {
	f, err := os.Open(filepath.Join(dir, lockName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("data directory: %w", err)
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return holder(f), nil
	}
	if err != nil {
		return "", fmt.Errorf("data directory: look at %s: %w", f.Name(), err)
	}
	return "", nil
}

// holder is the process that has locked f, as it has written there.
func holder(f *os.File) string {
	text, _ := io.ReadAll(io.LimitReader(f, 32))
	if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
		return fmt.Sprintf("process %d", pid)
	}
	return "another process"
}

// Close gives the directory back. The file stays: removing it would let two
// processes lock two files of one name.
func (l *Lock) Close() error { return l.file.Close() }
