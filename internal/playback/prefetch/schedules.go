package prefetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/documents"
	"stitcher/internal/store"
)

// ErrNotFound is a prefetch schedule that does not exist, or no longer.
var ErrNotFound = errors.New("the prefetch schedule does not exist")

// ExistsError is a prefetch schedule whose name is taken. Schedules can't
// be changed: one that is over keeps its name until it is deleted, or for seven
// days.
type ExistsError struct{ Configuration, Name string }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("Name %q is already used by a prefetch schedule of %q", e.Name, e.Configuration)
}

// LimitError is a prefetch schedule too many.
type LimitError struct {
	Limit int
	// Active is whether the limit is that of schedules that are not over.
	Active bool
}

func (e *LimitError) Error() string {
	what := "prefetch schedules (expired ones included)"
	if e.Active {
		what = "active prefetch schedules"
	}
	return fmt.Sprintf("limit of %d %s per playback configuration reached", e.Limit, what)
}

// kind is the kind of the documents of prefetch schedules.
const kind = "prefetchSchedule"

// maxTries bounds how often a change is made anew because another node changed the
// same document meanwhile.
const maxTries = 16

// Schedules are the prefetch schedules of all playback configurations. Reading
// them takes no lock and asks no store. It is safe for use by many goroutines.
type Schedules struct {
	documents      store.Documents
	naming         awsapi.Naming
	configurations Owners
	now            func() time.Time
	// change is held while one is written or read from the store, so that the store
	// and the snapshot change in the same order. It is taken before that of the
	// configurations.
	change sync.Mutex
	// stored are the documents, of which the snapshot has all changes.
	stored documents.Kind
	// current is a shelf for each configuration that has schedules.
	current atomic.Pointer[map[string]*shelf]
}

// shelf is an immutable snapshot of the schedules of one configuration.
type shelf struct {
	byName map[string]*Schedule
	// names are the keys in order.
	names []string
	// open are the schedules that were not over at that moment, at most
	// maxActiveSchedules, in the order in which playback takes them: what ends
	// first is used first.
	open []*Schedule
}

func newShelf(byName map[string]*Schedule, now time.Time) *shelf {
	h := &shelf{byName: byName, names: slices.Sorted(maps.Keys(byName))}
	for _, name := range h.names {
		if s := byName[name]; now.Before(s.Consumption.End) {
			h.open = append(h.open, s)
		}
	}
	slices.SortStableFunc(h.open, func(a, b *Schedule) int {
		return cmp.Or(a.Consumption.End.Compare(b.Consumption.End), cmp.Compare(a.Name, b.Name))
	})
	return h
}

// Owners are the playback configurations that schedules belong to.
type Owners interface {
	// Exists is nil where there is a configuration of a name.
	Exists(name string) error
	// Refresh reads what other nodes have changed.
	Refresh(ctx context.Context) error
	// Delete removes a configuration.
	Delete(ctx context.Context, name string) error
}

// New reads the schedules that are stored. The naming is that of the ARNs by
// which they are tagged. now is the clock; nil is time.Now.
func New(
	ctx context.Context, docs store.Documents, naming awsapi.Naming, configurations Owners, now func() time.Time,
) (*Schedules, error) {
	if now == nil {
		now = time.Now
	}
	s := &Schedules{
		documents: docs, naming: naming, configurations: configurations, now: now,
		stored: documents.NewKind(docs, kind, "prefetch schedules"),
	}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Refresh reads the schedules again if another node has changed some. The schedules are
// at most as old as the last call. Without a change it reads one number from the store;
// on an error the schedules stay as they are.
func (s *Schedules) Refresh(ctx context.Context) error {
	s.change.Lock()
	defer s.change.Unlock()
	return s.refresh(ctx)
}

// refresh is Refresh with change held.
func (s *Schedules) refresh(ctx context.Context) error {
	all := map[string]map[string]*Schedule{}
	return s.stored.Refresh(ctx, func(d store.Document) error {
		p, err := decodeRecord(d.ID, d.Body)
		if err != nil {
			return err
		}
		if all[p.Configuration] == nil {
			all[p.Configuration] = map[string]*Schedule{}
		}
		p.version = d.Version
		all[p.Configuration][p.Name] = p
		return nil
	}, func() {
		now, shelves := s.now(), make(map[string]*shelf, len(all))
		for configuration, byName := range all {
			shelves[configuration] = newShelf(byName, now)
		}
		s.current.Store(&shelves)
	})
}

// Active are the schedules of a configuration that concern a session of a stream
// now, in the order in which they are to be tried: what ends first is used first.
// A schedule concerns it from the beginning of its retrieval or its consumption
// to the end of its consumption, if it has the session's StreamID or none.
func (s *Schedules) Active(configuration, streamID string, now time.Time) []*Schedule {
	h, ok := (*s.current.Load())[configuration]
	if !ok {
		return nil
	}
	var active []*Schedule
	for i, p := range h.open {
		if p.StreamID != "" && p.StreamID != streamID || !p.RetrievalOpen(now) && !p.ConsumptionOpen(now) {
			continue
		}
		if active == nil {
			active = make([]*Schedule, 0, len(h.open)-i)
		}
		active = append(active, p)
	}
	return active
}

// Schedule is the schedule of a name. The error is ErrNotFound where there is no
// such configuration, and ErrScheduleNotFound where there is no such schedule or
// it was over a week ago.
func (s *Schedules) Schedule(configuration, name string) (*Schedule, error) {
	if err := s.configurations.Exists(configuration); err != nil {
		return nil, err
	}
	if h, ok := (*s.current.Load())[configuration]; ok {
		if p, ok := h.byName[name]; ok && !p.gone(s.now()) {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: %q of %q", ErrNotFound, name, configuration)
}
