package config

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/documents"
	"stitcher/internal/store"
)

// ErrNotFound is a playback configuration that does not exist.
var ErrNotFound = errors.New("the playback configuration does not exist")

// LimitError is a configuration too many.
type LimitError struct{ Limit int }

func (e *LimitError) Error() string {
	return fmt.Sprintf("limit of %d playback configurations reached", e.Limit)
}

const (
	// kind is the kind of the documents of playback configurations.
	kind = "playbackConfiguration"
	// maxConfigurations bounds the configurations of the account, which are all
	// in memory. MediaTailor's quota is 1,000.
	maxConfigurations = 10_000
)

// Configurations are the playback configurations of the account. Reading them
// takes no lock and asks no store. It is safe for use by many goroutines.
type Configurations struct {
	documents store.Documents
	naming    awsapi.Naming
	// change is held while one is written or read from the store, so that the store
	// and the snapshot change in the same order.
	change sync.Mutex
	// stored are the documents, of which the snapshot has all changes.
	stored  documents.Kind
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

// New reads the configurations that are stored. The naming is
// that of the ARNs by which they are tagged.
func New(ctx context.Context, docs store.Documents, naming awsapi.Naming) (*Configurations, error) {
	s := &Configurations{documents: docs, naming: naming, stored: documents.NewKind(docs, kind, "playback configurations")}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Refresh reads the configurations again if another node has changed some. They are at
// most as old as the last call. Without a change it reads one number from the store; on
// an error they stay as they are.
func (s *Configurations) Refresh(ctx context.Context) error {
	s.change.Lock()
	defer s.change.Unlock()
	return s.refresh(ctx)
}

// refresh is Refresh with change held.
func (s *Configurations) refresh(ctx context.Context) error {
	all := map[string]*Configuration{}
	return s.stored.Refresh(ctx, func(d store.Document) error {
		c, err := decodeRecord(d.Body)
		if err != nil {
			return err
		}
		c.version = d.Version
		all[d.ID] = c
		return nil
	}, func() { s.current.Store(newSnapshot(all)) })
}

// Configuration is the configuration of a name, or ErrNotFound.
func (s *Configurations) Configuration(name string) (*Configuration, error) {
	c, ok := s.current.Load().byName[name]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrNotFound, name)
	}
	return c, nil
}

// Exists is nil where there is a configuration of a name, else ErrNotFound.
func (s *Configurations) Exists(name string) error {
	_, err := s.Configuration(name)
	return err
}

// Put creates or replaces a configuration, tags included, and returns what is
// in force then: log settings outlive a replacement. It is stored on return.
func (s *Configurations) Put(ctx context.Context, c *Configuration) (*Configuration, error) {
	var put *Configuration
	err := s.write(ctx, c.Name, func(old *Configuration) (*Configuration, error) {
		if old == nil && len(s.current.Load().byName) >= maxConfigurations {
			return nil, &LimitError{Limit: maxConfigurations}
		}
		next := *c
		if old != nil {
			next.Log = old.Log
		}
		put = &next
		return put, nil
	})
	return put, err
}

// Delete removes a configuration; ErrNotFound if there is none.
func (s *Configurations) Delete(ctx context.Context, name string) error {
	return s.write(ctx, name, func(old *Configuration) (*Configuration, error) {
		if old == nil {
			return nil, fmt.Errorf("%w: %q", ErrNotFound, name)
		}
		return nil, nil
	})
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
	return s.write(ctx, name, func(old *Configuration) (*Configuration, error) {
		if old == nil {
			return nil, fmt.Errorf("%w: %q", ErrNotFound, name)
		}
		next := *old
		return &next, change(&next)
	})
}

// maxTries bounds how often a change is made anew because another node changed the
// same document meanwhile.
const maxTries = 16

// write stores the result of change on a configuration (nil if it does not exist), and
// then shows it to readers. It is called again if another node has changed the
// configuration meanwhile.
func (s *Configurations) write(ctx context.Context, name string, change func(old *Configuration) (*Configuration, error)) error {
	s.change.Lock()
	defer s.change.Unlock()
	var conflict *store.ConflictError
	for range maxTries {
		if err := s.refresh(ctx); err != nil {
			return err
		}
		old := s.current.Load().byName[name]
		next, err := change(old)
		if err != nil {
			return err
		}
		if err = s.replace(ctx, name, old, next); !errors.As(err, &conflict) {
			return err
		}
	}
	return fmt.Errorf("playback configuration %q: %w", name, conflict)
}

// replace stores next in place of old, either of them nil for none.
func (s *Configurations) replace(ctx context.Context, name string, old, next *Configuration) error {
	var at, version int64
	if old != nil {
		at = old.version
	}
	all := maps.Clone(s.current.Load().byName)
	if next == nil {
		var err error
		if version, err = s.documents.DeleteDocument(ctx, kind, name, at); err != nil {
			return fmt.Errorf("delete playback configuration %q: %w", name, err)
		}
		delete(all, name)
	} else {
		doc, err := encodeRecord(next)
		if err != nil {
			return fmt.Errorf("encode playback configuration %q: %w", name, err)
		}
		if version, err = s.documents.PutDocument(ctx, kind, name, at, doc); err != nil {
			return fmt.Errorf("store playback configuration %q: %w", name, err)
		}
		next.version = version
		all[name] = next
	}
	s.current.Store(newSnapshot(all))
	s.stored.Changed(version)
	return nil
}
