package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/redis/layout"
	"stitcher/internal/store/redis/script"
	"stitcher/internal/store/redis/server"
	"stitcher/internal/store/redis/sums"
	"stitcher/internal/store/rollup"
)

var _ store.Portable = (*Store)(nil)

// scanStep is how many keys a server looks at for one page of an export.
const scanStep = 1000

// scan lists the keys of a kind, on every server.
func (s *Store) scan(ctx context.Context, kind string) ([]string, error) {
	var mu sync.Mutex
	seen := map[string]bool{} // SCAN may give a key twice
	pattern := s.keys.Pattern(kind)
	page := func(ctx context.Context, c *redis.Client) error {
		for it := c.Scan(ctx, 0, pattern, scanStep).Iterator(); ; {
			if !it.Next(ctx) {
				return it.Err()
			}
			mu.Lock()
			seen[it.Val()] = true
			mu.Unlock()
		}
	}
	var err error
	switch c := s.client.(type) {
	case *redis.ClusterClient:
		err = c.ForEachMaster(ctx, page)
	case *redis.Client:
		err = page(ctx, c)
	}
	keys := make([]string, 0, len(seen))
	for key := range seen {
		keys = append(keys, key)
	}
	return keys, server.Fault(err)
}

// each calls do for every key of a kind, until it fails.
func (s *Store) each(ctx context.Context, kind string, do func(tag, rest, key string) error) error {
	keys, err := s.scan(ctx, kind)
	for _, key := range keys {
		if err != nil {
			break
		}
		tag, rest := s.keys.Tagged(kind, key)
		err = do(tag, rest, key)
	}
	if err != nil {
		return fmt.Errorf("redis: export %s: %w", kind, err)
	}
	return nil
}

// EachOwner implements store.Portable.
func (s *Store) EachOwner(ctx context.Context, do func(store.Owner) error) error {
	return s.each(ctx, "facts", func(_, name, key string) error {
		meta, err := s.client.HGet(ctx, key, "@").Result()
		if errors.Is(err, redis.Nil) || err == nil && len(meta) != 16 {
			return nil // it has expired meanwhile
		}
		if err != nil {
			return server.Fault(err)
		}
		b := []byte(meta)
		o := store.Owner{Name: name, Expires: store.Ever, Rev: int64(binary.BigEndian.Uint64(b[8:]))}
		if at := int64(binary.BigEndian.Uint64(b)); at != 0 {
			o.Expires = time.UnixMicro(at)
		}
		if o.Facts, err = s.Recall(ctx, name); err != nil {
			return err
		}
		return do(o)
	})
}

// EachDocument implements store.Portable.
func (s *Store) EachDocument(ctx context.Context, do func(kind string, d store.Document) error) error {
	return s.each(ctx, "docs", func(kind, _, _ string) error {
		for after := ""; ; {
			page, err := s.ListDocuments(ctx, kind, after, 100)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, d := range page {
				if err := do(kind, d); err != nil {
					return err
				}
			}
			after = page[len(page)-1].ID
		}
	})
}

// EachTrigger implements store.Portable. What is claimed is due: its sender has ended.
func (s *Store) EachTrigger(ctx context.Context, do func(store.Kept) error) error {
	return s.each(ctx, "beacons", func(_, rest, key string) error {
		i := strings.LastIndexByte(rest, ':')
		if i < 0 {
			return script.ErrReply
		}
		at, err := avail.ParseKey(rest[i+1:])
		if err != nil {
			return err
		}
		fields, err := s.client.HGetAll(ctx, key).Result()
		if err != nil {
			return server.Fault(err)
		}
		for ad, text := range fields {
			k := store.Kept{Trigger: avail.Trigger{Session: rest[:i], Avail: at}}
			if k.Ad, err = strconv.Atoi(ad); err != nil || len(text) != triggerBytes {
				return script.ErrReply
			}
			b := []byte(text)
			k.Events, k.Sent = avail.Events(binary.BigEndian.Uint64(b)), avail.Events(binary.BigEndian.Uint64(b[8:]))
			k.At, k.Until = int64(binary.BigEndian.Uint64(b[16:])), int64(binary.BigEndian.Uint64(b[24:]))
			k.Due = k.At
			due, err := s.client.ZScore(ctx, s.keys.Trigger(k.Trigger)[1], layout.Member(k.Trigger)).Result()
			if err == nil {
				k.Due = int64(due)
			} else if !errors.Is(err, redis.Nil) {
				return server.Fault(err)
			}
			if k.Tried, err = s.Attempts(ctx, k.Trigger); err != nil {
				return err
			}
			if err := do(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// EachBlock implements store.Portable. It folds twice, because sums that a node had taken
// are folded alone.
func (s *Store) EachBlock(ctx context.Context, do func(store.Block) error) error {
	for range 2 {
		if err := s.Fold(ctx); err != nil {
			return err
		}
	}
	return s.each(ctx, "rollup", func(tag, part, key string) error {
		day, err := time.Parse(time.DateOnly, tag)
		if err != nil || part == "" {
			return script.ErrReply
		}
		b := store.Block{Piece: rollup.Piece{Level: rollup.Day, At: day.Unix()}}
		switch part[0] {
		case 'd': // comes with the state
			return nil
		case 's':
			text, err := s.client.Get(ctx, key).Result()
			if err != nil {
				return server.Fault(err)
			}
			at, err := sums.ReadState(text)
			if err != nil {
				return err
			}
			b.Whole = at.Whole()
		default:
			hour, err := strconv.Atoi(part[1:])
			if err != nil {
				return script.ErrReply
			}
			b.At += int64(hour) * int64(rollup.Hour)
			if b.Level = rollup.Hour; part[0] == 'm' {
				b.Level = rollup.Minutes
			}
		}
		if b.Columns, err = s.columns(ctx, b.Piece); err != nil || len(b.Columns) == 0 {
			return err
		}
		return do(b)
	})
}

// PutBlock implements store.Portable.
func (s *Store) PutBlock(ctx context.Context, b store.Block) error {
	kept := s.left(b.Piece, s.scripts.Time())
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		if b.Level == rollup.Day {
			at := sums.NewState()
			at.SetWhole(b.Whole)
			p.Set(ctx, s.keys.State(b.At), string(at), kept)
		}
		for name, data := range b.Columns {
			p.HSet(ctx, s.keys.Block(b.Piece), name, data)
		}
		p.PExpire(ctx, s.keys.Block(b.Piece), kept)
		return nil
	})
	if err != nil {
		return fmt.Errorf("redis: import roll-ups: %w", server.Fault(err))
	}
	return nil
}

// PutOwner implements store.Portable.
func (s *Store) PutOwner(ctx context.Context, o store.Owner) error {
	keys := s.keys.Owner(o.Name)[:2]
	expires := int64(0)
	if o.Expires.Before(store.Ever) {
		expires = o.Expires.UnixMicro()
	}
	values := []any{"@", string(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(expires)), uint64(o.Rev)))}
	var order []redis.Z
	for _, f := range o.Facts {
		head := append(binary.BigEndian.AppendUint64(nil, uint64(f.Rev)), rankBytes(f.Rank)...)
		values = append(values, "/"+f.Key, string(append(head, f.Value...)))
		order = append(order, redis.Z{Score: float64(f.Rev), Member: f.Key})
	}
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, keys...)
		p.HSet(ctx, keys[0], values...)
		if len(order) > 0 {
			p.ZAdd(ctx, keys[1], order...)
		}
		if expires != 0 {
			for _, key := range keys {
				p.PExpire(ctx, key, max(time.Millisecond, time.Until(o.Expires)+store.Remains))
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("redis: import owner %s: %w", o.Name, server.Fault(err))
	}
	return nil
}

// PutTrigger implements store.Portable.
func (s *Store) PutTrigger(ctx context.Context, k store.Kept) error {
	keys, name := s.keys.Trigger(k.Trigger), layout.Member(k.Trigger)
	row := append(eventBytes(k.Events), eventBytes(k.Sent)...)
	row = binary.BigEndian.AppendUint64(row, uint64(k.At))
	row = binary.BigEndian.AppendUint64(row, uint64(k.Until))
	others, err := s.client.HVals(ctx, keys[0]).Result()
	if err != nil {
		return fmt.Errorf("redis: import trigger: %w", server.Fault(err))
	}
	unsent := k.Sent != k.Events
	for _, text := range others { // other ads of the avail
		unsent = unsent || len(text) == triggerBytes && text[:8] != text[8:16]
	}
	_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, keys[0], layout.Field(k.Trigger), string(row))
		for _, key := range keys[1:4] {
			p.ZRem(ctx, key, name)
		}
		p.Del(ctx, keys[4])
		if unsent {
			p.Persist(ctx, keys[0])
		} else {
			p.PExpire(ctx, keys[0], max(time.Minute, time.Until(time.UnixMicro(k.Until))))
		}
		if k.Sent == k.Events {
			return nil
		}
		p.ZAdd(ctx, keys[1], redis.Z{Score: float64(k.Due), Member: name})
		p.ZAdd(ctx, keys[3], redis.Z{Score: float64(k.At), Member: name})
		for _, a := range k.Tried {
			url, text := packAttempt(a)
			p.HSet(ctx, keys[4], url, text)
		}
		if len(k.Tried) > 0 {
			p.PExpire(ctx, keys[4], triedFor)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("redis: import trigger: %w", server.Fault(err))
	}
	return nil
}
