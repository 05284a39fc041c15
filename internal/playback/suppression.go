package playback

// Suppression says which avails of a live stream a session leaves to content
// (reference §3.6). The zero value suppresses nothing.
type Suppression struct {
	// After is set for AFTER_LIVE_EDGE: what starts before Value has gone by
	// since the live edge of the session's start is left alone. Otherwise, for
	// BEHIND_LIVE_EDGE, it is what started Value or more before that edge.
	After  bool `json:"after,omitempty"`
	Behind bool `json:"behind,omitempty"`
	// Value is in microseconds.
	Value int64 `json:"value,omitempty"`
	// Partial fills what is left of an avail under way when Value has gone by
	// (PARTIAL_AVAIL).
	Partial bool `json:"partial,omitempty"`
}

// Active is whether anything is suppressed.
func (s Suppression) Active() bool { return s.After || s.Behind }
