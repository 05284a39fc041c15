// Package findings keeps the broken rules that a run of package lint meets, and prints them.
package findings

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Report is what a run of lint has seen.
type Report struct {
	// Renditions is the number of media playlists, or of Representations, Polls
	// of answers to requests for playlists or the MPD.
	Renditions, Polls int
	// Segments is the number of segments listed, Fetched of those asked for
	// and Discontinuities of those with a discontinuity; each rendition's are
	// counted. Of an MPD, Discontinuities is the number of Periods that were
	// new after the first answer.
	Segments, Fetched, Discontinuities int
	// Findings are the violations, one for each rule, rendition and place.
	Findings []Finding
	// Dropped is how many more there were past the limit.
	Dropped int
}

// Violations is the number of violations.
func (r *Report) Violations() int { return len(r.Findings) + r.Dropped }

// maxFindings bounds a report: a stream can break a rule at every segment.
const maxFindings = 10_000

// Recorder gathers a report and prints findings as they come.
type Recorder struct {
	mu     sync.Mutex
	out    io.Writer
	report Report
	seen   map[findingKey]bool
}

type findingKey struct {
	rule, rendition, place string
}

// NewRecorder makes a recorder that prints to out.
func NewRecorder(out io.Writer) *Recorder {
	return &Recorder{out: out, seen: map[findingKey]bool{}}
}

// Count changes the report's counters.
func (r *Recorder) Count(change func(*Report)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.report)
}

// Say prints a line that is no finding.
func (r *Recorder) Say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.out, format+"\n", args...)
}

// Add records findings in one rendition, each with the time. Of those of one rule, rendition
// and place only the first counts.
func (r *Recorder) Add(rendition string, found ...Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range found {
		key := findingKey{f.Rule, rendition, f.Place}
		if r.seen[key] {
			continue
		}
		if len(r.report.Findings) >= maxFindings {
			r.report.Dropped++
			continue
		}
		r.seen[key] = true
		f.At, f.Rendition = time.Now(), rendition
		r.report.Findings = append(r.report.Findings, f)
		fmt.Fprintln(r.out, f.String())
	}
}

// Finish prints the summary and returns the report.
func (r *Recorder) Finish() Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &r.report
	fmt.Fprintf(r.out, "%d renditions, %d polls, %d segments (%d fetched), %d discontinuities, %d violations\n",
		p.Renditions, p.Polls, p.Segments, p.Fetched, p.Discontinuities, p.Violations())
	byRule := map[string]int{}
	for _, f := range p.Findings {
		byRule[f.Rule]++
	}
	rules := slices.SortedFunc(maps.Keys(byRule), func(a, b string) int {
		return cmp.Or(byRule[b]-byRule[a], cmp.Compare(a, b))
	})
	for _, rule := range rules {
		fmt.Fprintf(r.out, "  %6d  %s\n", byRule[rule], rule)
	}
	if p.Dropped > 0 {
		fmt.Fprintf(r.out, "  %6d  not listed\n", p.Dropped)
	}
	return *p
}
