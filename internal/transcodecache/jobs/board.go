// Package jobs does the work that creatives wait for. The documents of jobs are the queue
// that all nodes share; a Board mirrors them in the queue of its node, whose workers take
// jobs in turns.
package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/transcodecache/identity"
	"stitcher/internal/transcodecache/lease"
	"stitcher/internal/transcodecache/stock"
)

// Work is what a job is about: one file × profile that is not ready, or is to be
// revalidated.
type Work struct {
	// ID is identity.JobID of the others.
	ID string
	// Source is that of the file, as identity.Volatile says.
	Source string
	// Profile is the id of the profile.
	Profile string
	// Creative has the file in its URL.
	Creative avail.Creative
}

// NewWork describes the work for a profile and the first file of a creative.
func NewWork(v identity.Volatile, profile string, c avail.Creative) Work {
	source := v.SourceID(profile, c)
	return Work{ID: identity.JobID(source, profile, c), Source: source, Profile: profile, Creative: c}
}

// Maker makes assets, and knows which are ready.
type Maker interface {
	// Ready is whether the asset is in memory. The board's lock is held.
	Ready(w Work) bool
	// Recall is whether the asset is ready, by what the index says.
	Recall(ctx context.Context, w Work) (bool, error)
	// Standing is like Recall; fresh is that the file need not be revalidated.
	Standing(ctx context.Context, w Work) (ready, fresh bool, err error)
	// Make finds out the content of the file, and makes its asset unless it is there. Why
	// that is not possible is a *prepare.Failure.
	Make(ctx context.Context, w Work) (*stock.Item, error)
}

// Options are what a Board needs.
type Options struct {
	Index store.Documents
	// Leases let one worker of all nodes do a job.
	Leases *lease.Holder
	Maker  Maker
	// Volatile identifies the files of a creative that are tried after its first.
	Volatile identity.Volatile
	// Workers is the number of jobs that ffmpeg works on at once; 0 does none here.
	Workers int
	// MaxQueue is how many jobs wait at most.
	MaxQueue int
	// Now is the clock.
	Now     func() time.Time
	Metrics Metrics
	Log     *slog.Logger
}

// Metrics are what a Board counts.
type Metrics struct {
	// Jobs has the label state: queued jobs wait, running ones are done here.
	Jobs *prometheus.GaugeVec
	// Finished has the label outcome: ready, failed, unfetchable, interrupted, dropped.
	Finished *prometheus.CounterVec
	// Duration is that of jobs in seconds.
	Duration prometheus.Observer
	// Waited is told how long a job of a configuration waited for its worker.
	Waited func(configuration string, d time.Duration)
	// Oldest is for how many seconds the oldest job has waited.
	Oldest prometheus.Gauge
}

// The states of jobs that are counted.
const (
	stateQueued  = "queued"
	stateRunning = "running"
)

// Board is the jobs of all nodes, as this node knows them. It is safe for concurrent use.
type Board struct {
	opts Options

	mu    sync.Mutex // guards queue and dropped
	queue queue
	// dropped are jobs whose documents are to be removed.
	dropped []string
	wake    chan struct{}
}

// NewBoard makes the board of a node. Run must be called for jobs to be done.
func NewBoard(opts Options) *Board {
	return &Board{
		opts: opts, queue: newQueue(opts.MaxQueue, opts.Workers+ahead, opts.Workers+1),
		wake: make(chan struct{}, opts.Workers+ahead),
	}
}

// Want sees to it that work will be done: it creates a job unless there is one. The result
// is "" if the asset has become ready, CreativeNew if no node has asked for it before,
// CreativeTranscoding while it waits, and the reason of its failure until it is time for
// another try.
func (b *Board) Want(ctx context.Context, w Work, now time.Time) avail.Reason {
	for {
		b.mu.Lock()
		// A job leaves the queue only after its asset is ready, so a look at
		// what is ready under the lock misses nothing.
		if b.opts.Maker.Ready(w) {
			b.mu.Unlock()
			return ""
		}
		j := b.queue.jobs[w.ID]
		if j == nil {
			j = &job{Work: w}
			b.queue.jobs[w.ID] = j
		}
		j.looked = now
		switch {
		case j.state == asking:
			asked := j.asked
			b.mu.Unlock()
			select {
			case <-asked:
				continue
			case <-ctx.Done():
				return avail.CreativeTranscoding
			}
		case j.state == failed && now.Before(j.retry):
			defer b.mu.Unlock()
			return j.reason
		case j.state == 0 || j.state == failed:
			j.state, j.Creative, j.asked = asking, w.Creative, make(chan struct{})
			b.mu.Unlock()
			return b.ask(ctx, j, now)
		case j.state == queued:
			b.queue.refresh(j, w.Creative)
		}
		b.mu.Unlock()
		return avail.CreativeTranscoding
	}
}

// Revalidate queues the question whether a file has changed. What is prepared of it
// is shown until the answer has come, and if none comes.
func (b *Board) Revalidate(w Work, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j := b.queue.jobs[w.ID]
	switch {
	case j == nil:
		b.push(&job{Work: w, looked: now})
	case j.state == failed && !now.Before(j.retry):
		b.queue.refresh(j, w.Creative)
		b.push(j)
	}
}

// push queues a job and wakes a worker. The lock is held.
func (b *Board) push(j *job) {
	if dropped := b.queue.push(j, b.opts.Now()); dropped != nil {
		if dropped.shared {
			b.dropped = append(b.dropped, dropped.ID)
		}
		b.opts.Metrics.Finished.WithLabelValues(string(outcomeDropped)).Inc()
	}
	b.opts.Metrics.Jobs.WithLabelValues(stateQueued).Set(float64(len(b.queue.waiting)))
	b.wakeOne()
}

// wakeOne has a worker that is idle look at the queue.
func (b *Board) wakeOne() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// ask finds out about a job in the store, and asks all nodes for it unless that was done. ""
// says that its asset is ready. Meanwhile the job is in state asking, so that no other
// lookup asks too.
func (b *Board) ask(ctx context.Context, j *job, now time.Time) avail.Reason {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
	defer cancel()
	ready, err := b.opts.Maker.Recall(ctx, j.Work)
	var shared Record
	var created bool
	if err == nil && !ready {
		shared, created, err = b.share(ctx, j, now)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	defer close(j.asked)
	switch {
	case err != nil:
		b.opts.Log.Error("transcode cache: look up a creative", "profile", j.Profile, "err", err)
		delete(b.queue.jobs, j.ID)
		return avail.InternalError
	case ready:
		delete(b.queue.jobs, j.ID)
		return ""
	case !shared.Waits():
		j.failedElsewhere(&shared)
		return j.reason
	}
	j.shared = true
	b.push(j)
	if created {
		return avail.CreativeNew
	}
	return avail.CreativeTranscoding
}

// failedElsewhere takes over the failure of a job that another node, or an earlier
// process, had.
func (j *job) failedElsewhere(r *Record) {
	j.state, j.shared = failed, true
	j.reason, j.message, j.retry, j.failures = r.Reason, r.Message, r.Retry, r.Failures
}
