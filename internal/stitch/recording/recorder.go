// Package recording keeps what the answers of chosen sessions were made from, so that they can be made again.
package recording

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/records"
	"stitcher/internal/store"
)

// Options are what a Recorder works with.
type Options struct {
	// Facts is the store. It needs no spool: what it does not take is lost, and counted.
	Facts store.Facts
	// Retention is how long a recording is kept.
	Retention time.Duration
	Log       *slog.Logger
	Now       func() time.Time
	// Metrics registers what the recorder counts.
	Metrics prometheus.Registerer
}

// Recorder keeps what the answers of chosen sessions were made from, so that they can
// be made again (package bundle). Requests never wait for it: an answer that finds the
// recorder busy is not recorded, and counted as lost.
type Recorder struct {
	opt   Options
	queue chan Shot
	// tag tells the keys of this process from those of others.
	tag string

	lost, written prometheus.Counter

	// debugs are the sessions with aws.logMode=DEBUG, and when they were last answered.
	mu     sync.Mutex
	debugs map[string]time.Time

	// What follows is the worker's.
	recordings map[string]*recording
	blobs      map[string]time.Time
	count      uint64
	hour       time.Time
	spent      int
	packer     blobPacker
}

const (
	// maxShots bounds the answers that wait to be recorded.
	maxShots = 1024
	// maxDebugs bounds the sessions that are recorded because their players asked for
	// it, as MediaTailor does (reference §8.2): anyone can. One that is not asked for
	// in debugIdle gives its place to another.
	maxDebugs = 10
	debugIdle = 10 * time.Minute
	// maxDebugBytes bounds what such sessions write in an hour.
	maxDebugBytes = 64 << 20
	// maxRecording bounds a session's recording, in bytes as stored.
	maxRecording = 8 << 20
)

// Subject is a session that is recorded.
type Subject struct {
	Session *playback.Session
	Layout  *origin.Layout
	// Facts has the session's records and the ledger of its stream.
	Facts  store.Facts
	Assets Assets
	// Variables are those that the session's playlists are compiled with.
	Variables map[string]string
	// Hash is the account's label in URLs.
	Hash string
	// Tracks are the names in assets of the Representations' ads, by id; nil in HLS.
	Tracks map[string]string
	// RawAds is whether the bodies of ad responses are recorded.
	RawAds bool

	// unrecorded counts answers that the recorder had no room for.
	unrecorded atomic.Int64
}

// Assets finds prepared creatives.
type Assets interface {
	Asset(ctx context.Context, id string) (*avail.Asset, error)
}

// Shot is what one answer was made from.
type Shot struct {
	Subject *Subject
	// At is when it was planned, Rendition the number of its media playlist.
	At        time.Time
	Rendition int
	// Ref and View are the views of the timeline and of the rendition; Ref is nil where the
	// origin's playlist has no segments.
	Ref, View *origin.View
	// Rev, Since and Ledger are the revisions of bundle.Answer.
	Rev, Since, Ledger int64
	// Text is the answer.
	Text []byte
	// MPD is what was asked for, where the answer is an MPD.
	MPD *bundle.MPD
	// over is set, and there is no answer, where the session has left this node; done,
	// where not nil, is closed when all shots before this one are recorded.
	over bool
	done chan struct{}
}

// New makes a recorder; Run has it work.
func New(opt Options) *Recorder {
	r := &Recorder{
		opt: opt, queue: make(chan Shot, maxShots), tag: strconv.FormatUint(rand.Uint64(), 36),
		debugs: map[string]time.Time{}, recordings: map[string]*recording{}, blobs: map[string]time.Time{},
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_recorded_answers_lost_total",
			Help: "Answers of recorded sessions that are missing in the recording because the recorder or the store was busy.",
		}),
		written: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_recorded_answers_total", Help: "Answers recorded for replay.",
		}),
	}
	opt.Metrics.MustRegister(r.lost, r.written)
	return r
}

// Admit is whether one more session may be recorded because its player asked for it.
func (r *Recorder) Admit(id string) bool {
	if r == nil {
		return false
	}
	now := r.opt.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for other, used := range r.debugs {
		if now.Sub(used) > debugIdle {
			delete(r.debugs, other)
		}
	}
	if len(r.debugs) >= maxDebugs {
		return false
	}
	r.debugs[id] = now
	return true
}

// Offer hands an answer over; it never waits.
func (r *Recorder) Offer(s Shot) {
	if s.Subject.Session.Debug {
		r.mu.Lock()
		if _, ok := r.debugs[s.Subject.Session.ID]; ok || len(r.debugs) < maxDebugs {
			r.debugs[s.Subject.Session.ID] = s.At
		}
		r.mu.Unlock()
	}
	select {
	case r.queue <- s:
	default:
		r.lost.Inc()
		s.Subject.unrecorded.Add(1)
	}
}

// Leave notes that a session is no longer in memory.
func (r *Recorder) Leave(x *Subject) {
	if x.Session.Debug {
		r.mu.Lock()
		delete(r.debugs, x.Session.ID)
		r.mu.Unlock()
	}
	select {
	case r.queue <- Shot{Subject: x, At: r.opt.Now(), over: true}:
	default: // it is forgotten when it has been idle for a while
	}
}

// sync waits until what was offered before is recorded.
func (r *Recorder) sync(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case r.queue <- Shot{done: done}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run records until ctx ends, and then what is waiting.
func (r *Recorder) Run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case s := <-r.queue:
			r.take(context.WithoutCancel(ctx), &s)
		case <-ctx.Done():
		}
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), records.WriteTimeout)
	defer cancel()
	for {
		select {
		case s := <-r.queue:
			r.take(end, &s)
		default:
			return
		}
	}
}

// take records one shot.
func (r *Recorder) take(ctx context.Context, s *Shot) {
	if s.done != nil {
		close(s.done)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, records.WriteTimeout)
	defer cancel()
	err := r.record(ctx, s)
	if s.over {
		delete(r.recordings, s.Subject.Session.ID)
	}
	if err == nil || errors.Is(err, errFull) {
		return
	}
	if !s.over {
		r.lost.Inc()
		s.Subject.unrecorded.Add(1)
	}
	r.opt.Log.Warn("record an answer", "session", s.Subject.Session.ID, "err", err)
}

// idle forgets what no session has used for a while.
func (r *Recorder) idle(now time.Time) {
	for id, x := range r.recordings {
		if now.Sub(x.used) > time.Hour {
			delete(r.recordings, id)
		}
	}
	for hash, at := range r.blobs {
		if now.Sub(at) > blobAge {
			delete(r.blobs, hash)
		}
	}
}

// afford takes bytes from what sessions with aws.logMode=DEBUG may write in an hour.
func (r *Recorder) afford(n int, now time.Time) bool {
	if now.Sub(r.hour) >= time.Hour {
		r.hour, r.spent = now, 0
	}
	if r.spent+n > maxDebugBytes {
		return false
	}
	r.spent += n
	return true
}
