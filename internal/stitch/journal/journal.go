// Package journal keeps an audit line of each attempt at a tracking URL with the records of its session.
package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/records"
	"stitcher/internal/store"
	"stitcher/internal/tracking"
)

// Call is the audit line of one attempt at a tracking URL. There is no secret, no
// consent string and no full address of a viewer in it.
type Call struct {
	At time.Time `json:"at"`
	// Ad is the place of the ad's item in the decision.
	Ad    int    `json:"ad"`
	Event string `json:"event"`
	URL   string `json:"url,omitempty"`
	// Attempt counts the calls of the URL from 1.
	Attempt int `json:"attempt,omitempty"`
	// Status is that of the answer, absent without one.
	Status     int     `json:"status,omitempty"`
	DurationMs float64 `json:"durationMs"`
	// Outcome is "delivered", "rejected", "retried" or "gave_up", Error why there was no
	// answer, Next when the URL is called again. An event that the player was served and
	// calls itself is "served", without a URL.
	Outcome string    `json:"outcome"`
	Error   string    `json:"error,omitempty"`
	Next    time.Time `json:"next,omitzero"`
}

// Journal keeps the audit lines of beacons with the records of their sessions, for as
// long as those. The sender of beacons never waits for it: lines that find it busy are
// lost, and counted.
type Journal struct {
	facts store.Facts
	log   *slog.Logger
	queue chan page
	lost  prometheus.Counter

	// retention is how long the lines of recorded sessions are kept.
	retention time.Duration

	mu sync.Mutex
	// kept counts the lines of each session.
	kept map[string]int
}

// page are the lines of one round at an ad's URLs.
type page struct {
	session *playback.Session
	key     avail.Key
	ad      int
	calls   []tracking.Call
}

const (
	// maxPages bounds the pages that wait to be kept.
	maxPages = 4096
	// maxLines bounds the lines that a node keeps of a session, maxJournals the
	// sessions that it counts them of.
	maxLines    = 2000
	maxJournals = 100_000
	// journalWriters is how many pages are written at once.
	journalWriters = 32
	// maxLineText bounds a URL and an error in a line, in bytes.
	maxLineText = 1 << 10
)

var _ tracking.Journal = (*Journal)(nil)

// New makes a journal over a store; Run keeps.
func New(facts store.Facts, log *slog.Logger, reg prometheus.Registerer) *Journal {
	j := &Journal{
		facts: facts, log: log, queue: make(chan page, maxPages), kept: map[string]int{},
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stitcher_beacon_audit_lines_lost_total",
			Help: "Audit lines of beacons that are missing because the journal or the store was busy, or the session had too many.",
		}),
	}
	reg.MustRegister(j.lost)
	return j
}

// Keep implements tracking.Journal.
func (j *Journal) Keep(session *playback.Session, key avail.Key, ad int, calls []tracking.Call) {
	select {
	case j.queue <- page{session, key, ad, calls}:
	default:
		j.lost.Add(float64(len(calls)))
	}
}

// Run keeps lines until ctx ends.
func (j *Journal) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for range journalWriters {
		wg.Go(func() {
			for {
				select {
				case p := <-j.queue:
					j.keep(context.WithoutCancel(ctx), &p)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	wg.Wait()
}

// Flush keeps the lines that wait. It is for the time after Run.
func (j *Journal) Flush(ctx context.Context) {
	for {
		select {
		case p := <-j.queue:
			j.keep(ctx, &p)
		default:
			return
		}
	}
}

// Retain has the lines of sessions that are recorded kept as long as their recordings. It
// is called before Run.
func (j *Journal) Retain(d time.Duration) { j.retention = max(records.TTL, d) }

func (j *Journal) keep(ctx context.Context, p *page) {
	kept := j.admit(p.session.ID, len(p.calls))
	j.lost.Add(float64(len(p.calls) - kept))
	if p.calls = p.calls[:kept]; kept == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, records.WriteTimeout)
	defer cancel()
	ttl := records.TTL
	if p.session.Debug || p.session.Sampled {
		ttl = max(ttl, j.retention)
	}
	b, err := json.Marshal(p.lines())
	if err == nil {
		_, err = j.facts.Create(ctx, journalOwner(p.session.ID), ttl, avail.Fact{Key: p.name(), Value: b})
	}
	if err != nil {
		j.lost.Add(float64(kept))
		j.log.Warn("audit lines of beacons are lost", "session", p.session.ID, "avail", p.key.String(), "err", err)
	}
}

// admit is how many of n lines of a session there is room for.
func (j *Journal) admit(session string, n int) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.kept) >= maxJournals {
		clear(j.kept)
	}
	n = min(n, maxLines-j.kept[session])
	j.kept[session] += n
	return n
}

// name is the key of the page's fact: the avail, the ad, and when its first line was.
func (p *page) name() string {
	return p.key.String() + "/" + strconv.Itoa(p.ad) + "/" + strconv.FormatInt(p.calls[0].At.UnixMicro(), 10)
}

// lines are those of the page as they are kept.
func (p *page) lines() []Call {
	redactor := redact.New(p.session)
	text := func(s string) string {
		s = redactor.Text(s)
		return strings.ToValidUTF8(s[:min(len(s), maxLineText)], "")
	}
	list := make([]Call, len(p.calls))
	for i := range p.calls {
		c := &p.calls[i]
		list[i] = Call{
			At: c.At.UTC(), Ad: p.ad, Event: c.Event, URL: text(c.URL), Attempt: c.Attempt, Status: c.Status,
			DurationMs: float64(c.Took.Microseconds()) / 1000, Outcome: c.Outcome, Error: text(c.Err), Next: c.Next.UTC(),
		}
		if c.Next.IsZero() {
			list[i].Next = time.Time{}
		}
	}
	return list
}

func journalOwner(session string) string { return "beacons/" + session }

var errPage = errors.New("the audit lines of a session cannot be read")

// Read gives the audit lines of a session by avail, in the order of the calls.
func Read(ctx context.Context, past records.Past, session string) (map[avail.Key][]Call, error) {
	stored, err := past.Recall(ctx, journalOwner(session))
	if err != nil {
		return nil, fmt.Errorf("read audit lines of session %s: %w", session, err)
	}
	calls := map[avail.Key][]Call{}
	for _, f := range stored {
		name := f.Key
		for range 2 { // the ad and the time
			if i := strings.LastIndexByte(name, '/'); i >= 0 {
				name = name[:i]
			}
		}
		key, err := avail.ParseKey(name)
		if err != nil {
			return nil, fmt.Errorf("%w: %q: %w", errPage, f.Key, err)
		}
		var list []Call
		if err := json.Unmarshal(f.Value, &list); err != nil {
			return nil, fmt.Errorf("%w: %q: %w", errPage, f.Key, err)
		}
		calls[key] = append(calls[key], list...)
	}
	return calls, nil
}
