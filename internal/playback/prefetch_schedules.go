package playback

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
)

// ErrScheduleNotFound is a prefetch schedule that does not exist, or no longer.
var ErrScheduleNotFound = errors.New("the prefetch schedule does not exist")

// ScheduleExistsError is a prefetch schedule whose name is taken. Schedules can't
// be changed: one that is over keeps its name until it is deleted, or for seven
// days.
type ScheduleExistsError struct{ Configuration, Name string }

func (e *ScheduleExistsError) Error() string {
	return fmt.Sprintf("Name %q is already used by a prefetch schedule of %q", e.Name, e.Configuration)
}

// ScheduleLimitError is a prefetch schedule too many.
type ScheduleLimitError struct {
	Limit int
	// Active is whether the limit is that of schedules that are not over.
	Active bool
}

func (e *ScheduleLimitError) Error() string {
	what := "prefetch schedules (expired ones included)"
	if e.Active {
		what = "active prefetch schedules"
	}
	return fmt.Sprintf("limit of %d %s per playback configuration reached", e.Limit, what)
}

// prefetchKind is the kind of the documents of prefetch schedules.
const prefetchKind = "prefetchSchedule"

// Schedules are the prefetch schedules of all playback configurations. Reading
// them takes no lock and asks no store. It is safe for use by many goroutines.
type Schedules struct {
	configurations *Configurations
	now            func() time.Time
	// change is held while one is written or read from the store, so that the store
	// and the snapshot change in the same order. It is taken before that of the
	// configurations.
	change sync.Mutex
	// seen is the version of the kind that the snapshot has all changes of.
	seen int64
	// current is a shelf for each configuration that has schedules.
	current atomic.Pointer[map[string]*shelf]
}

// shelf is the schedules of one configuration at one moment. It never changes.
type shelf struct {
	byName map[string]*PrefetchSchedule
	// names are the keys in order.
	names []string
	// open are the schedules that were not over at that moment, at most
	// maxActiveSchedules, in the order in which playback takes them: what ends
	// first is used first.
	open []*PrefetchSchedule
}

func newShelf(byName map[string]*PrefetchSchedule, now time.Time) *shelf {
	h := &shelf{byName: byName, names: slices.Sorted(maps.Keys(byName))}
	for _, name := range h.names {
		if s := byName[name]; now.Before(s.Consumption.End) {
			h.open = append(h.open, s)
		}
	}
	slices.SortStableFunc(h.open, func(a, b *PrefetchSchedule) int {
		return cmp.Or(a.Consumption.End.Compare(b.Consumption.End), cmp.Compare(a.Name, b.Name))
	})
	return h
}

// NewSchedules reads the schedules that are stored where the configurations are.
// now is the clock; nil is time.Now.
func NewSchedules(ctx context.Context, configurations *Configurations, now func() time.Time) (*Schedules, error) {
	if now == nil {
		now = time.Now
	}
	s := &Schedules{configurations: configurations, now: now, seen: -1}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Refresh hears of the changes that other nodes made: how often it is called bounds
// how stale this one may be. It reads one number from the store if there are none.
// On an error everything stays as it was.
func (s *Schedules) Refresh(ctx context.Context) error {
	s.change.Lock()
	defer s.change.Unlock()
	return s.refresh(ctx)
}

// refresh is Refresh with change held.
func (s *Schedules) refresh(ctx context.Context) error {
	documents := s.configurations.documents
	version, err := documents.KindVersion(ctx, prefetchKind)
	if err != nil {
		return fmt.Errorf("read version of the prefetch schedules: %w", err)
	}
	if version == s.seen {
		return nil
	}
	all := map[string]map[string]*PrefetchSchedule{}
	for after, more := "", true; more; {
		page, err := documents.ListDocuments(ctx, prefetchKind, after, loadPage)
		if err != nil {
			return fmt.Errorf("list prefetch schedules after %q: %w", after, err)
		}
		for _, d := range page {
			p, err := decodePrefetchRecord(d.ID, d.Body)
			if err != nil {
				return fmt.Errorf("stored prefetch schedule %q: %w", d.ID, err)
			}
			if all[p.Configuration] == nil {
				all[p.Configuration] = map[string]*PrefetchSchedule{}
			}
			p.version = d.Version
			all[p.Configuration][p.Name], after = p, d.ID
		}
		more = len(page) == loadPage
	}
	now, shelves := s.now(), make(map[string]*shelf, len(all))
	for configuration, byName := range all {
		shelves[configuration] = newShelf(byName, now)
	}
	s.current.Store(&shelves)
	s.seen = version
	return nil
}

// Active are the schedules of a configuration that concern a session of a stream
// now, in the order in which they are to be tried: what ends first is used first.
// A schedule concerns it from the beginning of its retrieval or its consumption
// to the end of its consumption, if it has the session's StreamID or none.
func (s *Schedules) Active(configuration, streamID string, now time.Time) []*PrefetchSchedule {
	h, ok := (*s.current.Load())[configuration]
	if !ok {
		return nil
	}
	var active []*PrefetchSchedule
	for i, p := range h.open {
		if p.StreamID != "" && p.StreamID != streamID || !p.RetrievalOpen(now) && !p.ConsumptionOpen(now) {
			continue
		}
		if active == nil {
			active = make([]*PrefetchSchedule, 0, len(h.open)-i)
		}
		active = append(active, p)
	}
	return active
}

// Schedule is the schedule of a name. The error is ErrNotFound where there is no
// such configuration, and ErrScheduleNotFound where there is no such schedule or
// it was over a week ago.
func (s *Schedules) Schedule(configuration, name string) (*PrefetchSchedule, error) {
	if _, err := s.configurations.Configuration(configuration); err != nil {
		return nil, err
	}
	if h, ok := (*s.current.Load())[configuration]; ok {
		if p, ok := h.byName[name]; ok && !p.gone(s.now()) {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: %q of %q", ErrScheduleNotFound, name, configuration)
}
