// Package blob keeps the bytes of prepared creatives: sets of files that appear and go as
// a whole and never change. File keeps them in a directory, Redis in a Redis server, S3 in
// a bucket of an S3-compatible object store. All of them pass one conformance suite.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"
)

// ErrNotFound says that there is no such set, or that the set has no such file.
var ErrNotFound = errors.New("no such rendition")

// Store keeps sets of files. Ids and names are those of ValidID and ValidName; others
// MUST NOT be found. It is safe for use by many goroutines and processes.
type Store interface {
	// Put stores the named files of a directory, with their sizes in bytes, as a set. The
	// set MUST NOT be found before all of it is stored, and MUST be durable on return.
	// Where there is a set of this id already, Put replaces it. An implementation MAY move
	// the files out of dir.
	Put(ctx context.Context, id, dir string, files map[string]int64) error
	// Open reads length bytes of a file from offset; length -1 is all to its end. What is
	// beyond the end is not there and no error.
	Open(ctx context.Context, id, name string, offset, length int64) (io.ReadCloser, error)
	// Stat describes a set; ErrNotFound if there is none.
	Stat(ctx context.Context, id string) (Set, error)
	// Touch notes that a set is in use now; ErrNotFound if there is none.
	Touch(ctx context.Context, id string) error
	// Delete removes a set. It is no error that there is none.
	Delete(ctx context.Context, id string) error
	// List lists up to limit sets whose ids are greater than after, in the order of their
	// ids.
	List(ctx context.Context, after string, limit int) ([]Set, error)
	// Check reports why the store cannot be used; nil is that it can.
	Check(ctx context.Context) error
}

// Set describes a set.
type Set struct {
	ID string `json:"id"`
	// Files are the names and the sizes in bytes.
	Files map[string]int64 `json:"files"`
	// Used is when the set was stored or touched last, as exactly as the store knows.
	Used time.Time `json:"used"`
}

// Bytes is the size of a set.
func (s *Set) Bytes() int64 {
	var sum int64
	for _, n := range s.Files {
		sum += n
	}
	return sum
}

var (
	idForm   = regexp.MustCompile(`^[0-9a-f]{32}$`)
	nameForm = regexp.MustCompile(`^[a-z][0-9a-z]{0,15}-(init|[0-9]{5})\.(mp4|m4s|ts|aac|vtt)$`)
)

// ValidID tells whether id can be that of a set.
func ValidID(id string) bool { return idForm.MatchString(id) }

// ValidName tells whether name can be that of a file. Keys and paths are made of ids and
// names alone, so neither may lead anywhere else.
func ValidName(name string) bool { return nameForm.MatchString(name) }

// checkSet reports what is wrong with a set that is to be stored.
func checkSet(id string, files map[string]int64) error {
	if !ValidID(id) {
		return fmt.Errorf("%q is not the id of a rendition", id)
	}
	if len(files) == 0 {
		return fmt.Errorf("rendition %s has no files", id)
	}
	for name, size := range files {
		if !ValidName(name) || size <= 0 {
			return fmt.Errorf("rendition %s: file %q of %d bytes is not one of a rendition", id, name, size)
		}
	}
	return nil
}

// missing is ErrNotFound with what was looked for.
func missing(id, name string) error {
	if name == "" {
		return fmt.Errorf("rendition %q: %w", id, ErrNotFound)
	}
	return fmt.Errorf("rendition %q: file %q: %w", id, name, ErrNotFound)
}

// section is a part of a reader with what closes it.
type section struct {
	io.Reader
	io.Closer
}

// clip bounds a part of size bytes: it returns where it begins and how long it is.
func clip(size, offset, length int64) (from, n int64) {
	from = min(max(offset, 0), size)
	if length < 0 {
		return from, size - from
	}
	return from, min(length, size-from)
}
