package jobs

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/turn"
)

const (
	// maxEntries bounds what is remembered of creatives that aren't ready: ad
	// servers choose their keys.
	maxEntries = 10_000
	// firstRetry doubles with every failure in a row up to lastRetry.
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

// job is work that is not done.
type job struct {
	Work
	state state
	// by is under whose names it waits or runs, since when it waits.
	by    competitors
	since time.Time
	// looked is when it was last asked for.
	looked time.Time
	// shared is whether it has a document; again is whether its asset is ready, and is
	// revalidated.
	shared, again bool
	// asked is closed when the store has answered, in state asking.
	asked chan struct{}
	// These are set after a failure; message is for people.
	reason   avail.Reason
	message  string
	retry    time.Time
	failures int
}

type state uint8

const (
	queued state = iota + 1
	running
	failed
	// away: another node works on it.
	away
	// asking: the store is asked about it.
	asking
)

// queue holds the jobs by id, and those that wait for a place to be fetched. It
// is not safe for concurrent use; the board guards it.
type queue struct {
	jobs    map[string]*job
	waiting []*job
	// limit is how many wait at most.
	limit int
	// perHost is how many jobs of one host run at most, perConfiguration of one
	// configuration: a host that drips must leave places to others of the
	// configuration, and a configuration to other ones.
	perHost, perConfiguration int
	hosts, configurations     turn.Shares
	// lanes are the hosts of each configuration.
	lanes turn.Shares
}

// newQueue is a queue for jobs that have some places.
func newQueue(limit, places, perHost int) queue {
	return queue{jobs: map[string]*job{}, limit: limit, perHost: perHost, perConfiguration: max(1, places-2)}
}

// competitors are the names under which a job waits and runs, as they were when it
// began to wait.
type competitors struct{ host, configuration, lane string }

// compete says who a creative's job belongs to. A host is its address: a server
// may have any number of ports, and one name in any case.
func compete(c avail.Creative) competitors {
	var host string
	if u, err := url.Parse(c.URL); err == nil {
		host = strings.ToLower(u.Hostname())
	}
	return competitors{host: host, configuration: c.Configuration, lane: c.Configuration + "\x00" + host}
}

// each is the queue's shares with the job's name in them.
func (q *queue) each(c competitors, do func(s *turn.Shares, name string)) {
	do(&q.hosts, c.host)
	do(&q.configurations, c.configuration)
	do(&q.lanes, c.lane)
}

// push lets a job wait its turn. If more than the limit wait, one of the
// configuration that has the most of them is forgotten and returned: that which
// was not asked for the longest.
func (q *queue) push(j *job, now time.Time) (dropped *job) {
	j.state, j.since, j.by = queued, now, compete(j.Creative)
	q.jobs[j.ID] = j
	q.waiting = append(q.waiting, j)
	q.each(j.by, (*turn.Shares).Wait)
	if len(q.waiting) <= q.limit {
		return nil
	}
	oldest := 0
	for i, w := range q.waiting {
		than := q.waiting[oldest]
		has, most := q.configurations.Waiting(w.by.configuration), q.configurations.Waiting(than.by.configuration)
		if has > most || has == most && w.looked.Before(than.looked) {
			oldest = i
		}
	}
	dropped = q.waiting[oldest]
	q.waiting = slices.Delete(q.waiting, oldest, oldest+1)
	q.each(dropped.by, (*turn.Shares).GiveUp)
	delete(q.jobs, dropped.ID)
	return dropped
}

// pop takes the job whose turn it is, of those whose host and configuration have
// room for another; nil if none has.
func (q *queue) pop() *job {
	next := -1
	for i, j := range q.waiting {
		if q.hosts.Running(j.by.host) >= q.perHost || q.configurations.Running(j.by.configuration) >= q.perConfiguration {
			continue
		}
		if next < 0 || q.before(j, q.waiting[next]) {
			next = i
		}
	}
	if next < 0 {
		return nil
	}
	j := q.waiting[next]
	q.waiting = slices.Delete(q.waiting, next, next+1)
	q.each(j.by, (*turn.Shares).Take)
	j.state = running
	return j
}

// before is whether the turn of a comes before that of b, which waits longer. A
// second attempt waits for all first ones. Configurations take turns, and within
// each its hosts do; of one host short ads go first. Those whose length is not
// declared go last.
func (q *queue) before(a, b *job) bool {
	length := func(j *job) int64 {
		if d := j.Creative.Duration; d > 0 {
			return d
		}
		return math.MaxInt64
	}
	return cmp.Or(
		cmp.Compare(min(a.failures, 1), min(b.failures, 1)),
		cmp.Compare(q.configurations.Last(a.by.configuration), q.configurations.Last(b.by.configuration)),
		cmp.Compare(q.lanes.Last(a.by.lane), q.lanes.Last(b.by.lane)),
		cmp.Compare(length(a), length(b)),
	) < 0
}

// refresh gives a job that does not run the creative's newest URL, since tokens in
// media URLs expire.
func (q *queue) refresh(j *job, c avail.Creative) {
	waits := j.state == queued
	if waits {
		q.each(j.by, (*turn.Shares).GiveUp)
	}
	j.Creative = c
	if waits {
		j.by = compete(c)
		q.each(j.by, (*turn.Shares).Wait)
	}
}

// withdraw takes a job out of those that wait, if it does.
func (q *queue) withdraw(j *job) {
	if i := slices.Index(q.waiting, j); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
		q.each(j.by, (*turn.Shares).GiveUp)
	}
}

// forget forgets a job that does not run.
func (q *queue) forget(j *job) {
	q.withdraw(j)
	delete(q.jobs, j.ID)
}

// leave ends a job that was popped.
func (q *queue) leave(j *job) { q.each(j.by, (*turn.Shares).Leave) }

// fail remembers a failure until it may be tried again.
func (q *queue) fail(j *job, reason avail.Reason, message string, now time.Time) {
	j.failures++
	wait := lastRetry
	if shift := j.failures - 1; shift < 6 {
		wait = min(firstRetry<<shift, lastRetry)
	}
	j.state, j.reason, j.message, j.retry = failed, reason, message, now.Add(wait)
	if len(q.jobs) <= maxEntries {
		return
	}
	for entry, old := range q.jobs {
		if old.state == failed && old != j {
			delete(q.jobs, entry) // any: it costs one more try
			return
		}
	}
}
