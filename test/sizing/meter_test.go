package sizing

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// quantity is something that viewers cost.
type quantity string

// What is measured. Operations are the scripts that nodes run, and their reads of attempts; the
// commands of a script are not counted.
const (
	operations quantity = "operations"
	redisCPU   quantity = "Redis CPU, ms"
	nodeCPU    quantity = "node CPU, ms"
	sentBytes  quantity = "bytes to Redis"
	readBytes  quantity = "bytes from Redis"
)

// quantities are those of a meter.
var quantities = []quantity{operations, redisCPU, nodeCPU, sentBytes, readBytes}

// meter reads what was used so far.
type meter struct {
	client *redis.Client
	// idle is what nodes without viewers use in a second.
	idle map[quantity]float64
}

// reading is what was used by a time.
type reading struct {
	at    time.Time
	total map[quantity]float64
}

// newMeter measures what nodes without viewers use for a while.
func newMeter(ctx context.Context, c *redis.Client, while time.Duration) (*meter, error) {
	m := &meter{client: c}
	before, err := m.read(ctx)
	if err != nil {
		return nil, err
	}
	<-time.After(while)
	m.idle, err = m.since(ctx, before)
	for q := range m.idle {
		m.idle[q] /= while.Seconds()
	}
	return m, err
}

// since is what was used since a reading, without what nodes use by themselves.
func (m *meter) since(ctx context.Context, before reading) (map[quantity]float64, error) {
	now, err := m.read(ctx)
	used := map[quantity]float64{}
	for q, total := range now.total {
		used[q] = total - before.total[q] - m.idle[q]*now.at.Sub(before.at).Seconds()
	}
	return used, err
}

func (m *meter) read(ctx context.Context) (r reading, err error) {
	r = reading{at: time.Now(), total: map[quantity]float64{}}
	info := map[string]string{}
	for _, section := range []string{"commandstats", "cpu", "stats"} {
		text, err := m.client.Info(ctx, section).Result()
		if err != nil {
			return r, fmt.Errorf("INFO %s: %w", section, err)
		}
		for line := range strings.Lines(text) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
				info[name] = value
			}
		}
	}
	number := func(text string) float64 {
		x, failed := strconv.ParseFloat(text, 64)
		err = errors.Join(err, failed)
		return x
	}
	for name, value := range info {
		if name != "cmdstat_evalsha" && name != "cmdstat_eval" && name != "cmdstat_hgetall" {
			continue
		}
		_, calls, _ := strings.Cut(value, "calls=")
		calls, _, _ = strings.Cut(calls, ",")
		r.total[operations] += number(calls)
	}
	r.total[redisCPU] = 1000 * (number(info["used_cpu_user_main_thread"]) + number(info["used_cpu_sys_main_thread"]))
	r.total[sentBytes], r.total[readBytes] = number(info["total_net_input_bytes"]), number(info["total_net_output_bytes"])
	r.total[nodeCPU] = float64(cpu()) / float64(time.Millisecond)
	return r, err
}

// kinds are the memory of the keys by what they keep, in bytes, with their values.
func (m *meter) kinds(ctx context.Context) (map[string]float64, error) {
	sums := map[string]float64{}
	var cursor uint64
	for {
		keys, next, err := m.client.Scan(ctx, cursor, "*", 2000).Result()
		if err != nil {
			return nil, err
		}
		pipe := m.client.Pipeline()
		sizes := make([]*redis.IntCmd, len(keys))
		for i, key := range keys {
			sizes[i] = pipe.MemoryUsage(ctx, key, 0)
		}
		if len(keys) > 0 {
			if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
				return nil, err
			}
		}
		for i, key := range keys {
			sums[kindOf(key)] += float64(sizes[i].Val())
		}
		if cursor = next; cursor == 0 {
			return sums, nil
		}
	}
}

// The kinds of what is kept.
const (
	sessionKind = "records of the session"
	auditKind   = "audit: decisions and beacons"
	triggerKind = "triggers"
	searchKind  = "what searches find"
	sumKind     = "report sums, until they are folded"
	otherKind   = "ledger, layout, blocks of reports"
)

var kinds = []string{sessionKind, auditKind, triggerKind, searchKind, sumKind, otherKind}

// kindOf is what a key keeps.
func kindOf(key string) string {
	part := strings.SplitN(key, ":", 5) // prefix, layout, kind, tag, name
	name := part[len(part)-1]
	switch part[2] {
	case "facts", "order":
		switch {
		case strings.HasPrefix(name, "session/"):
			return sessionKind
		case strings.HasPrefix(name, "record/"), strings.HasPrefix(name, "beacons/"):
			return auditKind
		}
	case "beacons", "tried", "due", "claimed", "unsent":
		return triggerKind
	case "about", "term":
		return searchKind
	case "sums", "taken", "generation":
		return sumKind
	}
	return otherKind
}
