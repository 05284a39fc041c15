package jobs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
)

// asked is a job that a configuration asks for.
type asked struct {
	configuration, url string
	// seconds is the declared length; 0 is none.
	seconds int64
	// failed is whether it is tried again.
	failed bool
}

func (a asked) job(now time.Time) *job {
	j := &job{looked: now, Work: Work{
		ID: a.configuration + " " + a.url, Creative: avail.Creative{URL: a.url, Configuration: a.configuration, Duration: a.seconds * 1_000_000},
	}}
	if a.failed {
		j.failures = 1
	}
	return j
}

// TestQueueOrder: one film, or one host, held all others up (issue 13). Each job ends
// before the next begins.
func TestQueueOrder(t *testing.T) {
	many := func(configuration, host string, n int) []asked {
		var list []asked
		for i := range n {
			list = append(list, asked{configuration: configuration, url: fmt.Sprintf("http://%s/%d", host, i)})
		}
		return list
	}
	for _, c := range []struct {
		name  string
		asked []asked
		want  []string // the first of them
	}{
		{"configurations take turns",
			append(many("a", "a.example", 50), many("b", "b.example", 2)...),
			[]string{"a http://a.example/0", "b http://b.example/0", "a http://a.example/1", "b http://b.example/1", "a http://a.example/2"}},
		{"hosts of a configuration take turns",
			append(many("a", "a.example", 50), many("a", "b.example", 2)...),
			[]string{"a http://a.example/0", "a http://b.example/0", "a http://a.example/1", "a http://b.example/1", "a http://a.example/2"}},
		{"a host is its address and not its port",
			slices.Concat(many("a", "a.example:81", 2), many("a", "A.example:82", 2), many("a", "b.example", 1)),
			[]string{"a http://a.example:81/0", "a http://b.example/0", "a http://a.example:81/1"}},
		{"short ads of a host go first",
			[]asked{{"a", "http://h/none", 0, false}, {"a", "http://h/long", 600, false}, {"a", "http://h/short", 15, false}},
			[]string{"a http://h/short", "a http://h/long", "a http://h/none"}},
		{"a second attempt waits for all first ones",
			[]asked{{"b", "http://h/again", 5, true}, {"a", "http://h/1", 600, false}, {"a", "http://h/2", 600, false}},
			[]string{"a http://h/1", "a http://h/2", "b http://h/again"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := newQueue(1000, 7, 2)
			now := time.Now()
			for _, a := range c.asked {
				q.push(a.job(now), now)
			}
			var got []string
			for range c.want {
				j := q.pop()
				got = append(got, j.ID)
				q.leave(j)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("the order is %q, want %q", got, c.want)
			}
		})
	}
}

// TestNewNamesGainNothing: a host that has had turns is not passed by names that
// come new for ever.
func TestNewNamesGainNothing(t *testing.T) {
	q := newQueue(1000, 7, 2)
	now := time.Now()
	for i := range 3 {
		q.push(asked{"a", fmt.Sprint("http://fair.example/", i), 0, false}.job(now), now)
	}
	fair := 0
	for i := range 9 {
		q.push(asked{"a", fmt.Sprintf("http://new%d.example/", i), 1, false}.job(now), now)
		j := q.pop()
		if strings.Contains(j.ID, "fair") {
			fair++
		}
		q.leave(j)
	}
	if fair != 3 {
		t.Errorf("of nine turns the host that waited had %d, want all its three", fair)
	}
}

// TestQueuePlaces: neither a host nor a configuration has all places.
func TestQueuePlaces(t *testing.T) {
	q := newQueue(1000, 7, 2)
	now := time.Now()
	for i := range 20 {
		q.push(asked{"a", fmt.Sprintf("http://drip.example:%d/%d", 8000+i, i), 0, false}.job(now), now)
	}
	var running []*job
	for j := q.pop(); j != nil; j = q.pop() {
		running = append(running, j)
	}
	if len(running) != 2 {
		t.Errorf("one host on twenty ports has %d places, want 2", len(running))
	}
	for i := range 20 {
		q.push(asked{"a", fmt.Sprintf("http://drip%d.example/", i), 0, false}.job(now), now)
	}
	for j := q.pop(); j != nil; j = q.pop() {
		running = append(running, j)
	}
	if len(running) != 5 {
		t.Errorf("one configuration has %d places, want 5", len(running))
	}
	q.push(asked{"b", "http://fair.example/", 0, false}.job(now), now)
	if j := q.pop(); j == nil || j.by.configuration != "b" {
		t.Errorf("another configuration has to wait")
	} else {
		running = append(running, j)
	}
	for _, j := range running {
		q.leave(j)
	}
	for _, j := range slices.Clone(q.waiting) {
		q.refresh(j, avail.Creative{URL: "http://moved.example/", Configuration: "a"})
	}
	for j := q.pop(); j != nil; j = q.pop() {
		q.leave(j)
	}
	if !q.hosts.Empty() || !q.configurations.Empty() || !q.lanes.Empty() {
		t.Errorf("what has nothing is remembered: %+v %+v %+v", q.hosts, q.configurations, q.lanes)
	}
}

// TestFullQueueDropsTheGreedy: a configuration that asks for thousands of creatives
// does not push out those of others.
func TestFullQueueDropsTheGreedy(t *testing.T) {
	q := newQueue(10, 7, 2)
	now := time.Now()
	q.push(asked{"b", "http://fair.example/", 0, false}.job(now), now)
	for i := range 50 {
		now = now.Add(time.Second)
		if dropped := q.push(asked{"a", fmt.Sprint("http://a.example/", i), 0, false}.job(now), now); dropped != nil && dropped.by.configuration != "a" {
			t.Fatalf("%s is dropped", dropped.ID)
		}
	}
	if len(q.waiting) != 10 || len(q.jobs) != 10 {
		t.Errorf("%d wait, %d are known", len(q.waiting), len(q.jobs))
	}
}
