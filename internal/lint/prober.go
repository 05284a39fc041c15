package lint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"stitcher/internal/manifest/hls"
)

const (
	// probers is how many segments are asked for at once.
	probers = 4
	// probeQueue bounds the segments that wait; past it they go unfetched.
	probeQueue = 4096
	// probeMemory bounds the addresses that are known to have been asked for.
	probeMemory = 1 << 16
	// probeBytes is how much of a segment is asked for.
	probeBytes = 1024
)

// probe is a segment or MAP to ask for.
type probe struct {
	rendition, by string
	sequence      int64
	url           string
	span          *hls.ListedRange
}

// prober asks for each newly listed segment once: a playlist never lists what
// can't be fetched.
type prober struct {
	options  *Options
	recorder *recorder
	jobs     chan probe
	wg       sync.WaitGroup

	mu    sync.Mutex
	asked map[string]bool
}

func newProber(ctx context.Context, o *Options, rec *recorder) *prober {
	p := &prober{options: o, recorder: rec, jobs: make(chan probe, probeQueue), asked: map[string]bool{}}
	for range probers {
		p.wg.Go(func() {
			for job := range p.jobs {
				p.do(ctx, job)
			}
		})
	}
	return p
}

// ask queues a probe.
func (p *prober) ask(job probe) {
	if p.options.SkipSegments || !p.first(job) {
		return
	}
	select {
	case p.jobs <- job:
	default:
		p.options.Log.Warn("segment goes unfetched, the queue is full", "url", job.url)
	}
}

// first is whether a probe is the first of its address and range.
func (p *prober) first(job probe) bool {
	key := job.url
	if job.span != nil {
		key = fmt.Sprintf("%s#%d@%d", job.url, job.span.Length, job.span.Offset)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked[key] {
		return false
	}
	if len(p.asked) >= probeMemory {
		clear(p.asked)
	}
	p.asked[key] = true
	return true
}

// finish waits for what is queued.
func (p *prober) finish() {
	close(p.jobs)
	p.wg.Wait()
}

func (p *prober) do(ctx context.Context, job probe) {
	if ctx.Err() != nil {
		return
	}
	header, err := p.get(ctx, job)
	if ctx.Err() != nil {
		return
	}
	p.recorder.count(func(r *Report) { r.Fetched++ })
	by := func(hls.Violation) string { return job.by }
	switch {
	case err != nil:
		p.recorder.add(job.rendition, by, hls.Violation{
			Rule: RuleSegmentUnfetchable, Section: sectionServe, Sequence: job.sequence,
			Detail: fmt.Sprintf("%s: %s", job.url, shortError(err)),
		})
	case header.Get("Access-Control-Allow-Origin") == "":
		p.recorder.add(job.rendition+" segments", by, hls.Violation{
			Rule: RuleCORSMissing, Section: sectionCORS, Sequence: -1,
			Detail: job.url + " has no Access-Control-Allow-Origin",
		})
	}
}

// get asks for the first bytes of a segment.
func (p *prober) get(ctx context.Context, job probe) (http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, job.url, nil)
	if err != nil {
		return nil, err
	}
	from, length := int64(0), int64(probeBytes)
	if job.span != nil {
		from, length = job.span.Offset, min(max(job.span.Length, 1), length)
	}
	req.Header.Set("Origin", page)
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, from+length-1))
	resp, err := p.options.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	p.options.Log.DebugContext(ctx, "segment", "url", job.url, "status", resp.StatusCode)
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent {
		return nil, fmt.Errorf("the status is %s", resp.Status)
	}
	switch n, err := io.CopyN(io.Discard, resp.Body, 1); {
	case n == 0 && errors.Is(err, io.EOF):
		return nil, errors.New("the body is empty")
	case err != nil:
		return nil, fmt.Errorf("read the body: %w", err)
	}
	return resp.Header, nil
}
