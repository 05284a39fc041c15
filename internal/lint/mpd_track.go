package lint

import (
	"context"
	"sync"
	"time"

	"stitcher/internal/lint/findings"
	"stitcher/internal/lint/fragment"
	"stitcher/internal/manifest/dash/check/listing"
	"stitcher/internal/manifest/dash/check/quantity"
)

// trackKey is a Representation in a Period.
type trackKey struct{ period, representation string }

// track is what has been listed and fetched of a Representation in a Period.
type track struct {
	name string
	// next is the media time, or of @duration the number, of the first segment
	// that is not seen yet.
	next  int64
	begun bool

	initOnce sync.Once
	init     *fragment.Init // nil where it can't be read

	mu sync.Mutex
	// ends are where the media of segments begins and ends, by number.
	ends map[int64]fragment.Extent
}

// Limits of one poll, and of what is remembered.
const (
	mostListed = 4096
	mostEnds   = 64
)

// list has newly listed segments fetched.
func (p *mpdPlayer) list(l *listing.Listing, now time.Time) {
	keep := map[trackKey]bool{}
	for i := range l.Periods {
		period := &l.Periods[i]
		for k := range period.Sets {
			s := &period.Sets[k]
			for j := range s.Representations {
				r := &s.Representations[j]
				key := trackKey{period.ID, r.ID}
				if keep[key] || r.Single {
					continue
				}
				keep[key] = true
				t := p.tracks[key]
				if t == nil {
					t = &track{name: r.ID, ends: map[int64]fragment.Extent{}}
					p.tracks[key] = t
				}
				p.segments(l, period, s, r, t, now)
			}
		}
	}
	for key := range p.tracks {
		if !keep[key] {
			delete(p.tracks, key)
		}
	}
}

// segment is one that is listed: its times in ticks.
type segment struct {
	number, time, duration int64
}

// segments has what is new of a Representation fetched.
func (p *mpdPlayer) segments(l *listing.Listing, period *listing.Period, s *listing.Set, r *listing.Representation, t *track, now time.Time) {
	fresh := t.fresh(l, period, r, now)
	p.recorder.Count(func(rep *findings.Report) { rep.Segments += len(fresh) })
	for _, x := range fresh {
		job := probe{rendition: r.ID, url: r.URL(x.number, x.time), place: place(period.ID, "", period.Position(r, x.time))}
		job.by = p.owner(job.url)
		if !fetchable(job.url) {
			continue
		}
		if mp4Segments(r) {
			c := checker{player: p, track: t, job: job, segment: x, kind: s.Kind, representation: r}
			job.media = c.check
		}
		p.prober.ask(job)
	}
}

// fresh is what is listed and was not before. Of @duration it is what is available
// at a time; the newest three of them at first.
func (t *track) fresh(l *listing.Listing, period *listing.Period, r *listing.Representation, now time.Time) (out []segment) {
	if r.Nominal {
		return t.available(l, period, r, now)
	}
	for i := range r.Runs {
		run := &r.Runs[i]
		k := int64(0)
		if t.begun && run.Time < t.next {
			k = min((t.next-run.Time+run.Duration-1)/run.Duration, run.Count)
		}
		for ; k < run.Count && len(out) < mostListed; k++ {
			out = append(out, segment{run.Number + k, run.Time + k*run.Duration, run.Duration})
		}
	}
	if n := len(out); n > 0 {
		t.next, t.begun = out[n-1].time+1, true
	}
	return out
}

func (t *track) available(l *listing.Listing, period *listing.Period, r *listing.Representation, now time.Time) (out []segment) {
	if len(r.Runs) == 0 {
		return nil
	}
	run := &r.Runs[0]
	end := run.Count
	if l.Dynamic && l.AvailabilityStart != quantity.Unknown && run.Duration > 0 {
		elapsed := now.UnixMicro() - l.AvailabilityStart - period.Start
		end = min(end, max(elapsed, 0)/max(r.Micros(run.Duration), 1))
	}
	first := t.next
	if !t.begun && l.Dynamic {
		first = end - 3
	}
	for k := max(first, 0); k < end && len(out) < mostListed; k++ {
		out = append(out, segment{run.Number + k, run.Time + k*run.Duration, run.Duration})
		t.next = k + 1
	}
	t.begun = true
	return out
}

// initialization is the initialization section of a track, fetched once for all its
// segments.
func (t *track) initialization(ctx context.Context, p *mpdPlayer, r *listing.Representation, job probe) *fragment.Init {
	t.initOnce.Do(func() {
		u := r.InitializationURL()
		if u == "" || !fetchable(u) {
			return
		}
		job.url, job.by, job.media = u, p.owner(u), func(context.Context, []byte) {}
		body, ok := p.prober.fetch(ctx, job)
		if !ok {
			return
		}
		init, err := fragment.ReadInit(body)
		if err != nil {
			p.recorder.Add(r.ID, findings.Finding{
				Rule: RuleSegmentMalformed, Section: sectionInit, Place: job.place, By: job.by,
				Detail: u + ": " + err.Error(),
			})
			return
		}
		t.init = init
	})
	return t.init
}
