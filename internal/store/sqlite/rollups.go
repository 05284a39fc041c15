package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

var _ store.Rollups = (*Store)(nil)

// addAll adds increments to the roll-ups of their minute and their hour.
func (b *batch) addAll(adds []avail.Add) error {
	for i := range adds {
		a := &adds[i]
		at := time.UnixMicro(a.At)
		group, err := b.group(a, at.Truncate(time.Hour).Unix())
		if err != nil {
			return err
		}
		for _, step := range []time.Duration{time.Minute, time.Hour} {
			_, err := b.exec(`INSERT INTO rollups (step, at, grp, measure, n) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (step, at, grp, measure) DO UPDATE SET n = n + excluded.n`,
				int64(step/time.Second), at.Truncate(step).Unix(), group, a.Measure, a.N)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// group is the number of an increment's group, or of the one that stands for it
// where the hour has no room for another.
func (b *batch) group(a *avail.Add, hour int64) (id int64, err error) {
	if id, err = b.groupID(a.Group); err != nil {
		return 0, err
	}
	var there bool
	if err := b.row("SELECT EXISTS (SELECT 1 FROM rollup_hours WHERE at = ? AND grp = ?)", []any{hour, id}, &there); err != nil || there {
		return id, err
	}
	var count int
	if err := b.row("SELECT coalesce(max(n), 0) FROM rollup_hours WHERE at = ? AND grp = 0", []any{hour}, &count); err != nil {
		return 0, err
	}
	if count >= store.MaxGroups {
		return b.groupID(a.Other)
	}
	if _, err := b.exec("INSERT INTO rollup_hours (at, grp) VALUES (?, ?)", hour, id); err != nil {
		return 0, err
	}
	_, err = b.exec("INSERT INTO rollup_hours (at, grp, n) VALUES (?, 0, 1) ON CONFLICT (at, grp) DO UPDATE SET n = n + 1", hour)
	return id, err
}

// groupID is the number of a group, made if it is new.
func (b *batch) groupID(name string) (id int64, err error) {
	err = b.row("SELECT id FROM rollup_groups WHERE name = ?", []any{name}, &id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	done, err := b.exec("INSERT INTO rollup_groups (name) VALUES (?)", name)
	if err != nil {
		return 0, err
	}
	return done.LastInsertId()
}

// Sums implements store.Rollups.
func (s *Store) Sums(ctx context.Context, step time.Duration, from, to time.Time) ([]store.Sum, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT g.name, x.measure, x.n FROM
		(SELECT grp, measure, sum(n) AS n FROM rollups WHERE step = ? AND at >= ? AND at < ? GROUP BY grp, measure) x
		JOIN rollup_groups g ON g.id = x.grp`,
		int64(step/time.Second), from.Truncate(step).Unix(), to.Truncate(step).Unix())
	if err != nil {
		return nil, fmt.Errorf("sqlite: read roll-ups: %w", fault(err))
	}
	defer rows.Close()
	var list []store.Sum
	for rows.Next() {
		var x store.Sum
		if err := rows.Scan(&x.Group, &x.Measure, &x.N); err != nil {
			return nil, fmt.Errorf("sqlite: read roll-ups: %w", fault(err))
		}
		list = append(list, x)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqlite: read roll-ups: %w", fault(err))
	}
	return list, nil
}

// sweepRollups removes some roll-ups that are older than they are kept.
func (b *batch) sweepRollups(retention time.Duration) (int, error) {
	now, n := time.UnixMicro(b.now), int64(0)
	hour := now.Add(-retention).Truncate(time.Hour).Unix()
	for _, q := range []struct {
		query string
		args  []any
	}{
		{"DELETE FROM rollups WHERE (step, at, grp, measure) IN (SELECT step, at, grp, measure FROM rollups WHERE step = 60 AND at < ? LIMIT ?)", []any{now.Add(-min(store.MinutesKept, retention)).Truncate(time.Minute).Unix(), sweepStep}},
		{"DELETE FROM rollups WHERE (step, at, grp, measure) IN (SELECT step, at, grp, measure FROM rollups WHERE step = 3600 AND at < ? LIMIT ?)", []any{hour, sweepStep}},
		{"DELETE FROM rollup_hours WHERE (at, grp) IN (SELECT at, grp FROM rollup_hours WHERE at < ? LIMIT ?)", []any{hour, sweepStep}},
	} {
		done, err := b.exec(q.query, q.args...)
		if err != nil {
			return 0, err
		}
		k, err := done.RowsAffected()
		if err != nil {
			return 0, err
		}
		n += k
	}
	return int(n), nil
}
