package lint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"stitcher/internal/lint/findings"
	"stitcher/internal/manifest/hls/check/listing"
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
	// maxSegment is the most that is read of a segment, in bytes.
	maxSegment = 64 << 20
)

// probe is a segment or an initialization section to ask for.
type probe struct {
	rendition, by, place string
	url                  string
	span                 *listing.Range
	// media, where it is not nil, is given the whole file; else a kilobyte of it
	// is asked for.
	media func(context.Context, []byte)
}

// prober asks for each newly listed segment once: a playlist never lists what
// can't be fetched.
type prober struct {
	options  *Options
	recorder *findings.Recorder
	jobs     chan probe
	wg       sync.WaitGroup

	mu    sync.Mutex
	asked map[string]bool
}

func newProber(ctx context.Context, o *Options, rec *findings.Recorder) *prober {
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
	if body, ok := p.fetch(ctx, job); ok && job.media != nil {
		job.media(ctx, body)
	}
}

// fetch asks for a file and records what is wrong with the answer.
func (p *prober) fetch(ctx context.Context, job probe) ([]byte, bool) {
	header, body, err := p.get(ctx, job)
	if ctx.Err() != nil {
		return nil, false
	}
	p.recorder.Count(func(r *findings.Report) { r.Fetched++ })
	switch {
	case err != nil:
		p.recorder.Add(job.rendition, findings.Finding{
			Rule: RuleSegmentUnfetchable, Section: sectionServe, Place: job.place, By: job.by,
			Detail: fmt.Sprintf("%s: %s", job.url, shortError(err)),
		})
		return nil, false
	case header.Get("Access-Control-Allow-Origin") == "":
		p.recorder.Add(job.rendition+" segments", findings.Finding{
			Rule: RuleCORSMissing, Section: sectionCORS, By: job.by,
			Detail: job.url + " has no Access-Control-Allow-Origin",
		})
	}
	return body, true
}

// get asks for the first bytes of a segment, or for all of it.
func (p *prober) get(ctx context.Context, job probe) (http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, job.url, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Origin", page)
	most := int64(maxSegment)
	if job.media == nil {
		from, length := int64(0), int64(probeBytes)
		if job.span != nil {
			from, length = job.span.Offset, min(max(job.span.Length, 1), length)
		}
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, from+length-1))
		most = 1
	}
	resp, err := p.options.Client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	p.options.Log.DebugContext(ctx, "segment", "url", job.url, "status", resp.StatusCode)
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent {
		return nil, nil, fmt.Errorf("the status is %s", resp.Status)
	}
	switch body, err := io.ReadAll(io.LimitReader(resp.Body, most)); {
	case err != nil:
		return nil, nil, fmt.Errorf("read the body: %w", err)
	case len(body) == 0:
		return nil, nil, errors.New("the body is empty")
	default:
		return resp.Header, body, nil
	}
}
