package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// LeastFree is how much room the data directory needs, in bytes: a transaction of
// the store and one short ad.
const LeastFree = 64 << 20

// Room reports a directory whose file system has less than least bytes left.
func Room(dir string, least uint64) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("read the free space of %s: %w", dir, err)
	}
	if left := fs.Bavail * uint64(fs.Bsize); left < least {
		return fmt.Errorf("%d MB are free in %s; %d MB are needed", left>>20, dir, least>>20)
	}
	return nil
}

// Owned fails where the files of a directory are another user's: those that a check left
// there would be this user's, and the service could not write to them.
func Owned(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to user %d: run check as that user", dir, stat.Uid)
	}
	return nil
}

// Look says whether there is room in the data directory, or, where serve has yet to make it, the nearest
// directory above.
func Look(dir string) (string, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	missing := false
	for {
		if _, err := os.Stat(at); err == nil || !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		missing, at = true, filepath.Dir(at)
	}
	if err := Room(at, LeastFree); err != nil {
		return "", err
	}
	if missing {
		return dir + " does not exist yet; there is room for it", nil
	}
	return dir + " has room", nil
}
