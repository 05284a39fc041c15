package playback

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"stitcher/internal/avail"
)

// ErrNotFound is a playback configuration that does not exist.
var ErrNotFound = errors.New("the playback configuration does not exist")

// LimitError is a configuration too many.
type LimitError struct{ Limit int }

func (e *LimitError) Error() string {
	return fmt.Sprintf("there are %d playback configurations already, and can't be more", e.Limit)
}

const (
	// kind is the kind of the documents of playback configurations.
	kind = "playbackConfiguration"
	// maxConfigurations bounds the configurations of the account, which are all
	// in memory. MediaTailor's quota is 1,000.
	maxConfigurations = 10_000
	// loadPage is how many documents are read at once at the start.
	loadPage = 100
)

// Documents keeps small documents. What PutDocument has accepted must survive a
// crash.
type Documents interface {
	// PutDocument creates or replaces a document.
	PutDocument(ctx context.Context, kind, id string, doc []byte) error
	// Document reads one; nil and no error where there is none.
	Document(ctx context.Context, kind, id string) ([]byte, error)
	// Documents lists up to limit documents of a kind whose ids are greater
	// than after, in the order of their ids. Fact.Key is the id.
	Documents(ctx context.Context, kind, after string, limit int) ([]avail.Fact, error)
	// DeleteDocument removes one; it is no error if there is none.
	DeleteDocument(ctx context.Context, kind, id string) error
}

// Configurations are the playback configurations of the account. Reading them
// takes no lock and asks no store. It is safe for use by many goroutines.
type Configurations struct {
	documents Documents
	naming    Naming
	// change is held while one is written, so that the store and the snapshot
	// change in the same order.
	change  sync.Mutex
	current atomic.Pointer[snapshot]
}

// snapshot is all configurations at one moment. It never changes.
type snapshot struct {
	byName map[string]*Configuration
	// names are the keys in order.
	names []string
}

func newSnapshot(byName map[string]*Configuration) *snapshot {
	return &snapshot{byName: byName, names: slices.Sorted(maps.Keys(byName))}
}

// NewConfigurations reads the configurations that are stored. The naming is
// that of the ARNs by which they are tagged.
func NewConfigurations(ctx context.Context, documents Documents, naming Naming) (*Configurations, error) {
	s := &Configurations{documents: documents, naming: naming}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Refresh reads all configurations from the store, for changes that other nodes
// made: how often it is called bounds how stale this one may be. On an error
// everything stays as it was.
func (s *Configurations) Refresh(ctx context.Context) error {
	s.change.Lock()
	defer s.change.Unlock()
	all := map[string]*Configuration{}
	for after, more := "", true; more; {
		page, err := s.documents.Documents(ctx, kind, after, loadPage)
		if err != nil {
			return fmt.Errorf("list playback configurations after %q: %w", after, err)
		}
		for _, f := range page {
			c, err := decodeRecord(f.Value)
			if err != nil {
				return fmt.Errorf("stored playback configuration %q: %w", f.Key, err)
			}
			all[f.Key], after = c, f.Key
		}
		more = len(page) == loadPage
	}
	s.current.Store(newSnapshot(all))
	return nil
}

// Configuration is the configuration of a name, or ErrNotFound.
func (s *Configurations) Configuration(name string) (*Configuration, error) {
	c, ok := s.current.Load().byName[name]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrNotFound, name)
	}
	return c, nil
}

// Put creates or replaces a configuration, tags included, and returns what is
// in force then: log settings outlive a replacement. It is stored on return.
func (s *Configurations) Put(ctx context.Context, c *Configuration) (*Configuration, error) {
	s.change.Lock()
	defer s.change.Unlock()
	all := s.current.Load().byName
	old, exists := all[c.Name]
	if !exists && len(all) >= maxConfigurations {
		return nil, &LimitError{Limit: maxConfigurations}
	}
	next := *c
	if exists {
		next.Log = old.Log
	}
	return &next, s.write(ctx, &next)
}

// Delete removes a configuration; ErrNotFound if there is none.
func (s *Configurations) Delete(ctx context.Context, name string) error {
	s.change.Lock()
	defer s.change.Unlock()
	if _, err := s.Configuration(name); err != nil {
		return err
	}
	if err := s.documents.DeleteDocument(ctx, kind, name); err != nil {
		return fmt.Errorf("delete playback configuration %q: %w", name, err)
	}
	all := maps.Clone(s.current.Load().byName)
	delete(all, name)
	s.current.Store(newSnapshot(all))
	return nil
}

// ConfigureLogs sets the log settings of a configuration; ErrNotFound if there
// is none.
func (s *Configurations) ConfigureLogs(ctx context.Context, r *LogsRequest) error {
	return s.update(ctx, r.Name, func(c *Configuration) error {
		c.Log = &r.Log
		return nil
	})
}

// update writes a changed copy of a configuration.
func (s *Configurations) update(ctx context.Context, name string, change func(*Configuration) error) error {
	s.change.Lock()
	defer s.change.Unlock()
	c, err := s.Configuration(name)
	if err != nil {
		return err
	}
	next := *c
	if err := change(&next); err != nil {
		return err
	}
	return s.write(ctx, &next)
}

// write stores a configuration and then shows it to readers.
func (s *Configurations) write(ctx context.Context, c *Configuration) error {
	doc, err := encodeRecord(c)
	if err != nil {
		return fmt.Errorf("encode playback configuration %q: %w", c.Name, err)
	}
	if err := s.documents.PutDocument(ctx, kind, c.Name, doc); err != nil {
		return fmt.Errorf("store playback configuration %q: %w", c.Name, err)
	}
	all := maps.Clone(s.current.Load().byName)
	all[c.Name] = c
	s.current.Store(newSnapshot(all))
	return nil
}
