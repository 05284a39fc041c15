package redis

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"stitcher/internal/avail"
)

// layout is the version of the keys. Versions of stitcher that run side by side
// during an upgrade use one layout; another layout is other keys.
const layout = "1"

// shards is how many parts the outbox has, each in a hash slot of its own, so that a
// cluster shares its load. It belongs to the layout.
const shards = 64

// keys names the keys of a store. Keys that one script uses have one hash tag, the
// part in braces, and are therefore in one slot.
type keys struct{ prefix string }

func (k keys) name(kind, tag string) string {
	return k.prefix + layout + ":" + kind + ":{" + tag + "}"
}

// owner is the facts of an owner and their order.
func (k keys) owner(name string) []string {
	return []string{k.name("facts", name), k.name("order", name)}
}

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
// its shard, and the hash of what was tried.
func (k keys) trigger(t avail.Trigger) []string {
	n := shardOf(t.Session)
	tag := strconv.Itoa(n)
	of := ":" + t.Session + ":" + t.Avail.String()
	list := append([]string{k.name("beacons", tag) + of}, k.shard(n)...)
	return append(list, k.name("tried", tag)+of+":"+strconv.Itoa(t.Ad))
}

// shardOf is the shard of a session's triggers. It belongs to the layout.
func shardOf(session string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(session))
	return int(h.Sum32() % shards)
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
