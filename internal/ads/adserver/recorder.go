package adserver

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"stitcher/internal/ads/redact"
	"stitcher/internal/egress"
	"stitcher/internal/playback"
	"stitcher/internal/vast"
	"stitcher/internal/vast/markup"
)

// Limits of a Trace: a response may cause 51 requests of 1 MiB each.
const (
	maxHops       = 64
	maxHopURL     = 4 << 10
	maxHopBody    = 32 << 10
	maxHopsBodies = 128 << 10
)

// Recorder fills the Trace of one decision, from any goroutine, because wrappers are asked
// at the same time. A nil one records nothing.
type Recorder struct {
	trace *Trace
	hide  *redact.Redactor

	mu sync.Mutex
	// bodies is the size of the bodies that are kept.
	bodies int
}

// NewRecorder makes the recorder of a session's trace; nil for no trace.
func NewRecorder(trace *Trace, s *playback.Session) *Recorder {
	if trace == nil {
		return nil
	}
	return &Recorder{trace: trace, hide: redact.New(s)}
}

// Request notes the ad request, and the names of variables that had no value.
func (c *Recorder) Request(r *egress.Request, missing []string) {
	if c == nil {
		return
	}
	c.trace.Method, c.trace.URL, c.trace.BodyBytes = r.Method, c.url(r.URL), len(r.Body)
	c.trace.Headers = slices.Sorted(maps.Keys(r.Header))
	c.trace.Empty = missing
}

// Failed notes why the ad request failed.
func (c *Recorder) Failed(err error) {
	if c != nil {
		c.trace.Error = c.fault(err)
		if errors.As(err, new(*markup.RootError)) {
			c.trace.Fault = FaultRoot
		}
	}
}

// fault is an error as it may be kept.
func (c *Recorder) fault(err error) string {
	return redact.Clip(c.hide.Answer(redact.Cause(err)), MaxText)
}

// MaxText bounds a text of an ad server that is kept, in bytes.
const MaxText = 512

// attempt is one request while it is under way.
type attempt struct {
	target string
	// begun is when it asked for its place, sent when it had it, ended when there
	// was an answer or none would come; zero is never.
	begun, sent, ended time.Time
	answer             *egress.Response
	err                error
}

// hop notes a request that has ended.
func (c *Recorder) hop(a *attempt) {
	if c == nil {
		return
	}
	h := Hop{URL: c.url(a.target), Waited: a.ended.Sub(a.begun).Microseconds()}
	if !a.sent.IsZero() {
		h.Waited, h.Took = a.sent.Sub(a.begun).Microseconds(), a.ended.Sub(a.sent).Microseconds()
	}
	if a.err != nil {
		h.Reason, h.Fault, h.Error = vast.FaultReason(a.err), faultOf(a.err), c.fault(a.err)
		if body, ok := errors.AsType[*egress.BodyError](a.err); ok {
			h.Status = body.Status
		}
	}
	body := ""
	if a.answer != nil {
		h.Status, h.Bytes, h.Type = a.answer.Status, len(a.answer.Body), redact.Clip(a.answer.Header.Get("Content-Type"), MaxText)
		if a.answer.URL != nil && a.answer.URL.String() != a.target {
			h.Final = c.url(a.answer.URL.String())
		}
		if c.hasRoom() {
			// All of it, so that no secret is cut in two and stays.
			body = c.hide.Answer(string(a.answer.Body))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.trace.Hops) >= maxHops {
		c.trace.Omitted++
		return
	}
	h.Body = redact.Clip(body, min(maxHopBody, maxHopsBodies-c.bodies))
	c.bodies += len(h.Body)
	c.trace.Hops = append(c.trace.Hops, h)
}

// hasRoom is whether anything of a body will be kept. A decision may cause fifty
// megabytes of answers, and looking through one takes its length several times.
func (c *Recorder) hasRoom() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bodies < maxHopsBodies && len(c.trace.Hops) < maxHops
}

// url is a URL as it may be kept.
func (c *Recorder) url(target string) string { return redact.Clip(c.hide.Answer(target), maxHopURL) }
