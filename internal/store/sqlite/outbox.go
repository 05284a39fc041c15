package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/sqlite/database"
)

var _ store.Outbox = (*Store)(nil)

// Widen implements store.Outbox. A repeated request writes nothing.
func (s *Store) Widen(ctx context.Context, t avail.Trigger, ttl time.Duration) (avail.Events, error) {
	unknown, err := s.known(ctx, t)
	if err != nil || unknown == 0 {
		return 0, err
	}
	var added avail.Events
	err = s.submit(ctx, func(b *batch) (err error) {
		added, err = b.widen(t, ttl)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sqlite: widen trigger: %w", err)
	}
	return added, nil
}

func (b *batch) widen(t avail.Trigger, ttl time.Duration) (avail.Events, error) {
	var events avail.Events
	err := b.Row("SELECT events FROM triggers WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ?", triggerKey(t), &events)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = b.Exec(`INSERT INTO triggers (session, epoch, sequence, ad, events, sent, at, due, expires)
			VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)`, append(triggerKey(t), t.Events, t.At, b.Now, until(b.Now, ttl))...)
		return t.Events, err
	}
	if err != nil {
		return 0, err
	}
	added := t.Events &^ events
	if added == 0 {
		return 0, nil
	}
	_, err = b.Exec(`UPDATE triggers SET events = ?, at = ?, due = ?, expires = ?
		WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ?`,
		append([]any{events | added, t.At, b.Now, until(b.Now, ttl)}, triggerKey(t)...)...)
	return added, err
}

// known is which of t's events are not stored yet, by a read that does not wait
// for the writer.
func (s *Store) known(ctx context.Context, t avail.Trigger) (avail.Events, error) {
	var events avail.Events
	err := s.db.Read.QueryRowContext(ctx, "SELECT events FROM triggers WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ?", triggerKey(t)...).Scan(&events)
	if errors.Is(err, sql.ErrNoRows) {
		return t.Events, nil
	}
	if err != nil {
		return 0, fmt.Errorf("sqlite: read trigger: %w", database.Fault(err))
	}
	return t.Events &^ events, nil
}

func triggerKey(t avail.Trigger) []any {
	return []any{t.Session, t.Avail.Epoch, t.Avail.Sequence, t.Ad}
}

// Pending implements store.Outbox.
func (s *Store) Pending(ctx context.Context, limit int, lease time.Duration) ([]store.Claim, error) {
	var due int
	now := s.now().UnixMicro()
	if err := s.db.Read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM triggers WHERE sent <> events AND due <= ? AND leased <= ?)", now, now).Scan(&due); err != nil {
		return nil, fmt.Errorf("sqlite: pending triggers: %w", err)
	}
	if due == 0 {
		return nil, nil
	}
	var list []store.Claim
	err := s.submit(ctx, func(b *batch) error {
		list = nil
		err := b.Each(`SELECT session, epoch, sequence, ad, events, sent, at FROM triggers
			WHERE sent <> events AND due <= ? AND leased <= ? ORDER BY due, id LIMIT ?`, []any{b.Now, b.Now, limit}, func(r *sql.Rows) error {
			t := store.Claim{Until: b.Now + lease.Microseconds()}
			var sent avail.Events
			if err := r.Scan(&t.Session, &t.Avail.Epoch, &t.Avail.Sequence, &t.Ad, &t.Events, &sent, &t.At); err != nil {
				return err
			}
			t.Events &^= sent
			list = append(list, t)
			return nil
		})
		if err != nil {
			return err
		}
		for _, t := range list {
			if _, err := b.Exec("UPDATE triggers SET leased = ? WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ?",
				append([]any{t.Until}, triggerKey(t.Trigger)...)...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sqlite: pending triggers: %w", err)
	}
	return list, nil
}

const attemptsQuery = `SELECT event, url, attempts, due, done, failed FROM retries
	WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ?`

// Attempts implements store.Outbox.
func (s *Store) Attempts(ctx context.Context, t avail.Trigger) ([]store.Attempt, error) {
	rows, err := s.readers.attempts.QueryContext(ctx, triggerKey(t)...)
	if err != nil {
		return nil, fmt.Errorf("sqlite: read attempts: %w", err)
	}
	defer rows.Close()
	var list []store.Attempt
	for rows.Next() {
		var a store.Attempt
		if err := rows.Scan(&a.Event, &a.URL, &a.Count, &a.Due, &a.Done, &a.Failed); err != nil {
			return nil, fmt.Errorf("sqlite: read attempts: %w", err)
		}
		list = append(list, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqlite: read attempts: %w", err)
	}
	return list, nil
}

// Settle implements store.Outbox.
func (s *Store) Settle(ctx context.Context, c store.Claim, sent avail.Events, tried []store.Attempt, due int64, adds ...store.EventAdd) error {
	key := triggerKey(c.Trigger)
	err := s.submit(ctx, func(b *batch) error {
		var events, before avail.Events
		var leased, next int64
		if err := b.Row("SELECT events, sent, leased, due FROM triggers WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ?", key, &events, &before, &leased, &next); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return nil // it was settled before and has expired since
			}
			return err
		}
		for _, a := range adds {
			if a.Event&sent&^before != 0 {
				b.Deltas.Add(a.Add)
			}
		}
		for _, a := range tried {
			if err := b.addTried(c.Trigger, before, a); err != nil {
				return err
			}
		}
		if leased == c.Until {
			leased, next = 0, due
			if events&^before&^c.Events != 0 || events == before|sent {
				next = b.Now // more was triggered meanwhile, or is from now on
			}
		}
		if _, err := b.Exec("UPDATE triggers SET sent = ?, due = ?, leased = ? WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ?",
			append([]any{before | sent, next, leased}, key...)...); err != nil {
			return err
		}
		if events == before|sent {
			_, err := b.Exec("DELETE FROM retries WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ?", key...)
			return err
		}
		for _, a := range tried {
			if _, err := b.Exec(`INSERT INTO retries (session, epoch, sequence, ad, event, url, attempts, due, done, failed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (session, epoch, sequence, ad, event, url) DO UPDATE SET attempts = excluded.attempts, due = excluded.due, done = excluded.done, failed = excluded.failed`,
				append(slices.Clone(key), a.Event, a.URL, a.Count, a.Due, a.Done, a.Failed)...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sqlite: settle trigger: %w", err)
	}
	return nil
}

// addTried adds what an attempt counts, unless another sender has settled it.
func (b *batch) addTried(t avail.Trigger, sent avail.Events, a store.Attempt) error {
	if len(a.Adds) == 0 || a.Event&sent != 0 {
		return nil
	}
	var old store.Attempt
	err := b.Row(`SELECT attempts, done FROM retries
		WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ? AND event = ? AND url = ?`,
		append(triggerKey(t), a.Event, a.URL), &old.Count, &old.Done)
	if err != nil && !errors.Is(err, sql.ErrNoRows) || !a.News(old) {
		return ignoreNoRows(err)
	}
	b.Deltas.Add(a.Adds...)
	return nil
}

func ignoreNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// Backlog implements store.Outbox.
func (s *Store) Backlog(ctx context.Context) (count int, oldest int64, err error) {
	var at sql.NullInt64
	if err := s.db.Read.QueryRowContext(ctx, "SELECT count(*), min(at) FROM triggers WHERE sent <> events").Scan(&count, &at); err != nil {
		return 0, 0, fmt.Errorf("sqlite: backlog: %w", err)
	}
	return count, at.Int64, nil
}
