package stitch

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/origin"
	"stitcher/internal/stitch/bundle"
	"stitcher/internal/store"
)

// RecorderOptions are what a Recorder works with.
type RecorderOptions struct {
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
	opt   RecorderOptions
	queue chan shot
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

// shot is what one answer was made from.
type shot struct {
	session *session
	at      time.Time
	n       int
	// ref and v are the views of the timeline and of rendition n; ref is nil where the
	// origin's playlist has no segments.
	ref, v *origin.View
	// rev, since and ledger are the revisions of bundle.Answer.
	rev, since, ledger int64
	text               []byte
	// mpd is what was asked for, where the answer is an MPD.
	mpd *bundle.MPD
	// over is set, and there is no answer, where the session has left this node; done,
	// where not nil, is closed when all shots before this one are recorded.
	over bool
	done chan struct{}
}

// NewRecorder makes a recorder; Run has it work.
func NewRecorder(opt RecorderOptions) *Recorder {
	r := &Recorder{
		opt: opt, queue: make(chan shot, maxShots), tag: strconv.FormatUint(rand.Uint64(), 36),
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

// admit is whether one more session may be recorded because its player asked for it.
func (r *Recorder) admit(id string) bool {
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

// offer hands an answer over; it never waits.
func (r *Recorder) offer(s shot) {
	if s.session.Debug {
		r.mu.Lock()
		if _, ok := r.debugs[s.session.ID]; ok || len(r.debugs) < maxDebugs {
			r.debugs[s.session.ID] = s.at
		}
		r.mu.Unlock()
	}
	select {
	case r.queue <- s:
	default:
		r.lost.Inc()
		s.session.unrecorded.Add(1)
	}
}

// leave notes that a session is no longer in memory.
func (r *Recorder) leave(x *session) {
	if x.Debug {
		r.mu.Lock()
		delete(r.debugs, x.ID)
		r.mu.Unlock()
	}
	select {
	case r.queue <- shot{session: x, at: r.opt.Now(), over: true}:
	default: // it is forgotten when it has been idle for a while
	}
}

// sync waits until what was offered before is recorded.
func (r *Recorder) sync(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case r.queue <- shot{done: done}:
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
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
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
func (r *Recorder) take(ctx context.Context, s *shot) {
	if s.done != nil {
		close(s.done)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	err := r.record(ctx, s)
	if s.over {
		delete(r.recordings, s.session.ID)
	}
	if err == nil || errors.Is(err, errFull) {
		return
	}
	if !s.over {
		r.lost.Inc()
		s.session.unrecorded.Add(1)
	}
	r.opt.Log.Warn("record an answer", "session", s.session.ID, "err", err)
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
