package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/store"
)

// followEvery is how often a node looks at the jobs of all nodes.
const followEvery = time.Second

// followUntil keeps the queue of this node like that of all nodes until ctx ends.
func (b *Board) followUntil(ctx context.Context) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	last := int64(-1)
	for {
		if version, err := b.follow(ctx, last); err != nil {
			if ctx.Err() == nil {
				b.opts.Log.Warn("transcode cache: read the jobs of all nodes", "err", err)
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
func (b *Board) follow(ctx context.Context, last int64) (int64, error) {
	b.mu.Lock()
	dropped := slices.DeleteFunc(b.dropped, func(id string) bool { return b.queue.jobs[id] != nil })
	b.dropped = nil
	elsewhere := false
	var oldest time.Time
	for _, j := range b.queue.jobs {
		elsewhere = elsewhere || j.state == away
		if j.state == queued && (oldest.IsZero() || j.since.Before(oldest)) {
			oldest = j.since
		}
	}
	b.mu.Unlock()
	b.age(oldest)
	for _, id := range dropped {
		if _, err := b.opts.Index.DeleteDocument(ctx, document, id, store.AnyVersion); err != nil {
			return last, err
		}
	}
	version, err := b.opts.Index.KindVersion(ctx, document)
	if err != nil || version == last && !elsewhere {
		return version, err
	}
	jobs := map[string]*Record{}
	err = store.EachDocument(ctx, b.opts.Index, document, func(d store.Document) error {
		r := new(Record)
		if err := json.Unmarshal(d.Body, r); err != nil {
			return fmt.Errorf("job %s: %w", d.ID, err)
		}
		jobs[d.ID] = r
		return nil
	})
	if err != nil {
		return last, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, r := range jobs {
		b.merge(id, r)
	}
	for id, j := range b.queue.jobs {
		if jobs[id] == nil && j.shared && j.state != running && j.state != asking {
			b.queue.forget(j) // it is done, or was removed
		}
	}
	return version, nil
}

// merge brings the job of this node up to date. The lock is held.
func (b *Board) merge(id string, r *Record) {
	j := b.queue.jobs[id]
	switch {
	case j == nil:
		if !r.Waits() {
			return // the next decision that asks for it reads why
		}
		j = &job{Work: Work{ID: id, Source: r.Source, Profile: r.Profile, Creative: r.Creative}, looked: r.Since, failures: r.Failures, shared: true}
		b.push(j)
		j.since = r.Since
	case j.state == running || j.state == asking:
	case !r.Waits() && (j.state != failed || r.Failures > j.failures):
		b.queue.withdraw(j)
		j.failedElsewhere(r)
	case r.Waits() && (j.state == away || j.state == failed && j.shared && !r.Asked.Before(j.retry)):
		b.push(j)
	}
}

// Forget removes the documents of jobs that no decision asks for any more.
func (b *Board) Forget(ctx context.Context) error {
	now := b.opts.Now()
	return store.EachDocument(ctx, b.opts.Index, document, func(d store.Document) error {
		var r Record
		err := json.Unmarshal(d.Body, &r)
		old := now.Sub(r.Since) > life && now.Sub(r.Asked) > life
		if err == nil && (r.Waits() && !old || !r.Waits() && now.Sub(r.Retry) < lastRetry) {
			return nil
		}
		_, err = b.opts.Index.DeleteDocument(ctx, document, d.ID, d.Version)
		if _, changed := errors.AsType[*store.ConflictError](err); changed {
			return nil
		}
		return err
	})
}

// age notes since when the oldest job waits; zero is that none does.
func (b *Board) age(oldest time.Time) {
	if oldest.IsZero() {
		b.opts.Metrics.Oldest.Set(0)
		return
	}
	b.opts.Metrics.Oldest.Set(b.opts.Now().Sub(oldest).Seconds())
}
