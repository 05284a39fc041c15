// Package layout names the keys of a store. Which slot of a cluster a key is in, and which
// shard an owner or a session is in, belong to it.
package layout

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store/rollup"
)

// version is that of the keys. Versions of stitcher that run side by side
// during an upgrade use one layout; another layout is other keys.
const version = "1"

// Shards is how many parts the outbox has, each in a hash slot of its own, so that a
// cluster shares its load; OwnerShards is how many parts the owners of facts have. SumShards
// is how many shards have sums: those of owners, then those of the outbox.
const (
	Shards      = 64
	OwnerShards = 256
	SumShards   = OwnerShards + Shards
)

// Keys names the keys of a store. Keys that one script uses have one hash tag, the
// part in braces, and are therefore in one slot.
type Keys struct {
	// Prefix stands before every key.
	Prefix string
}

// kindPrefix begins the keys of a kind.
func (k Keys) kindPrefix(kind string) string { return k.Prefix + version + ":" + kind + ":" }

// Pattern is the pattern of SCAN that the keys of a kind match.
func (k Keys) Pattern(kind string) string {
	return strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`).Replace(k.kindPrefix(kind)) + "*"
}

// Tagged is what stands in the hash tag of a key, and what stands after it.
func (k Keys) Tagged(kind, key string) (tag, rest string) {
	text := strings.TrimPrefix(key, k.kindPrefix(kind)+"{")
	if kind != "docs" { // the tag is a shard
		tag, rest, _ = strings.Cut(text, "}:")
		return tag, rest
	}
	return strings.TrimSuffix(text, "}"), ""
}

// SumsOf are the keys of the sums of a shard.
func (k Keys) SumsOf(shard int) []string {
	if shard < OwnerShards {
		return k.Sums(ShardTag(shard))
	}
	return k.Sums(strconv.Itoa(shard - OwnerShards))
}

func (k Keys) name(kind, tag string) string {
	return k.kindPrefix(kind) + "{" + tag + "}"
}

// Owner is the facts of an owner and their order, and the sums of its shard.
func (k Keys) Owner(name string) []string {
	tag := OwnerTag(name)
	return append([]string{k.name("facts", tag) + ":" + name, k.name("order", tag) + ":" + name}, k.Sums(tag)[:2]...)
}

// Term is the owners of a shard that have a term.
func (k Keys) Term(tag, term string) string { return k.name("term", tag) + ":" + term }

// About is what a search answers of an owner.
func (k Keys) About(owner string) string { return k.name("about", OwnerTag(owner)) + ":" + owner }

// OwnerTag is the tag of an owner's shard.
func OwnerTag(owner string) string { return ShardTag(hashed(owner) % OwnerShards) }

// ShardTag is the tag of a shard of owners.
func ShardTag(n int) string { return "f" + strconv.Itoa(n) }

// Sums is what is added to roll-ups in a shard: the sums, the last number of a generation,
// and the sums that were taken.
func (k Keys) Sums(tag string) []string {
	return []string{k.name("sums", tag), k.name("generation", tag), k.name("taken", tag)}
}

// State is what the blocks of a day have taken up.
func (k Keys) State(day int64) string { return k.name("rollup", dayTag(day)) + ":state" }

// Block is the columns of a block: m05, h05 or day.
func (k Keys) Block(p rollup.Piece) string {
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

// Kind is the documents of a kind and the order of their ids.
func (k Keys) Kind(name string) []string {
	return []string{k.name("docs", name), k.name("ids", name)}
}

// Lease is a lease.
func (k Keys) Lease(key string) []string { return []string{k.name("lease", key)} }

// Shard is the queues of a shard of the outbox: due, claimed, and all that is unsent.
func (k Keys) Shard(n int) []string {
	tag := strconv.Itoa(n)
	return []string{k.name("due", tag), k.name("claimed", tag), k.name("unsent", tag)}
}

// Trigger is the keys of a trigger: the hash of its avail in its session, the queues of
// its shard, the hash of what was tried, and the sums of its shard.
func (k Keys) Trigger(t avail.Trigger) []string {
	n := shardOf(t.Session)
	tag := strconv.Itoa(n)
	of := ":" + t.Session + ":" + t.Avail.String()
	list := append([]string{k.name("beacons", tag) + of}, k.Shard(n)...)
	return append(append(list, k.name("tried", tag)+of+":"+strconv.Itoa(t.Ad)), k.Sums(tag)[:2]...)
}

// shardOf is the shard of a session's triggers. It belongs to the layout.
func shardOf(session string) int { return hashed(session) % Shards }

func hashed(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return int(h.Sum32())
}

// Field is the field of a trigger in the hash of its avail.
func Field(t avail.Trigger) string { return strconv.Itoa(t.Ad) }

// Member is the name of a trigger in the queues.
func Member(t avail.Trigger) string {
	return t.Avail.String() + " " + strconv.Itoa(t.Ad) + " " + t.Session
}

// ParseMember reads what Member wrote.
func ParseMember(name string) (t avail.Trigger, err error) {
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
