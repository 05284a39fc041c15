package transcodecache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

const (
	// jobDocument is the kind of the documents of jobs, the queue that all nodes share. A
	// job has one from when a node asks for it until its asset is ready; after a failure
	// it keeps the reason.
	jobDocument = "creative-job"
	// maxStarts is how often work on a job begins without a word of how it ended: its
	// workers may have died of it.
	maxStarts = 3
	// jobLife is how long a job is kept that no decision asks for.
	jobLife = 24 * time.Hour
	// askLimit bounds what a lookup asks of the store.
	askLimit = 5 * time.Second
)

// sharedJob is the document of a job.
type sharedJob struct {
	Source   string         `json:"source"`
	Profile  string         `json:"profile"`
	Creative avail.Creative `json:"creative"`
	// Since is when it was asked for first, Asked when it was after a failure.
	Since time.Time `json:"since"`
	Asked time.Time `json:"asked,omitzero"`
	// Starts is how often work on it has begun since the last known end.
	Starts int `json:"starts,omitempty"`
	// The others are set after a failure.
	Failures int          `json:"failures,omitempty"`
	Reason   avail.Reason `json:"reason,omitempty"`
	Message  string       `json:"message,omitempty"`
	Retry    time.Time    `json:"retry,omitzero"`
}

// waits tells whether the job is to be done.
func (s *sharedJob) waits() bool { return s.Reason == "" || !s.Asked.Before(s.Retry) }

func (c *Cache) readJob(ctx context.Context, entry string) (r sharedJob, version int64, err error) {
	doc, err := c.opts.Index.Document(ctx, jobDocument, entry)
	if err == nil && doc.Version > 0 {
		err = json.Unmarshal(doc.Body, &r)
	}
	if err != nil {
		return sharedJob{}, 0, fmt.Errorf("job %s: %w", entry, err)
	}
	return r, doc.Version, nil
}

func (c *Cache) putJob(ctx context.Context, entry string, version int64, r *sharedJob) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = c.opts.Index.PutDocument(ctx, jobDocument, entry, version, doc)
	return err
}

// share tells all nodes that a job is to be done. created is that no node has asked for it
// before. Where the job has failed and it is too early for another try, share changes
// nothing, and the job does not wait.
func (c *Cache) share(ctx context.Context, j *job, now time.Time) (r sharedJob, created bool, err error) {
	for {
		r, version, err := c.readJob(ctx, j.entry)
		if err != nil {
			return r, false, err
		}
		switch {
		case version == 0:
			r = sharedJob{Source: j.source, Profile: j.profile, Creative: j.creative, Since: now}
		case r.waits() || now.Before(r.Retry):
			return r, false, nil
		default:
			r.Creative, r.Asked = j.creative, now
		}
		err = c.putJob(ctx, j.entry, version, &r)
		if _, changed := errors.AsType[*store.ConflictError](err); changed {
			continue
		}
		return r, version == 0, err
	}
}

// ask finds out about a job in the store, and asks all nodes for it unless that was done. ""
// says that its asset is ready. Meanwhile the job is in state jobAsking, so that no other
// lookup asks too.
func (c *Cache) ask(ctx context.Context, j *job, now time.Time) avail.Reason {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
	defer cancel()
	ready, err := c.recall(ctx, j.source, j.profile, j.creative)
	var shared sharedJob
	var created bool
	if err == nil && !ready {
		shared, created, err = c.share(ctx, j, now)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(j.asked)
	switch {
	case err != nil:
		c.opts.Log.Error("transcode cache: look up a creative", "profile", j.profile, "err", err)
		delete(c.queue.jobs, j.entry)
		return avail.InternalError
	case ready:
		delete(c.queue.jobs, j.entry)
		return ""
	case !shared.waits():
		j.failedElsewhere(&shared)
		return j.reason
	}
	j.shared = true
	c.push(j)
	if created {
		return avail.CreativeNew
	}
	return avail.CreativeTranscoding
}

// failedElsewhere takes over the failure of a job that another node, or an earlier
// process, had.
func (j *job) failedElsewhere(r *sharedJob) {
	j.state, j.shared = jobFailed, true
	j.reason, j.message, j.retry, j.failures = r.Reason, r.Message, r.Retry, r.Failures
}

// verdict is what begin finds.
type verdict uint8

const (
	// jobToDo: this node has the job.
	jobToDo verdict = iota
	// jobElsewhere: another node works on it.
	jobElsewhere
	// jobHasFailed: it has failed elsewhere.
	jobHasFailed
	// jobIsDone: its asset is ready.
	jobIsDone
)

// begin takes the lease of a job and finds out what there is to do. release ends the lease.
func (c *Cache) begin(ctx context.Context, j *job, creative avail.Creative) (v verdict, r sharedJob, release func(), err error) {
	release = func() {}
	key := "job/" + j.entry
	held, _, err := c.opts.Leases.Lease(ctx, key, c.owner, leaseLife)
	if err != nil || !held {
		return jobElsewhere, r, release, err
	}
	release = c.keepLease(ctx, key, c.owner)
	now := c.opts.Now()
	known, err := c.sources.read(ctx, j.source)
	if err != nil {
		return jobToDo, r, release, err
	}
	var s *stored
	if known != nil {
		if s, err = c.find(ctx, assetID(j.profile, known, creative)); err != nil {
			return jobToDo, r, release, err
		}
	}
	j.again = s != nil
	if s != nil {
		if now.Sub(known.Checked) < c.opts.Revalidate {
			return jobIsDone, r, release, nil
		}
		return jobToDo, r, release, nil
	}
	r, version, err := c.readJob(ctx, j.entry)
	if err != nil {
		return jobToDo, r, release, err
	}
	if version == 0 {
		r = sharedJob{Source: j.source, Profile: j.profile, Creative: creative, Since: now}
	} else if !r.waits() {
		return jobHasFailed, r, release, nil
	}
	if r.Starts++; r.Starts > maxStarts {
		return jobToDo, r, release, &failure{avail.TranscodeFailed, fmt.Errorf("work on it began %d times and never ended", maxStarts)}
	}
	return jobToDo, r, release, c.putJob(ctx, j.entry, store.AnyVersion, &r)
}

// settle tells all nodes how a job has ended; r has the reason of a failure. A revalidation concerns this node alone.
func (c *Cache) settle(ctx context.Context, j *job, r *sharedJob, o outcome) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
	defer cancel()
	var err error
	switch o {
	case outcomeReady:
		_, err = c.opts.Index.DeleteDocument(ctx, jobDocument, j.entry, store.AnyVersion)
	case outcomeInterrupted:
		r.Starts = max(0, r.Starts-1)
		err = c.putJob(ctx, j.entry, store.AnyVersion, r)
	default:
		r.Starts = 0
		err = c.putJob(ctx, j.entry, store.AnyVersion, r)
	}
	if err != nil {
		c.opts.Log.Warn("transcode cache: the end of a job was not stored", "err", err)
	}
}

// followEvery is how often a node looks at the jobs of all nodes.
const followEvery = time.Second

// followUntil keeps the queue of this node like that of all nodes until ctx ends.
func (c *Cache) followUntil(ctx context.Context) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	last := int64(-1)
	for {
		if version, err := c.follow(ctx, last); err != nil {
			if ctx.Err() == nil {
				c.opts.Log.Warn("transcode cache: read the jobs of all nodes", "err", err)
			}
		} else {
			last = version
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// follow reads the jobs of all nodes if they have changed since a version, or if one that
// another node works on may be to be taken over.
func (c *Cache) follow(ctx context.Context, last int64) (int64, error) {
	c.mu.Lock()
	dropped := slices.DeleteFunc(c.dropped, func(entry string) bool { return c.queue.jobs[entry] != nil })
	c.dropped = nil
	elsewhere := false
	var oldest time.Time
	for _, j := range c.queue.jobs {
		elsewhere = elsewhere || j.state == jobAway
		if j.state == jobQueued && (oldest.IsZero() || j.since.Before(oldest)) {
			oldest = j.since
		}
	}
	c.mu.Unlock()
	c.opts.Metrics.age(oldest, c.opts.Now())
	for _, entry := range dropped {
		if _, err := c.opts.Index.DeleteDocument(ctx, jobDocument, entry, store.AnyVersion); err != nil {
			return last, err
		}
	}
	version, err := c.opts.Index.KindVersion(ctx, jobDocument)
	if err != nil || version == last && !elsewhere {
		return version, err
	}
	jobs := map[string]*sharedJob{}
	err = eachDocument(ctx, c.opts.Index, jobDocument, func(d store.Document) error {
		r := new(sharedJob)
		if err := json.Unmarshal(d.Body, r); err != nil {
			return fmt.Errorf("job %s: %w", d.ID, err)
		}
		jobs[d.ID] = r
		return nil
	})
	if err != nil {
		return last, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for entry, r := range jobs {
		c.merge(entry, r)
	}
	for entry, j := range c.queue.jobs {
		if jobs[entry] == nil && j.shared && j.state != jobRunning && j.state != jobAsking {
			c.queue.forget(j) // it is done, or was removed
		}
	}
	return version, nil
}

// merge brings the job of this node up to date. The lock is held.
func (c *Cache) merge(entry string, r *sharedJob) {
	j := c.queue.jobs[entry]
	switch {
	case j == nil:
		if !r.waits() {
			return // the next decision that asks for it reads why
		}
		j = &job{entry: entry, source: r.Source, profile: r.Profile, creative: r.Creative, looked: r.Since, failures: r.Failures, shared: true}
		c.push(j)
		j.since = r.Since
	case j.state == jobRunning || j.state == jobAsking:
	case !r.waits() && (j.state != jobFailed || r.Failures > j.failures):
		c.queue.withdraw(j)
		j.failedElsewhere(r)
	case r.waits() && (j.state == jobAway || j.state == jobFailed && j.shared && !r.Asked.Before(j.retry)):
		c.push(j)
	}
}

// forgetJobs removes jobs that no decision asks for any more.
func (c *Cache) forgetJobs(ctx context.Context) error {
	now := c.opts.Now()
	return eachDocument(ctx, c.opts.Index, jobDocument, func(d store.Document) error {
		var r sharedJob
		err := json.Unmarshal(d.Body, &r)
		old := now.Sub(r.Since) > jobLife && now.Sub(r.Asked) > jobLife
		if err == nil && (r.waits() && !old || !r.waits() && now.Sub(r.Retry) < lastRetry) {
			return nil
		}
		_, err = c.opts.Index.DeleteDocument(ctx, jobDocument, d.ID, d.Version)
		if _, changed := errors.AsType[*store.ConflictError](err); changed {
			return nil
		}
		return err
	})
}
