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
	if n := s.size.Load(); s.max > 0 && n >= s.max {
		return fmt.Errorf("%w: %d of %d bytes are in use", ErrFull, n, s.max)
	}
	return nil
}

// measure counts the bytes of the database that are in use: its pages without those
// that what has expired left free, which SQLite uses again. The write-ahead log, which
// has its own limit, comes on top.
func (s *Store) measure() error {
	var pages, free, size int64
	for query, n := range map[string]*int64{"PRAGMA page_count": &pages, "PRAGMA freelist_count": &free, "PRAGMA page_size": &size} {
		if err := s.statements.row(query, nil, n); err != nil {
			return fmt.Errorf("read the size of the store: %w", err)
		}
	}
	s.size.Store((pages - free) * size)
	s.metrics.bytes.Set(float64(s.size.Load()))
	return nil
}
