package blob

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// chunkSize is the size of a value: a large one would block the server while it is read
// or written, and other clients with it.
const chunkSize = 512 << 10

// Redis keeps sets in a Redis server or cluster. The keys, whose braces place those of a
// set in one slot of a cluster:
//
//	<prefix>blob:{<id>}:set          string, JSON of the Set; written last, removed first
//	<prefix>blob:{<id>}:<name>:<n>   string, chunk n of a file
//	<prefix>blob:sets                sorted set of ids with score 0, for List
//
// All but the last expire unless they are touched.
type Redis struct {
	client redis.UniversalClient
	prefix string
	ttl    time.Duration
}

var _ Store = (*Redis)(nil)

// NewRedis makes a store of a client. prefix begins all keys; ttl is for how long a set
// is kept after its last use.
func NewRedis(client redis.UniversalClient, prefix string, ttl time.Duration) *Redis {
	return &Redis{client, prefix + "blob:", ttl}
}

func (r *Redis) meta(id string) string { return r.prefix + "{" + id + "}:set" }
func (r *Redis) sets() string          { return r.prefix + "sets" }
func (r *Redis) chunk(id, name string, n int64) string {
	return r.prefix + "{" + id + "}:" + name + ":" + strconv.FormatInt(n, 10)
}

// keys are the keys of the chunks of a set.
func (r *Redis) keys(s *Set) []string {
	var keys []string
	for name, size := range s.Files {
		for n := range (size + chunkSize - 1) / chunkSize {
			keys = append(keys, r.chunk(s.ID, name, n))
		}
	}
	return keys
}

// Put implements Store.
func (r *Redis) Put(ctx context.Context, id, dir string, files map[string]int64) error {
	if err := checkSet(id, files); err != nil {
		return err
	}
	if err := r.Delete(ctx, id); err != nil {
		return err
	}
	buffer := make([]byte, chunkSize)
	for name, size := range files {
		if err := r.putFile(ctx, id, filepath.Join(dir, name), name, size, buffer); err != nil {
			return fmt.Errorf("store file %s: %w", name, err)
		}
	}
	doc, err := json.Marshal(Set{ID: id, Files: files, Used: time.Now().UTC()})
	if err != nil {
		return err
	}
	if err := r.client.Set(ctx, r.meta(id), doc, r.ttl).Err(); err != nil {
		return err
	}
	return r.client.ZAdd(ctx, r.sets(), redis.Z{Member: id}).Err()
}

func (r *Redis) putFile(ctx context.Context, id, path, name string, size int64, buffer []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var stored int64
	for n := int64(0); stored < size; n++ {
		k, err := io.ReadFull(f, buffer)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("it has %d bytes instead of %d: %w", stored, size, err)
		}
		// A chunk that a crash leaves behind expires.
		if err := r.client.Set(ctx, r.chunk(id, name, n), buffer[:k], r.ttl).Err(); err != nil {
			return err
		}
		stored += int64(k)
	}
	if stored != size {
		return fmt.Errorf("it has %d bytes instead of %d", stored, size)
	}
	return nil
}

// Stat implements Store.
func (r *Redis) Stat(ctx context.Context, id string) (Set, error) {
	if !ValidID(id) {
		return Set{}, missing(id, "")
	}
	doc, err := r.client.Get(ctx, r.meta(id)).Bytes()
	if errors.Is(err, redis.Nil) {
		return Set{}, missing(id, "")
	}
	if err != nil {
		return Set{}, err
	}
	var s Set
	if err := json.Unmarshal(doc, &s); err != nil {
		return Set{}, fmt.Errorf("rendition %s: %w", id, err)
	}
	return s, nil
}

// Open implements Store.
func (r *Redis) Open(ctx context.Context, id, name string, offset, length int64) (io.ReadCloser, error) {
	s, err := r.Stat(ctx, id)
	if err != nil {
		return nil, err
	}
	size, ok := s.Files[name]
	if !ok {
		return nil, missing(id, name)
	}
	from, n := clip(size, offset, length)
	return io.NopCloser(&chunks{ctx: ctx, of: r, id: id, name: name, at: from, left: n}), nil
}

// chunks reads a part of a file, a chunk at a time.
type chunks struct {
	ctx      context.Context //nolint:containedctx // a reader has no other way to know it
	of       *Redis
	id, name string
	at, left int64
	buffer   bytes.Reader
}

// Read implements io.Reader.
func (c *chunks) Read(p []byte) (int, error) {
	if c.buffer.Len() == 0 {
		if c.left == 0 {
			return 0, io.EOF
		}
		n := c.at / chunkSize
		chunk, err := c.of.client.Get(c.ctx, c.of.chunk(c.id, c.name, n)).Bytes()
		if errors.Is(err, redis.Nil) {
			err = missing(c.id, c.name)
		}
		if err != nil {
			return 0, err
		}
		skip := c.at - n*chunkSize
		take := min(c.left, int64(len(chunk))-skip)
		if take <= 0 {
			return 0, io.ErrUnexpectedEOF
		}
		c.buffer.Reset(chunk[skip : skip+take])
		c.at, c.left = c.at+take, c.left-take
	}
	return c.buffer.Read(p)
}

// Touch implements Store: it has all keys of the set expire later.
func (r *Redis) Touch(ctx context.Context, id string) error {
	s, err := r.Stat(ctx, id)
	if err != nil {
		return err
	}
	s.Used = time.Now().UTC()
	doc, err := json.Marshal(s)
	if err != nil {
		return err
	}
	var lives []*redis.BoolCmd
	_, err = r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, key := range r.keys(&s) {
			lives = append(lives, p.Expire(ctx, key, r.ttl))
		}
		p.ZAdd(ctx, r.sets(), redis.Z{Member: id})
		p.SetArgs(ctx, r.meta(id), doc, redis.SetArgs{Mode: "XX", TTL: r.ttl})
		return nil
	})
	if errors.Is(err, redis.Nil) {
		return missing(id, "")
	}
	if err != nil {
		return err
	}
	for _, live := range lives {
		if !live.Val() { // a chunk was evicted by the server's own policy
			return errors.Join(missing(id, ""), r.Delete(ctx, id))
		}
	}
	return nil
}

// Delete implements Store.
func (r *Redis) Delete(ctx context.Context, id string) error {
	s, err := r.Stat(ctx, id)
	if errors.Is(err, ErrNotFound) {
		if !ValidID(id) {
			return nil
		}
		return r.client.ZRem(ctx, r.sets(), id).Err()
	}
	if err != nil {
		return err
	}
	if err := r.client.Del(ctx, r.meta(id)).Err(); err != nil {
		return err
	}
	// UNLINK frees the values outside of the server's only thread.
	if err := r.client.Unlink(ctx, r.keys(&s)...).Err(); err != nil {
		return err
	}
	return r.client.ZRem(ctx, r.sets(), id).Err()
}

// List implements Store. Ids whose sets have expired are forgotten by the way.
func (r *Redis) List(ctx context.Context, after string, limit int) ([]Set, error) {
	var list []Set
	for len(list) < limit {
		low := "-"
		if after != "" {
			low = "(" + after
		}
		ids, err := r.client.ZRangeArgs(ctx, redis.ZRangeArgs{Key: r.sets(), Start: low, Stop: "+", ByLex: true, Count: int64(limit - len(list))}).Result()
		if err != nil || len(ids) == 0 {
			return list, err
		}
		for _, id := range ids {
			after = id
			s, err := r.Stat(ctx, id)
			if errors.Is(err, ErrNotFound) {
				// If another node stores it at this moment, its next Touch lists it.
				if err := r.client.ZRem(ctx, r.sets(), id).Err(); err != nil {
					return nil, err
				}
				continue
			}
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
	}
	return list, nil
}

// Check implements Store.
func (r *Redis) Check(ctx context.Context) error { return r.client.Ping(ctx).Err() }
