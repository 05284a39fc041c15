package transcodecache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/store"
	"stitcher/internal/transcodecache/profile"
)

// ahead is how many more jobs there may be than ffmpeg works on at once. They fetch,
// or wait for their turn. A server that drips holds up its own creatives and not
// those of others, because queue bounds the places of a host and a configuration.
const ahead = 6

// Run does the jobs until ctx ends; then it kills the ffmpeg processes under
// way, removes what they wrote, and returns. The interrupted jobs are queued
// anew by the next lookup.
func (c *Cache) Run(ctx context.Context) {
	var workers sync.WaitGroup
	if c.opts.Workers > 0 {
		for range c.opts.Workers + ahead {
			workers.Go(func() { c.work(ctx) })
		}
	}
	workers.Go(func() { c.followUntil(ctx) })
	c.sweepUntil(ctx)
	workers.Wait()
}

func (c *Cache) work(ctx context.Context) {
	for {
		c.mu.Lock()
		j := c.queue.pop()
		c.opts.Metrics.jobs.WithLabelValues(stateQueued).Set(float64(len(c.queue.waiting)))
		if j != nil {
			c.opts.Metrics.wait.WithLabelValues(j.by.configuration, stageFetch).Observe(c.opts.Now().Sub(j.since).Seconds())
		}
		c.mu.Unlock()
		if j == nil {
			select {
			case <-ctx.Done():
				return
			case <-c.wake:
			}
			continue
		}
		c.do(ctx, j)
		if ctx.Err() != nil {
			return
		}
	}
}

// do runs one job and records its outcome.
func (c *Cache) do(ctx context.Context, j *job) {
	running := c.opts.Metrics.jobs.WithLabelValues(stateRunning)
	running.Inc()
	defer running.Dec()
	c.mu.Lock()
	creative := j.creative
	c.mu.Unlock()
	start := c.opts.Now()
	found, shared, release, err := c.begin(ctx, j, creative)
	defer release()
	var r *stored
	if err == nil && found == jobToDo {
		r, err = c.obtain(ctx, j, creative)
	}
	o := outcomeOf(ctx, err)
	if found == jobToDo {
		c.opts.Metrics.duration.Observe(c.opts.Now().Sub(start).Seconds())
		c.opts.Metrics.finished.WithLabelValues(string(o)).Inc()
	}
	if found == jobIsDone || found == jobToDo && o != outcomeFailed && o != outcomeUnfetchable && !j.again {
		c.settle(ctx, j, &shared, o)
	}
	c.finish(ctx, j, found, &shared, r, err)
	if found == jobToDo && (o == outcomeFailed || o == outcomeUnfetchable) && !j.again {
		c.settle(ctx, j, &shared, o)
	}
}

// outcomeOf is the outcome of a job that ended with err.
func outcomeOf(ctx context.Context, err error) outcome {
	f, ok := errors.AsType[*failure](err)
	switch {
	case err == nil:
		return outcomeReady
	case ctx.Err() != nil:
		return outcomeInterrupted
	case ok && f.reason == avail.CreativeUnfetchable:
		return outcomeUnfetchable
	}
	return outcomeFailed
}

// finish takes a job that has ended out of the queue, or remembers why it failed.
func (c *Cache) finish(ctx context.Context, j *job, found verdict, shared *sharedJob, r *stored, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue.leave(j)
	c.wakeOne() // its host and its configuration have room, for others than its worker too
	log := c.opts.Log.With("creative", egress.Redact(j.creative.Key), "profile", j.profile)
	switch {
	case ctx.Err() != nil || err == nil && (found == jobIsDone || found == jobToDo):
		delete(c.queue.jobs, j.entry)
		if r != nil {
			log.Info("creative prepared", "asset", r.Asset.ID, "bytes", r.bytes())
		}
	case err == nil && found == jobElsewhere:
		j.state = jobAway
	case err == nil && found == jobHasFailed:
		j.failedElsewhere(shared)
	default:
		reason := avail.InternalError
		if f, ok := errors.AsType[*failure](err); ok {
			reason = f.reason
		}
		level := slog.LevelWarn
		if j.message == err.Error() {
			level = slog.LevelDebug // the same as last time
		}
		c.queue.fail(j, reason, err.Error(), c.opts.Now())
		shared.Failures, shared.Reason, shared.Message, shared.Retry = j.failures, j.reason, j.message, j.retry
		log.Log(ctx, level, "creative not prepared", "reason", reason, "retry", j.retry, "err", err)
		c.tryNext(j)
	}
}

// tryNext queues the next file of a creative whose first one has failed. The lock is
// held.
func (c *Cache) tryNext(j *job) {
	next, ok := nextFile(j.creative)
	if !ok {
		return
	}
	source := c.opts.Volatile.sourceID(j.profile, next)
	entry := jobID(source, j.profile, next)
	if s, _ := c.ready(source, j.profile, next); s == nil && c.queue.jobs[entry] == nil {
		c.push(&job{entry: entry, source: source, profile: j.profile, creative: next, looked: j.looked})
	}
}

// obtain finds out the content of a job's file, and makes the asset of this content
// unless it is there.
func (c *Cache) obtain(ctx context.Context, j *job, creative avail.Creative) (*stored, error) {
	p, err := c.profiles.get(ctx, j.profile)
	if err != nil {
		return nil, err
	}
	if err := c.makeRoom(ctx); err != nil {
		return nil, err
	}
	dir, err := c.shelves.job()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)

	old, known := c.ready(j.source, j.profile, creative)
	var validators egress.Validators
	if old != nil {
		validators = known.Validators
	}
	var held right
	defer held.release()
	found := newSource(creative)
	have := func(content string, length int64) (bool, error) {
		found.Content, found.Length = content, length
		return c.claim(ctx, &held, assetID(j.profile, found, creative), j.entry)
	}
	produce := c.make.prepare
	if creative.Streaming {
		produce = c.make.imported
	}
	made, err := produce(ctx, dir, p, creative, validators, have)
	if errors.Is(err, egress.ErrNotModified) {
		same := *known
		same.URL, same.Checked = creative.URL, c.opts.Now().UTC()
		return old, c.sources.put(ctx, j.source, &same)
	}
	if err != nil {
		return nil, err
	}
	found.Validators, found.Checked = made.validators, c.opts.Now().UTC()
	id := assetID(j.profile, found, creative)
	s, err := c.find(ctx, id)
	if err == nil && s == nil {
		s, err = c.publish(ctx, dir, id, p, creative, made)
	}
	if err != nil {
		return nil, err
	}
	// The source leads to its new content only now, when that can be shown.
	return s, c.sources.put(ctx, j.source, found)
}

// publish makes what a job has made an asset: durable on disk and in the index.
func (c *Cache) publish(ctx context.Context, dir, id string, p profile.Profile, creative avail.Creative, made *product) (*stored, error) {
	r := &record{
		Asset:    avail.Asset{ID: id, Creative: creative.Key, Profile: p.ID(), Renditions: made.renditions},
		Loudness: made.loudness, After: made.after, Source: creative.URL, Streaming: creative.Streaming, Declared: creative.Duration, Made: c.opts.Now().UTC().Truncate(time.Second),
	}
	for _, s := range made.renditions[p.Reference()].Segments {
		r.Asset.Duration += s.Duration
	}
	var err error
	if r.Files, err = c.shelves.put(ctx, dir, id); err != nil {
		return nil, fmt.Errorf("publish asset %s: %w", id, err)
	}
	doc, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	// From here on the asset counts, and until here nothing knows of it: a
	// crash in between leaves files that a sweep removes.
	_, err = c.opts.Index.PutDocument(ctx, assetDocument, id, store.AnyVersion, doc)
	u := use{Used: c.opts.Now(), Bytes: r.bytes(), Kept: c.opts.Now()}
	if err == nil {
		err = c.putUse(ctx, id, store.AnyVersion, u)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("index asset %s: %w", id, err), c.shelves.remove(ctx, id))
	}
	c.opts.Metrics.bytes.Set(float64(c.bytes.Add(u.Bytes)))
	return c.adopt(r, u), nil
}
