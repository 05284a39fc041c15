package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/store"
	"stitcher/internal/transcodecache/identity"
	"stitcher/internal/transcodecache/prepare"
	"stitcher/internal/transcodecache/stock"
)

// ahead is how many more jobs there may be than ffmpeg works on at once. They fetch,
// or wait for their turn. A server that drips holds up its own creatives and not
// those of others, because queue bounds the places of a host and a configuration.
const ahead = 6

// Run does the jobs until ctx ends, and returns when none is done any more. The interrupted
// jobs are queued anew by the next Want.
func (b *Board) Run(ctx context.Context) {
	var workers sync.WaitGroup
	if b.opts.Workers > 0 {
		for range b.opts.Workers + ahead {
			workers.Go(func() { b.work(ctx) })
		}
	}
	b.followUntil(ctx)
	workers.Wait()
}

func (b *Board) work(ctx context.Context) {
	for {
		b.mu.Lock()
		j := b.queue.pop()
		b.opts.Metrics.Jobs.WithLabelValues(stateQueued).Set(float64(len(b.queue.waiting)))
		if j != nil {
			b.opts.Metrics.Waited(j.by.configuration, b.opts.Now().Sub(j.since))
		}
		b.mu.Unlock()
		if j == nil {
			select {
			case <-ctx.Done():
				return
			case <-b.wake:
			}
			continue
		}
		b.do(ctx, j)
		if ctx.Err() != nil {
			return
		}
	}
}

// do runs one job and records its outcome.
func (b *Board) do(ctx context.Context, j *job) {
	running := b.opts.Metrics.Jobs.WithLabelValues(stateRunning)
	running.Inc()
	defer running.Dec()
	b.mu.Lock()
	w := j.Work
	b.mu.Unlock()
	start := b.opts.Now()
	found, shared, release, err := b.begin(ctx, j, w)
	defer release()
	var made *stock.Item
	if err == nil && found == jobToDo {
		made, err = b.opts.Maker.Make(ctx, w)
	}
	o := outcomeOf(ctx, err)
	if found == jobToDo {
		b.opts.Metrics.Duration.Observe(b.opts.Now().Sub(start).Seconds())
		b.opts.Metrics.Finished.WithLabelValues(string(o)).Inc()
	}
	if found == jobIsDone || found == jobToDo && o != outcomeFailed && o != outcomeUnfetchable && !j.again {
		b.settle(ctx, j, &shared, o)
	}
	b.finish(ctx, j, found, &shared, made, err)
	if found == jobToDo && (o == outcomeFailed || o == outcomeUnfetchable) && !j.again {
		b.settle(ctx, j, &shared, o)
	}
}

// outcomeOf is the outcome of a job that ended with err.
func outcomeOf(ctx context.Context, err error) outcome {
	f, ok := errors.AsType[*prepare.Failure](err)
	switch {
	case err == nil:
		return outcomeReady
	case ctx.Err() != nil:
		return outcomeInterrupted
	case ok && f.Reason == avail.CreativeUnfetchable:
		return outcomeUnfetchable
	}
	return outcomeFailed
}

// finish takes a job that has ended out of the queue, or remembers why it failed.
func (b *Board) finish(ctx context.Context, j *job, found verdict, shared *Record, made *stock.Item, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue.leave(j)
	b.wakeOne() // its host and its configuration have room, for others than its worker too
	log := b.opts.Log.With("creative", egress.Redact(j.Creative.Key), "profile", j.Profile)
	switch {
	case ctx.Err() != nil || err == nil && (found == jobIsDone || found == jobToDo):
		delete(b.queue.jobs, j.ID)
		if made != nil {
			log.Info("creative prepared", "asset", made.Asset.ID, "bytes", made.Bytes())
		}
	case err == nil && found == jobElsewhere:
		j.state = away
	case err == nil && found == jobHasFailed:
		j.failedElsewhere(shared)
	default:
		reason := avail.InternalError
		if f, ok := errors.AsType[*prepare.Failure](err); ok {
			reason = f.Reason
		}
		level := slog.LevelWarn
		if j.message == err.Error() {
			level = slog.LevelDebug // the same as last time
		}
		b.queue.fail(j, reason, err.Error(), b.opts.Now())
		shared.Failures, shared.Reason, shared.Message, shared.Retry = j.failures, j.reason, j.message, j.retry
		log.Log(ctx, level, "creative not prepared", "reason", reason, "retry", j.retry, "err", err)
		b.tryNext(j)
	}
}

// tryNext queues the next file of a creative whose first one has failed. The lock is
// held.
func (b *Board) tryNext(j *job) {
	next, ok := identity.NextFile(j.Creative)
	if !ok {
		return
	}
	w := NewWork(b.opts.Volatile, j.Profile, next)
	if !b.opts.Maker.Ready(w) && b.queue.jobs[w.ID] == nil {
		b.push(&job{Work: w, looked: j.looked})
	}
}

// outcome is how a job ended.
type outcome string

const (
	outcomeReady       outcome = "ready"
	outcomeFailed      outcome = "failed"
	outcomeUnfetchable outcome = "unfetchable"
	outcomeInterrupted outcome = "interrupted"
	outcomeDropped     outcome = "dropped"
)

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
func (b *Board) begin(ctx context.Context, j *job, w Work) (v verdict, r Record, release func(), err error) {
	release, held, err := b.opts.Leases.Take(ctx, "job/"+w.ID, "")
	if err != nil || !held {
		return jobElsewhere, r, release, err
	}
	now := b.opts.Now()
	ready, fresh, err := b.opts.Maker.Standing(ctx, w)
	if err != nil {
		return jobToDo, r, release, err
	}
	j.again = ready
	switch {
	case fresh:
		return jobIsDone, r, release, nil
	case ready:
		return jobToDo, r, release, nil
	}
	r, version, err := b.Read(ctx, w.ID)
	if err != nil {
		return jobToDo, r, release, err
	}
	if version == 0 {
		r = Record{Source: w.Source, Profile: w.Profile, Creative: w.Creative, Since: now}
	} else if !r.Waits() {
		return jobHasFailed, r, release, nil
	}
	if r.Starts++; r.Starts > maxStarts {
		return jobToDo, r, release, &prepare.Failure{Reason: avail.TranscodeFailed, Err: fmt.Errorf("work on it began %d times and never ended", maxStarts)}
	}
	return jobToDo, r, release, b.put(ctx, w.ID, store.AnyVersion, &r)
}

// settle tells all nodes how a job has ended; r has the reason of a failure. A revalidation
// concerns this node alone.
func (b *Board) settle(ctx context.Context, j *job, r *Record, o outcome) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
	defer cancel()
	var err error
	switch o {
	case outcomeReady:
		_, err = b.opts.Index.DeleteDocument(ctx, document, j.ID, store.AnyVersion)
	case outcomeInterrupted:
		r.Starts = max(0, r.Starts-1)
		err = b.put(ctx, j.ID, store.AnyVersion, r)
	default:
		r.Starts = 0
		err = b.put(ctx, j.ID, store.AnyVersion, r)
	}
	if err != nil {
		b.opts.Log.Warn("transcode cache: the end of a job was not stored", "err", err)
	}
}
