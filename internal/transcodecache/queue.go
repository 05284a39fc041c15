package transcodecache

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"stitcher/internal/avail"
)

const (
	// maxEntries bounds what is remembered of creatives that aren't ready: ad
	// servers choose their keys.
	maxEntries = 10_000
	// firstRetry doubles with every failure in a row up to lastRetry.
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

// job is one creative × profile that is not ready.
type job struct {
	entry    string
	profile  string
	creative avail.Creative
	state    jobState
	// looked is when it was last asked for.
	looked time.Time
	// failed are the files that could not be had or prepared since the last time
	// that all were tried, without their queries, in which tokens change.
	failed []string
	// These are set after a failure; message is for people.
	reason   avail.Reason
	message  string
	retry    time.Time
	failures int
}

// maxFailed is how many files a job knows to have failed. One whose URLs are always
// others is not tried for each.
const maxFailed = 16

// hasUntried tells whether a creative has a file that has not failed. After a fault
// that is no file's, such as the store's, it waits like all others.
func (j *job) hasUntried(c avail.Creative) bool {
	return 0 < len(j.failed) && len(j.failed) < maxFailed && len(j.untried(c)) > 0
}

// untried are the files of a creative that have not failed, in order.
func (j *job) untried(c avail.Creative) []string {
	return slices.DeleteFunc(append([]string{c.URL}, c.Others...), func(u string) bool {
		return slices.Contains(j.failed, withoutQuery(u))
	})
}

// withoutQuery cuts query and fragment.
func withoutQuery(raw string) string {
	if i := strings.IndexAny(raw, "?#"); i >= 0 {
		return raw[:i]
	}
	return raw
}

type jobState uint8

const (
	jobQueued jobState = iota + 1
	jobRunning
	jobFailed
)

// queue holds the jobs by entry and the order of those that wait. It is not
// safe for concurrent use; the cache guards it.
type queue struct {
	jobs    map[string]*job
	waiting []*job
	limit   int
	// hosts counts the running jobs of each host, which has perHost at most.
	hosts   map[string]int
	perHost int
}

// push lets a job wait its turn. If more than the limit wait, the one that
// nobody has asked for the longest is forgotten and returned.
func (q *queue) push(j *job) (dropped *job) {
	j.state = jobQueued
	q.jobs[j.entry] = j
	q.waiting = append(q.waiting, j)
	if len(q.waiting) <= q.limit {
		return nil
	}
	oldest := 0
	for i, w := range q.waiting {
		if w.looked.Before(q.waiting[oldest].looked) {
			oldest = i
		}
	}
	dropped = q.waiting[oldest]
	q.waiting = append(q.waiting[:oldest], q.waiting[oldest+1:]...)
	delete(q.jobs, dropped.entry)
	return dropped
}

// pop takes the job that waited the longest of those whose host has room for
// another; nil if none does.
func (q *queue) pop() *job {
	i := slices.IndexFunc(q.waiting, func(j *job) bool { return q.hosts[j.host()] < q.perHost })
	if i < 0 {
		return nil
	}
	j := q.waiting[i]
	q.waiting = slices.Delete(q.waiting, i, i+1)
	q.hosts[j.host()]++
	j.state = jobRunning
	return j
}

// leave ends a job that was popped.
func (q *queue) leave(j *job) {
	host := j.host()
	if q.hosts[host]--; q.hosts[host] == 0 {
		delete(q.hosts, host)
	}
}

// host is where the creative is fetched.
func (j *job) host() string {
	u, err := url.Parse(j.creative.URL)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// fail remembers a failure until it may be tried again.
func (q *queue) fail(j *job, reason avail.Reason, message string, now time.Time) {
	j.failures++
	wait := lastRetry
	if shift := j.failures - 1; shift < 6 {
		wait = min(firstRetry<<shift, lastRetry)
	}
	j.state, j.reason, j.message, j.retry = jobFailed, reason, message, now.Add(wait)
	if len(q.jobs) <= maxEntries {
		return
	}
	for entry, old := range q.jobs {
		if old.state == jobFailed && old != j {
			delete(q.jobs, entry) // any: it costs one more try
			return
		}
	}
}
