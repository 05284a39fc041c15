package transcodecache

import (
	"cmp"
	"slices"
	"time"

	"stitcher/internal/avail"
)

// State is how far a creative has come.
type State string

// The states.
const (
	Queued  State = "queued"
	Running State = "running"
	Failed  State = "failed"
	Ready   State = "ready"
)

// Status says how one creative stands in one profile; for people.
type Status struct {
	Creative string `json:"creative"`
	Profile  string `json:"profile"`
	URL      string `json:"url"`
	// Streaming is whether it is imported as it is, not transcoded.
	Streaming bool  `json:"streaming,omitempty"`
	State     State `json:"state"`
	// Reason, Message and Retry are set after a failure.
	Reason  avail.Reason `json:"reason,omitempty"`
	Message string       `json:"message,omitempty"`
	Retry   time.Time    `json:"retry,omitzero"`
	// The others are set when it is ready. Duration is in microseconds.
	Asset    string           `json:"asset,omitempty"`
	Duration int64            `json:"duration,omitempty"`
	Bytes    int64            `json:"bytes,omitempty"`
	Loudness map[int]Loudness `json:"loudness,omitempty"`
	Made     time.Time        `json:"made,omitzero"`
	Used     time.Time        `json:"used,omitzero"`
}

// Creatives lists all that the cache knows of, by creative and profile.
func (c *Cache) Creatives() []Status {
	var all []Status
	c.mu.Lock()
	for _, j := range c.queue.jobs {
		s := Status{Creative: j.creative.Key, Profile: j.profile, URL: j.creative.URL, Streaming: j.creative.Streaming}
		switch j.state {
		case jobQueued:
			s.State = Queued
		case jobRunning:
			s.State = Running
		case jobFailed:
			s.State, s.Reason, s.Message, s.Retry = Failed, j.reason, j.message, j.retry
		}
		all = append(all, s)
	}
	c.mu.Unlock()
	c.assets.Range(func(_, v any) bool {
		s := v.(*stored)
		all = append(all, Status{
			Creative: s.Asset.Creative, Profile: s.Asset.Profile, URL: s.Source, Streaming: s.Streaming, State: Ready,
			Asset: s.Asset.ID, Duration: s.Asset.Duration, Bytes: s.bytes(), Loudness: s.Loudness,
			Made: s.Made, Used: time.Unix(0, s.used.Load()).UTC(),
		})
		return true
	})
	slices.SortFunc(all, func(a, b Status) int {
		return cmp.Or(cmp.Compare(a.Creative, b.Creative), cmp.Compare(a.Profile, b.Profile))
	})
	return all
}
