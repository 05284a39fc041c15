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
	start := c.opts.Now()
	c.mu.Lock()
	tries := j.untried(j.creative)
	if len(tries) == 0 { // it was asked for again with what had failed
		tries = append([]string{j.creative.URL}, j.creative.Others...)
	}
	c.mu.Unlock()
	r, failed, err := c.transcode(ctx, j, tries)
	took := c.opts.Now().Sub(start)
	c.opts.Metrics.duration.Observe(took.Seconds())

	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue.leave(j)
	c.wakeOne() // its host and its configuration have room, for others than its worker too
	if j.failed = append(j.failed, failed...); len(failed) == 0 {
		j.failed = nil
	}
	log := c.opts.Log.With("creative", egress.Redact(j.creative.Key), "profile", j.profile, "seconds", took.Seconds())
	outcome := outcomeFailed
	switch {
	case err == nil:
		c.adopt(r, c.opts.Now())
		delete(c.queue.jobs, j.entry)
		outcome = outcomeReady
		log.Info("creative prepared", "asset", r.Asset.ID, "bytes", r.bytes())
	case ctx.Err() != nil:
		delete(c.queue.jobs, j.entry)
		outcome = outcomeInterrupted
	default:
		reason := avail.InternalError
		if f, ok := errors.AsType[*failure](err); ok {
			reason = f.reason
		}
		if reason == avail.CreativeUnfetchable {
			outcome = outcomeUnfetchable
		}
		level := slog.LevelWarn
		if j.message == err.Error() {
			level = slog.LevelDebug // the same as last time
		}
		c.queue.fail(j, reason, err.Error(), c.opts.Now())
		log.Log(ctx, level, "creative not prepared", "reason", reason, "retry", j.retry, "err", err)
	}
	c.opts.Metrics.finished.WithLabelValues(outcome).Inc()
}

// transcode makes a job's asset of the first file of which it can be made. The
// others before it are failed, whose reason counts where there is no asset: that
// of the best file.
func (c *Cache) transcode(ctx context.Context, j *job, files []string) (r *record, failed []string, err error) {
	p, err := c.profiles.get(ctx, j.profile)
	if err != nil {
		return nil, nil, err
	}
	if err := c.makeRoom(ctx); err != nil {
		return nil, nil, err
	}
	var first *failure
	var told []error
	for _, file := range files {
		creative := j.creative
		creative.URL = file
		r, err := c.produce(ctx, j, p, creative)
		if err == nil {
			return r, failed, nil
		}
		f, ok := errors.AsType[*failure](err)
		if !ok || ctx.Err() != nil || f.reason == avail.RenditionMissing && !creative.Streaming {
			return nil, nil, err // the store or the encoders are at fault, and no file
		}
		failed = append(failed, withoutQuery(file))
		if told = append(told, err); first == nil {
			first = f
		}
	}
	if len(told) < 2 {
		return nil, failed, errors.Join(told...)
	}
	for i, err := range told {
		told[i] = fmt.Errorf("%s: %w", failed[i], err)
	}
	return nil, failed, &failure{first.reason, errors.Join(told...)}
}

// produce makes a job's asset of one file, durable on disk and in the index.
func (c *Cache) produce(ctx context.Context, j *job, p Profile, creative avail.Creative) (*record, error) {
	dir, err := c.disk.job()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	produce := c.make.prepare
	if creative.Streaming {
		produce = c.make.importHLS
	}
	made, err := produce(ctx, dir, p, creative)
	if err != nil {
		return nil, err
	}
	r := &record{
		Asset: avail.Asset{
			ID:       hash(j.entry + "\x00" + made.content),
			Creative: j.creative.Key, Profile: j.profile, Renditions: made.renditions,
		},
		Entry: j.entry, Loudness: made.loudness, Source: creative.URL, Streaming: creative.Streaming, Made: c.opts.Now().UTC().Truncate(time.Second),
	}
	for _, s := range made.renditions[p.Reference()].Segments {
		r.Asset.Duration += s.Duration
	}
	if r.Files, err = c.disk.publish(dir, r.Asset.ID); err != nil {
		return nil, fmt.Errorf("publish asset %s: %w", r.Asset.ID, err)
	}
	doc, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	// From here on the asset counts, and until here nothing knows of it: a
	// crash in between leaves a directory that New removes.
	if _, err := c.opts.Index.PutDocument(ctx, assetDocument, r.Asset.ID, store.AnyVersion, doc); err != nil {
		return nil, errors.Join(fmt.Errorf("index asset %s: %w", r.Asset.ID, err), c.disk.remove(r.Asset.ID))
	}
	return r, nil
}
