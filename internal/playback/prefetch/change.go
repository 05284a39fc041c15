package prefetch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"stitcher/internal/playback/awsapi"
	"stitcher/internal/store"
)

// Create adds a schedule; it is stored on return. The error is that of Owners.Exists
// where there is no such configuration, a *ScheduleExistsError or a
// *ScheduleLimitError. Nodes that create schedules at the same moment can exceed
// the limits by one each.
func (s *Schedules) Create(ctx context.Context, p *Schedule) error {
	return s.try(ctx, func() error {
		if err := s.configurations.Exists(p.Configuration); err != nil {
			return err
		}
		now := s.now()
		if err := s.sweep(ctx, p.Configuration, now); err != nil {
			return err
		}
		byName := s.byName(p.Configuration)
		if _, taken := byName[p.Name]; taken {
			return &ExistsError{Configuration: p.Configuration, Name: p.Name}
		}
		if len(byName) >= maxSchedules {
			return &LimitError{Limit: maxSchedules}
		}
		active := 0
		for _, other := range byName {
			if now.Before(other.Consumption.End) {
				active++
			}
		}
		if active >= maxActiveSchedules {
			return &LimitError{Limit: maxActiveSchedules, Active: true}
		}
		return s.write(ctx, p)
	})
}

// Delete removes a schedule. The errors are those of Schedule.
func (s *Schedules) Delete(ctx context.Context, configuration, name string) error {
	return s.try(ctx, func() error {
		if _, err := s.Schedule(configuration, name); err != nil {
			return err
		}
		return s.remove(ctx, configuration, func(p *Schedule) bool { return p.Name == name })
	})
}

// DeleteConfiguration removes a configuration and its schedules; ErrNotFound if
// there is none. The schedules go first: if the process is killed in between, the
// next configuration of that name must not inherit them.
func (s *Schedules) DeleteConfiguration(ctx context.Context, name string) error {
	return s.try(ctx, func() error {
		if err := s.configurations.Exists(name); err != nil {
			return err
		}
		if err := s.remove(ctx, name, func(*Schedule) bool { return true }); err != nil {
			return err
		}
		return s.configurations.Delete(ctx, name)
	})
}

// try makes a change with the newest state of the store, and makes it anew if
// another node has changed the same document meanwhile.
func (s *Schedules) try(ctx context.Context, change func() error) error {
	s.change.Lock()
	defer s.change.Unlock()
	var err error
	for range maxTries {
		if err = s.configurations.Refresh(ctx); err != nil {
			return err
		}
		if err = s.refresh(ctx); err != nil {
			return err
		}
		if err = change(); err == nil {
			return nil
		}
		if _, conflict := errors.AsType[*store.ConflictError](err); !conflict {
			return err
		}
	}
	return err
}

// sweep removes the schedules of a configuration that are no longer shown.
func (s *Schedules) sweep(ctx context.Context, configuration string, now time.Time) error {
	return s.remove(ctx, configuration, func(p *Schedule) bool { return p.gone(now) })
}

// byName are the schedules of a configuration, not to be changed.
func (s *Schedules) byName(configuration string) map[string]*Schedule {
	if h, ok := (*s.current.Load())[configuration]; ok {
		return h.byName
	}
	return nil
}

// remove removes the schedules of a configuration that which picks. If the store
// fails, the schedules that were removed before stay removed.
func (s *Schedules) remove(ctx context.Context, configuration string, which func(*Schedule) bool) error {
	var failed error
	left := maps.Clone(s.byName(configuration))
	for name, p := range s.byName(configuration) {
		if !which(p) {
			continue
		}
		id := awsapi.PrefetchID(configuration, name)
		version, err := s.documents.DeleteDocument(ctx, kind, id, p.version)
		if err != nil {
			failed = fmt.Errorf("delete prefetch schedule %q: %w", id, err)
			break
		}
		s.stored.Changed(version)
		delete(left, name)
	}
	if len(left) != len(s.byName(configuration)) {
		s.show(configuration, left)
	}
	return failed
}

// write stores a schedule in place of the one that it was made from, if any, and
// then shows it to readers.
func (s *Schedules) write(ctx context.Context, p *Schedule) error {
	id := awsapi.PrefetchID(p.Configuration, p.Name)
	doc, err := encodeRecord(p)
	if err != nil {
		return fmt.Errorf("encode prefetch schedule %q: %w", id, err)
	}
	next := *p
	if next.version, err = s.documents.PutDocument(ctx, kind, id, p.version, doc); err != nil {
		return fmt.Errorf("store prefetch schedule %q: %w", id, err)
	}
	s.stored.Changed(next.version)
	byName := map[string]*Schedule{}
	maps.Copy(byName, s.byName(p.Configuration))
	byName[p.Name] = &next
	s.show(p.Configuration, byName)
	return nil
}

// show makes the schedules of a configuration those that readers see.
func (s *Schedules) show(configuration string, byName map[string]*Schedule) {
	shelves := maps.Clone(*s.current.Load())
	if len(byName) == 0 {
		delete(shelves, configuration)
	} else {
		shelves[configuration] = newShelf(byName, s.now())
	}
	s.current.Store(&shelves)
}
