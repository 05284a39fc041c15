package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/rollup"
	"stitcher/internal/store/sqlite/blocks"
	"stitcher/internal/store/sqlite/database"
)

var _ store.Portable = (*Store)(nil)

// EachOwner implements store.Portable.
func (s *Store) EachOwner(ctx context.Context, do func(store.Owner) error) error {
	type row struct {
		name         string
		expires, rev int64
	}
	var all []row
	err := s.eachRow(ctx, "SELECT owner, expires, rev FROM owners WHERE expires = 0 OR expires > ?", []any{s.now().Add(-store.Remains).UnixMicro()}, func(r *sql.Rows) error {
		var x row
		err := r.Scan(&x.name, &x.expires, &x.rev)
		all = append(all, x)
		return err
	})
	for _, x := range all {
		if err != nil {
			break
		}
		o := store.Owner{Name: x.name, Expires: store.Ever, Rev: x.rev}
		if x.expires > 0 {
			o.Expires = time.UnixMicro(x.expires)
		}
		err = s.eachRow(ctx, "SELECT key, seq, rank, value FROM facts WHERE owner = ? ORDER BY seq", []any{x.name}, func(r *sql.Rows) error {
			var f avail.Fact
			err := r.Scan(&f.Key, &f.Rev, &f.Rank, &f.Value)
			f.Value = database.Blob(f.Value)
			o.Facts = append(o.Facts, f)
			return err
		})
		if err == nil {
			err = do(o)
		}
	}
	return exported("owners", err)
}

// EachDocument implements store.Portable.
func (s *Store) EachDocument(ctx context.Context, do func(kind string, d store.Document) error) error {
	return exported("documents", s.eachRow(ctx, "SELECT kind, id, version, doc FROM documents ORDER BY kind, id", nil, func(r *sql.Rows) error {
		var kind string
		var d store.Document
		if err := r.Scan(&kind, &d.ID, &d.Version, &d.Body); err != nil {
			return err
		}
		d.Body = database.Blob(d.Body)
		return do(kind, d)
	}))
}

// EachTrigger implements store.Portable.
func (s *Store) EachTrigger(ctx context.Context, do func(store.Kept) error) error {
	var all []store.Kept
	err := s.eachRow(ctx, "SELECT session, epoch, sequence, ad, events, sent, at, due, expires FROM triggers ORDER BY id", nil, func(r *sql.Rows) error {
		var k store.Kept
		err := r.Scan(&k.Session, &k.Avail.Epoch, &k.Avail.Sequence, &k.Ad, &k.Events, &k.Sent, &k.At, &k.Due, &k.Until)
		all = append(all, k)
		return err
	})
	for _, k := range all {
		if err != nil {
			break
		}
		if k.Tried, err = s.Attempts(ctx, k.Trigger); err == nil {
			err = do(k)
		}
	}
	return exported("triggers", err)
}

// EachBlock implements store.Portable.
func (s *Store) EachBlock(ctx context.Context, do func(store.Block) error) error {
	err := s.Fold(ctx)
	if err != nil {
		return err
	}
	return exported("roll-ups", s.snapshot(ctx, func(tx *sql.Tx) error {
		pieces, err := blocks.Pieces(ctx, tx)
		for _, p := range pieces {
			b := store.Block{Piece: p}
			if err == nil {
				b.Columns, err = blocks.Columns(ctx, tx, p)
			}
			if err == nil {
				b.Whole, err = blocks.Whole(ctx, tx, p)
			}
			if err == nil {
				err = do(b)
			}
		}
		return err
	}))
}

// eachRow calls scan for every row of a query.
func (s *Store) eachRow(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := s.db.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func exported(what string, err error) error {
	if err != nil {
		return fmt.Errorf("sqlite: export %s: %w", what, err)
	}
	return nil
}

// PutOwner implements store.Portable.
func (s *Store) PutOwner(ctx context.Context, o store.Owner) error {
	err := s.submit(ctx, func(b *batch) error {
		if err := b.forget(o.Name); err != nil {
			return err
		}
		expires, rev := int64(0), o.Rev
		if o.Expires.Before(store.Ever) {
			expires = o.Expires.UnixMicro()
		}
		for _, f := range o.Facts {
			at := f.Rev
			for taken := true; taken; {
				if err := b.Row("SELECT EXISTS (SELECT 1 FROM facts WHERE seq = ?)", []any{at}, &taken); err != nil {
					return err
				}
				if taken {
					at++
				}
			}
			if _, err := b.Exec("INSERT INTO facts (seq, owner, key, rank, value) VALUES (?, ?, ?, ?, ?)", at, o.Name, f.Key, f.Rank, database.Blob(f.Value)); err != nil {
				return err
			}
			rev = max(rev, at)
		}
		_, err := b.Exec("INSERT INTO owners (owner, expires, rev) VALUES (?, ?, ?)", o.Name, expires, rev)
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlite: import owner %s: %w", o.Name, err)
	}
	return nil
}

// PutTrigger implements store.Portable.
func (s *Store) PutTrigger(ctx context.Context, k store.Kept) error {
	key := triggerKey(k.Trigger)
	err := s.submit(ctx, func(b *batch) error {
		for _, q := range []string{
			"DELETE FROM triggers WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ?",
			"DELETE FROM retries WHERE session = ? AND epoch = ? AND sequence = ? AND ad = ?",
		} {
			if _, err := b.Exec(q, key...); err != nil {
				return err
			}
		}
		_, err := b.Exec("INSERT INTO triggers (session, epoch, sequence, ad, events, sent, at, due, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			k.Session, k.Avail.Epoch, k.Avail.Sequence, k.Ad, k.Events, k.Sent, k.At, k.Due, k.Until)
		for _, a := range k.Tried {
			if err == nil {
				_, err = b.Exec("INSERT INTO retries (session, epoch, sequence, ad, event, url, attempts, due, done) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
					k.Session, k.Avail.Epoch, k.Avail.Sequence, k.Ad, a.Event, a.URL, a.Count, a.Due, a.Done)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlite: import trigger: %w", err)
	}
	return nil
}

// PutBlock implements store.Portable.
func (s *Store) PutBlock(ctx context.Context, x store.Block) error {
	err := s.submit(ctx, func(b *batch) error {
		if x.Level == rollup.Day {
			if err := blocks.PutWhole(b.Batch, x.At, x.Whole); err != nil {
				return err
			}
		}
		return blocks.Put(b.Batch, x.Piece, x.Columns)
	})
	if err != nil {
		return fmt.Errorf("sqlite: import roll-ups: %w", err)
	}
	return nil
}
