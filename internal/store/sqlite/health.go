package sqlite

import "errors"

// errHeld says that the disk does not take what was written.
var errHeld = errors.New("the disk does not take writes; they are held in memory")

// Held answers whether writes are held in memory because the disk does not take
// them: viewers are served, and a process that is killed now loses the writes.
func (s *Store) Held() error {
	if s.stalled.Load() {
		return errHeld
	}
	return nil
}
