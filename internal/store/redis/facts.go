package redis

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/store/redis/script"
)

var _ store.Facts = (*Store)(nil)

var (
	writeFacts  = script.New("owner", "sums", "finder", "facts_write")
	sinceFacts  = script.New("owner", "facts_since")
	getFacts    = script.New("owner", "facts_get")
	newestFacts = script.New("owner", "facts_newest")
	dropFacts   = script.New("owner", "facts_drop")
	touchOwner  = script.New("owner", "facts_touch")
	ownerExpiry = script.New("owner", "facts_expires")
)

// Create implements store.Facts.
func (s *Store) Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) ([]avail.Fact, error) {
	a, err := s.write(ctx, owner, ttl, "", facts)
	if err != nil {
		return nil, fmt.Errorf("redis: create facts of %s: %w", owner, err)
	}
	return a.Facts, nil
}

// Append implements store.Facts.
func (s *Store) Append(ctx context.Context, owner string, ttl time.Duration, rev int64, facts ...avail.Fact) (store.Appended, error) {
	a, err := s.write(ctx, owner, ttl, strconv.FormatInt(rev, 10), facts)
	if err != nil {
		return store.Appended{}, fmt.Errorf("redis: append facts of %s: %w", owner, err)
	}
	return a, nil
}

// write creates facts, where rev is not empty on the condition that the owner is at
// that revision.
func (s *Store) write(ctx context.Context, owner string, ttl time.Duration, rev string, facts []avail.Fact) (store.Appended, error) {
	ctx, cancel, deadline := s.scripts.Bounded(ctx)
	defer cancel()
	keys := s.keys.Owner(owner)
	args := make([]any, 7, 7+5*len(facts))
	args[0], args[1], args[2], args[3] = deadline, store.Remains.Microseconds(), ttl.Microseconds(), rev
	args[4], args[5], args[6] = owner, s.retention.Microseconds(), mostFound
	for _, f := range facts {
		args = append(args, f.Key, rankBytes(f.Rank), f.Value)
		args = appendAdds(args, f.Adds...)
		keys, args = s.appendFound(keys, args, owner, f.Found)
	}
	r, err := s.scripts.Run(ctx, writeFacts, keys, args...)
	if err != nil {
		return store.Appended{}, err
	}
	s.scripts.Learn(r.At(2).Number(), time.Now())
	a := store.Appended{Written: r.At(0).Number() == 1, Rev: r.At(1).Number()}
	if !a.Written {
		a.Facts, err = log(r, 3)
		return a, err
	}
	a.Facts = make([]avail.Fact, len(facts))
	for i, f := range facts {
		text, _ := r.At(3 + i).Text()
		if a.Facts[i], err = unpackFact(f.Key, text); err != nil {
			return store.Appended{}, err
		}
	}
	return a, nil
}

// Since implements store.Facts.
func (s *Store) Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error) {
	facts, now, err := s.load(ctx, owner, rev, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("redis: read facts of %s: %w", owner, err)
	}
	return facts, now, nil
}

// Recall implements store.Facts.
func (s *Store) Recall(ctx context.Context, owner string) ([]avail.Fact, error) {
	facts, _, err := s.load(ctx, owner, 0, store.Remains)
	if err != nil {
		return nil, fmt.Errorf("redis: recall facts of %s: %w", owner, err)
	}
	return facts, nil
}

// load reads the facts after a revision of an owner that has not expired for longer
// than remains.
func (s *Store) load(ctx context.Context, owner string, rev int64, remains time.Duration) ([]avail.Fact, int64, error) {
	r, err := s.scripts.Run(ctx, sinceFacts, s.keys.Owner(owner), remains.Microseconds(), rev)
	if err != nil {
		return nil, 0, err
	}
	facts, err := log(r, 1)
	return facts, r.At(0).Number(), err
}

// log is the keys and facts of an answer from element i on.
func log(r script.Reply, i int) ([]avail.Fact, error) {
	var facts []avail.Fact
	for ; i+1 < r.Len(); i += 2 {
		key, _ := r.At(i).Text()
		text, _ := r.At(i + 1).Text()
		f, err := unpackFact(key, text)
		if err != nil {
			return nil, err
		}
		facts = append(facts, f)
	}
	return facts, nil
}

// Get implements store.Facts.
func (s *Store) Get(ctx context.Context, owner string, keys ...string) ([]avail.Fact, error) {
	facts, args := make([]avail.Fact, len(keys)), make([]any, len(keys))
	for i, key := range keys {
		facts[i].Key, args[i] = key, key
	}
	if len(keys) == 0 {
		return facts, nil
	}
	r, err := s.scripts.Run(ctx, getFacts, s.keys.Owner(owner), args...)
	for i := range keys {
		text, there := r.At(i).Text()
		if err == nil && there {
			facts[i], err = unpackFact(keys[i], text)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("redis: read facts of %s: %w", owner, err)
	}
	return facts, nil
}

// Newest implements store.Newest.
func (s *Store) Newest(ctx context.Context, owner string, most int, keys ...string) (got, news []avail.Fact, after, rev int64, err error) {
	args := []any{most}
	for _, key := range keys {
		args = append(args, key)
	}
	r, err := s.scripts.Run(ctx, newestFacts, s.keys.Owner(owner), args...)
	got = make([]avail.Fact, len(keys))
	for i, key := range keys {
		got[i].Key = key
		if text, there := r.At(2 + i).Text(); err == nil && there {
			got[i], err = unpackFact(key, text)
		}
	}
	if err == nil && r.Len() > 1 {
		after, rev = r.At(1).Number(), r.At(0).Number()
		news, err = log(r, 2+len(keys))
	}
	if err != nil {
		return nil, nil, 0, 0, fmt.Errorf("redis: read facts of %s: %w", owner, err)
	}
	return got, news, after, rev, nil
}

// Drop implements store.Facts.
func (s *Store) Drop(ctx context.Context, owner string, keys ...string) error {
	args := make([]any, len(keys))
	for i, key := range keys {
		args[i] = key
	}
	if _, err := s.scripts.Run(ctx, dropFacts, s.keys.Owner(owner), args...); err != nil {
		return fmt.Errorf("redis: drop facts of %s: %w", owner, err)
	}
	return nil
}

// touchStep is how many owners one round trip touches, so that no viewer waits for it.
const touchStep = 500

// Touch implements store.Facts.
func (s *Store) Touch(ctx context.Context, ttl time.Duration, owners ...string) error {
	for some := range slices.Chunk(owners, touchStep) {
		calls := make([]script.Call, len(some))
		for i, owner := range some {
			calls[i] = script.Call{Keys: s.keys.Owner(owner), Args: []any{store.Remains.Microseconds(), ttl.Microseconds()}}
		}
		if _, err := s.scripts.RunAll(ctx, touchOwner, calls); err != nil {
			return fmt.Errorf("redis: touch %d owners: %w", len(owners), err)
		}
	}
	return nil
}

// Expires implements store.Facts.
func (s *Store) Expires(ctx context.Context, owner string) (time.Time, error) {
	r, err := s.scripts.Run(ctx, ownerExpiry, s.keys.Owner(owner))
	if err != nil {
		return time.Time{}, fmt.Errorf("redis: read the expiry of %s: %w", owner, err)
	}
	switch at := r.Number(); at {
	case -1:
		return time.Time{}, nil
	case 0:
		return store.Ever, nil
	default:
		return time.UnixMicro(at), nil
	}
}

// factHead is the length of what stands before the value of a fact: its revision and
// its rank, big endian.
const factHead = 16

// unpackFact reads a fact as it is stored.
func unpackFact(key, text string) (avail.Fact, error) {
	if len(text) < factHead {
		return avail.Fact{}, fmt.Errorf("%w: fact %q has %d bytes", script.ErrReply, key, len(text))
	}
	head := []byte(text[:factHead])
	return avail.Fact{
		Key: key, Value: []byte(text[factHead:]),
		Rev: int64(binary.BigEndian.Uint64(head)), Rank: rank(binary.BigEndian.Uint64(head[8:])),
	}, nil
}

// rankBytes is a rank such that a greater rank is greater as an unsigned number.
func rankBytes(n int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(n)^1<<63)
}

func rank(stored uint64) int64 { return int64(stored ^ uint64(math.MaxInt64+1)) }
