package sqlite

import (
	"errors"
	"fmt"
)

// ErrFull reports that the store has as many bytes as Options.MaxBytes allows.
var ErrFull = errors.New("the store has reached its maximum size")

// Full is ErrFull while the store has as many bytes as Options.MaxBytes allows, and nil
// otherwise. Writes are taken all the same: the caller begins nothing new, and what has
// begun goes on. What expires makes room.
func (s *Store) Full() error {
	if n := s.db.Size(); s.max > 0 && n >= s.max {
		return fmt.Errorf("%w: %d of %d bytes are in use", ErrFull, n, s.max)
	}
	return nil
}
