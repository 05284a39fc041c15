package playback

import "time"

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

// Suppression is what a session with these feature parameters
// (availSuppressionMode, availSuppressionValue, availSuppressionFillPolicy) has:
// mode and value come from the same place, the parameters where they give a
// mode; what makes no sense suppresses nothing (reference §2.2).
func (c *Configuration) Suppression(features map[string]string) Suppression {
	from := c.AvailSuppression
	if m := features["availSuppressionMode"]; m != "" {
		from.Mode, from.Value = m, features["availSuppressionValue"]
	}
	if p := features["availSuppressionFillPolicy"]; p != "" {
		from.FillPolicy = p
	}
	var value time.Duration
	if from.Value != "" {
		var ok bool
		if value, ok = clock(from.Value); !ok {
			return Suppression{}
		}
	}
	s := Suppression{
		After: from.Mode == "AFTER_LIVE_EDGE", Behind: from.Mode == "BEHIND_LIVE_EDGE",
		Value: value.Microseconds(), Partial: from.FillPolicy == "PARTIAL_AVAIL",
	}
	if !s.Active() {
		return Suppression{}
	}
	return s
}

// PreRoll is whether a session with these feature parameters begins with a
// pre-roll: one is configured, and aws.preroll does not say "disabled"
// (reference §3.5).
func (c *Configuration) PreRoll(features map[string]string) bool {
	return c.LivePreRoll.AdDecisionServerURL != "" && features["preroll"] != "disabled"
}
