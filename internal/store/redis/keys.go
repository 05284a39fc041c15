package redis

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store/rollup"
)

// layout is the version of the keys. Versions of stitcher that run side by side
// during an upgrade use one layout; another layout is other keys.
const layout = "1"

// shards is how many parts the outbox has, each in a hash slot of its own, so that a
// cluster shares its load; ownerShards is how many parts the owners of facts have. They
// belong to the layout.
const (
	shards      = 64
	ownerShards = 256
)

// keys names the keys of a store. Keys that one script uses have one hash tag, the
// part in braces, and are therefore in one slot.
type keys struct{ prefix string }

func (k keys) name(kind, tag string) string {
	return k.prefix + layout + ":" + kind + ":{" + tag + "}"
}

// owner is the facts of an owner and their order, and the sums of its shard.
func (k keys) owner(name string) []string {
	tag := ownerTag(hashed(name) % ownerShards)
	return append([]string{k.name("facts", tag) + ":" + name, k.name("order", tag) + ":" + name}, k.sums(tag)[:2]...)
}

// ownerTag is the tag of a shard of owners.
func ownerTag(n int) string { return "f" + strconv.Itoa(n) }

// sums is what is added to roll-ups in a shard: the sums, the last number of a generation,
// and the sums that were taken.
func (k keys) sums(tag string) []string {
	return []string{k.name("sums", tag), k.name("generation", tag), k.name("taken", tag)}
}

// state is what the blocks of a day have taken up.
func (k keys) state(day int64) string { return k.name("rollup", dayTag(day)) + ":state" }

// block is the columns of a block: m05, h05 or day.
func (k keys) block(p rollup.Piece) string {
	key := k.name("rollup", dayTag(p.Day())) + ":"
	switch p.Level {
	case rollup.Day:
		return key + "day"
	case rollup.Hour:
		return key + fmt.Sprintf("h%02d", p.Hour())
	default:
		return key + fmt.Sprintf("m%02d", p.Hour())
	}
}

// dayTag is the tag of the blocks of a day.
func dayTag(day int64) string { return time.Unix(day, 0).UTC().Format(time.DateOnly) }

// kind is the documents of a kind and the order of their ids.
func (k keys) kind(name string) []string {
	return []string{k.name("docs", name), k.name("ids", name)}
}

func (k keys) lease(key string) []string { return []string{k.name("lease", key)} }

// shard is the queues of a shard of the outbox: due, claimed, and all that is unsent.
func (k keys) shard(n int) []string {
	tag := strconv.Itoa(n)
	return []string{k.name("due", tag), k.name("claimed", tag), k.name("unsent", tag)}
}

// trigger is the keys of a trigger: the hash of its avail in its session, the queues of
// its shard, the hash of what was tried, and the sums of its shard.
func (k keys) trigger(t avail.Trigger) []string {
	n := shardOf(t.Session)
	tag := strconv.Itoa(n)
	of := ":" + t.Session + ":" + t.Avail.String()
	list := append([]string{k.name("beacons", tag) + of}, k.shard(n)...)
	return append(append(list, k.name("tried", tag)+of+":"+strconv.Itoa(t.Ad)), k.sums(tag)[:2]...)
}

// shardOf is the shard of a session's triggers. It belongs to the layout.
func shardOf(session string) int { return hashed(session) % shards }

func hashed(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return int(h.Sum32())
}

// field is the field of a trigger, memberOf its name in the queues.
func field(t avail.Trigger) string { return strconv.Itoa(t.Ad) }

func memberOf(t avail.Trigger) string {
	return t.Avail.String() + " " + strconv.Itoa(t.Ad) + " " + t.Session
}

// parseMember reads what memberOf wrote.
func parseMember(name string) (t avail.Trigger, err error) {
	parts := strings.SplitN(name, " ", 3)
	if len(parts) != 3 {
		return t, fmt.Errorf("%q is no name of a trigger", name)
	}
	if t.Avail, err = avail.ParseKey(parts[0]); err != nil {
		return t, err
	}
	if t.Ad, err = strconv.Atoi(parts[1]); err != nil {
		return t, fmt.Errorf("%q is no name of a trigger: %w", name, err)
	}
	t.Session = parts[2]
	return t, nil
}
