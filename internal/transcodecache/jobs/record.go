package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

const (
	// document is the kind of the documents of jobs. A job has one from when a node asks
	// for it until its asset is ready; after a failure it keeps the reason.
	document = "creative-job"
	// maxStarts is how often work on a job begins without a word of how it ended: its
	// workers may have died of it.
	maxStarts = 3
	// life is how long a job is kept that no decision asks for.
	life = 24 * time.Hour
	// askLimit bounds what a lookup asks of the store.
	askLimit = 5 * time.Second
)

// Record is the document of a job: the queue that all nodes share.
type Record struct {
	// The first three are those of its Work.
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

// Waits tells whether the job is to be done; if not, it has failed.
func (s *Record) Waits() bool { return s.Reason == "" || !s.Asked.Before(s.Retry) }

// Read reads the document of a job; version 0 is that there is none.
func (b *Board) Read(ctx context.Context, id string) (r Record, version int64, err error) {
	doc, err := b.opts.Index.Document(ctx, document, id)
	if err == nil && doc.Version > 0 {
		err = json.Unmarshal(doc.Body, &r)
	}
	if err != nil {
		return Record{}, 0, fmt.Errorf("job %s: %w", id, err)
	}
	return r, doc.Version, nil
}

func (b *Board) put(ctx context.Context, id string, version int64, r *Record) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = b.opts.Index.PutDocument(ctx, document, id, version, doc)
	return err
}

// share tells all nodes that a job is to be done. created is that no node has asked for it
// before. Where the job has failed and it is too early for another try, share changes
// nothing, and the job does not wait.
func (b *Board) share(ctx context.Context, j *job, now time.Time) (r Record, created bool, err error) {
	for {
		r, version, err := b.Read(ctx, j.ID)
		if err != nil {
			return r, false, err
		}
		switch {
		case version == 0:
			r = Record{Source: j.Source, Profile: j.Profile, Creative: j.Creative, Since: now}
		case r.Waits() || now.Before(r.Retry):
			return r, false, nil
		default:
			r.Creative, r.Asked = j.Creative, now
		}
		err = b.put(ctx, j.ID, version, &r)
		if _, changed := errors.AsType[*store.ConflictError](err); changed {
			continue
		}
		return r, version == 0, err
	}
}

// Job is the document of a job with its id.
type Job struct {
	ID string
	Record
}

// List reads the documents of up to limit jobs of all nodes whose ids are greater than
// after, in the order of their ids. A document that cannot be read is an error.
func (b *Board) List(ctx context.Context, after string, limit int) ([]Job, error) {
	docs, err := b.opts.Index.ListDocuments(ctx, document, after, limit)
	if err != nil {
		return nil, err
	}
	list := make([]Job, len(docs))
	for i, d := range docs {
		list[i].ID = d.ID
		if err := json.Unmarshal(d.Body, &list[i].Record); err != nil {
			return nil, fmt.Errorf("job %s: %w", d.ID, err)
		}
	}
	return list, nil
}

// Remove removes the document of a job, and forgets the job here unless it is done at the
// moment.
func (b *Board) Remove(ctx context.Context, id string) error {
	if _, err := b.opts.Index.DeleteDocument(ctx, document, id, store.AnyVersion); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if j := b.queue.jobs[id]; j != nil && (j.state == queued || j.state == failed || j.state == away) {
		b.queue.forget(j)
	}
	return nil
}

// Retry has a job that has failed done again at once, by whichever node. r is its document
// at a version.
func (b *Board) Retry(ctx context.Context, id string, version int64, r Record) error {
	r.Asked = r.Retry
	if err := b.put(ctx, id, version, &r); err != nil {
		return err
	}
	_, err := b.follow(ctx, -1)
	return err
}
