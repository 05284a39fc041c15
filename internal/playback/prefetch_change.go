package playback

import (
	"context"
	"fmt"
	"maps"
	"time"
)

// Create adds a schedule; it is stored on return. The error is ErrNotFound where
// there is no such configuration, a *ScheduleExistsError or a
// *ScheduleLimitError.
func (s *Schedules) Create(ctx context.Context, p *PrefetchSchedule) error {
	s.change.Lock()
	defer s.change.Unlock()
	if _, err := s.configurations.Configuration(p.Configuration); err != nil {
		return err
	}
	now := s.now()
	if err := s.sweep(ctx, p.Configuration, now); err != nil {
		return err
	}
	byName := s.byName(p.Configuration)
	if _, taken := byName[p.Name]; taken {
		return &ScheduleExistsError{Configuration: p.Configuration, Name: p.Name}
	}
	if len(byName) >= maxSchedules {
		return &ScheduleLimitError{Limit: maxSchedules}
	}
	active := 0
	for _, other := range byName {
		if now.Before(other.Consumption.End) {
			active++
		}
	}
	if active >= maxActiveSchedules {
		return &ScheduleLimitError{Limit: maxActiveSchedules, Active: true}
	}
	return s.write(ctx, p)
}

// Delete removes a schedule. The errors are those of Schedule.
func (s *Schedules) Delete(ctx context.Context, configuration, name string) error {
	s.change.Lock()
	defer s.change.Unlock()
	if _, err := s.Schedule(configuration, name); err != nil {
		return err
	}
	return s.remove(ctx, configuration, func(p *PrefetchSchedule) bool { return p.Name == name })
}

// DeleteConfiguration removes a configuration and its schedules; ErrNotFound if
// there is none. The schedules go first: if the process is killed in between, the
// next configuration of that name must not inherit them.
func (s *Schedules) DeleteConfiguration(ctx context.Context, name string) error {
	s.change.Lock()
	defer s.change.Unlock()
	if _, err := s.configurations.Configuration(name); err != nil {
		return err
	}
	if err := s.remove(ctx, name, func(*PrefetchSchedule) bool { return true }); err != nil {
		return err
	}
	return s.configurations.Delete(ctx, name)
}

// sweep removes the schedules of a configuration that are no longer shown.
func (s *Schedules) sweep(ctx context.Context, configuration string, now time.Time) error {
	return s.remove(ctx, configuration, func(p *PrefetchSchedule) bool { return p.gone(now) })
}

// byName are the schedules of a configuration, not to be changed.
func (s *Schedules) byName(configuration string) map[string]*PrefetchSchedule {
	if h, ok := (*s.current.Load())[configuration]; ok {
		return h.byName
	}
	return nil
}

// remove removes the schedules of a configuration that which picks. If the store
// fails, those that it removed are gone all the same.
func (s *Schedules) remove(ctx context.Context, configuration string, which func(*PrefetchSchedule) bool) error {
	var failed error
	left := maps.Clone(s.byName(configuration))
	for name, p := range s.byName(configuration) {
		if !which(p) {
			continue
		}
		id := prefetchID(configuration, name)
		if err := s.configurations.documents.DeleteDocument(ctx, prefetchKind, id); err != nil {
			failed = fmt.Errorf("delete prefetch schedule %q: %w", id, err)
			break
		}
		delete(left, name)
	}
	if len(left) != len(s.byName(configuration)) {
		s.show(configuration, left)
	}
	return failed
}

// write stores a schedule and then shows it to readers.
func (s *Schedules) write(ctx context.Context, p *PrefetchSchedule) error {
	id := prefetchID(p.Configuration, p.Name)
	doc, err := encodePrefetchRecord(p)
	if err != nil {
		return fmt.Errorf("encode prefetch schedule %q: %w", id, err)
	}
	if err := s.configurations.documents.PutDocument(ctx, prefetchKind, id, doc); err != nil {
		return fmt.Errorf("store prefetch schedule %q: %w", id, err)
	}
	byName := map[string]*PrefetchSchedule{}
	maps.Copy(byName, s.byName(p.Configuration))
	byName[p.Name] = p
	s.show(p.Configuration, byName)
	return nil
}

// show makes the schedules of a configuration those that readers see.
func (s *Schedules) show(configuration string, byName map[string]*PrefetchSchedule) {
	shelves := maps.Clone(*s.current.Load())
	if len(byName) == 0 {
		delete(shelves, configuration)
	} else {
		shelves[configuration] = newShelf(byName, s.now())
	}
	s.current.Store(&shelves)
}
