package addressing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// uniform makes the segments of @duration.
func (d *Reader) uniform(a *Address) {
	a.runs, a.open = nil, false
	if a.length <= 0 || a.kind == Single {
		if a.kind == List && len(a.urls) > 0 || a.kind == Template && a.media != "" {
			// One segment that is the whole Period.
			if n := d.length(a); n > 0 {
				a.runs = []run{{t: a.offset, d: n, n: 1}}
			}
		}
		return
	}
	r := run{t: a.offset + a.delta, d: a.length, n: countless}
	switch {
	case a.kind == List:
		r.n = int64(len(a.urls))
	case a.last > 0:
		r.n = max(a.last-a.number+1, 0)
	case d.End >= 0 && !d.Dynamic:
		r.n = (d.length(a) - a.delta + r.d - 1) / r.d
	default:
		a.open = true
	}
	if r.n > 0 {
		a.runs = []run{r}
	}
}

// length is how long the Period is in ticks; 0 where it is open.
func (d *Reader) length(a *Address) int64 {
	if d.End < 0 {
		return 0
	}
	return quantity.Ticks(quantity.Micros(d.End-d.Start, 0, 1), 0, a.scale)
}

// clip keeps the first n segments.
func (a *Address) clip(n int64) {
	for i := range a.runs {
		r := &a.runs[i]
		if r.index+r.n < n {
			continue
		}
		if r.n = n - r.index; r.n <= 0 {
			a.runs = a.runs[:i]
		} else {
			a.runs = a.runs[:i+1]
		}
		a.open = false
		return
	}
}

// timeline reads a SegmentTimeline.
func (d *Reader) timeline(a *Address, n *markup.Node) error {
	a.runs, a.open = make([]run, 0, len(n.Children)), false
	inner := n.Inner()
	a.inner = markup.Span{From: inner.From, To: inner.To}
	var at, index int64
	for i, s := range n.Children {
		if s.Name != "S" {
			continue
		}
		r, repeat, err := d.entry(s, at)
		if err != nil {
			return fmt.Errorf("in S %d: %w", i, err)
		}
		if r.d == 0 {
			continue // it lists nothing
		}
		r.index = index
		if last := len(a.runs) - 1; last >= 0 && a.runs[last].n == countless {
			before := &a.runs[last]
			if before.n = (r.t - before.t + before.d - 1) / before.d; before.n <= 0 {
				return fmt.Errorf("begin of S %d is before the one that repeats until it", i)
			}
			r.index = before.index + before.n
		} else if last >= 0 && r.t < a.runs[last].t {
			return fmt.Errorf("t of S %d, %d, is before the one before it", i, r.t)
		}
		r.n = repeat + 1
		if repeat < 0 {
			r.n = countless
		}
		a.runs = append(a.runs, r)
		if r.n != countless {
			if at = r.end(); at > quantity.MaxTicks {
				return fmt.Errorf("end of S %d exceeds 2^60", i)
			}
		}
		index = r.index + r.n
	}
	last := len(a.runs) - 1
	if last < 0 || a.runs[last].n != countless {
		return nil
	}
	r := &a.runs[last]
	if d.End < 0 || d.Dynamic {
		a.open = true
		return nil
	}
	r.n = (a.offset + d.length(a) - r.t + r.d - 1) / r.d
	if r.n <= 0 {
		a.runs = a.runs[:last]
	}
	return nil
}

// entry reads an S whose default time is at.
func (d *Reader) entry(s *markup.Node, at int64) (r run, repeat int64, err error) {
	r = run{t: at, Span: markup.Span{From: s.Span.From, To: s.Span.To}, name: s.NameEnd()}
	for i := range s.Attrs {
		a := &s.Attrs[i]
		where := markup.Span{From: a.Value.From, To: a.Value.To}
		raw := string(s.Source(a.Value))
		switch a.Name {
		case "t":
			r.t, err = quantity.ParseTicks(raw)
			r.at = where
		case "d":
			r.d, err = quantity.ParseTicks(raw)
		case "r":
			repeat, err = parseRepeat(raw)
			r.repeat = where
		case "n":
			r.number, err = quantity.ParseTicks(raw)
			r.numbered = where
		}
		if err != nil {
			return run{}, 0, fmt.Errorf("%s %q: %w", a.Name, markup.Excerpt(raw), err)
		}
	}
	return r, repeat, nil
}

func parseRepeat(s string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	switch {
	case err != nil:
		return 0, errors.New("not an integer")
	case n < -1:
		return 0, errors.New("negative, and not -1")
	case n >= countless-1:
		return 0, errors.New("too large")
	}
	return n, nil
}
