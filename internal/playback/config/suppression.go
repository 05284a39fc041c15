package config

import (
	"slices"

	"stitcher/internal/playback"
)

// What a mode and a policy of avail suppression may be (reference §1.4).
var (
	suppressionModes = []string{"OFF", "BEHIND_LIVE_EDGE", "AFTER_LIVE_EDGE"}
	fillPolicies     = []string{"FULL_AVAIL_ONLY", "PARTIAL_AVAIL"}
)

// Suppression is what a session with these feature parameters
// (availSuppressionMode, availSuppressionValue, availSuppressionFillPolicy) has:
// mode and value come from the same place (the parameters, if they give a mode), and both
// are required. An unknown mode or policy is ignored; an invalid time turns suppression off
// (reference §2.2).
func (c *Configuration) Suppression(features map[string]string) playback.Suppression {
	from := c.AvailSuppression
	if m := features["availSuppressionMode"]; slices.Contains(suppressionModes, m) {
		from.Mode, from.Value = m, features["availSuppressionValue"]
	}
	if p := features["availSuppressionFillPolicy"]; slices.Contains(fillPolicies, p) {
		from.FillPolicy = p
	}
	value, ok := clock(from.Value)
	if !ok {
		return playback.Suppression{}
	}
	s := playback.Suppression{
		After: from.Mode == "AFTER_LIVE_EDGE", Behind: from.Mode == "BEHIND_LIVE_EDGE",
		Value: value.Microseconds(), Partial: from.FillPolicy == "PARTIAL_AVAIL",
	}
	if !s.Active() {
		return playback.Suppression{}
	}
	return s
}

// PreRoll is whether a session with these feature parameters begins with a
// pre-roll: one is configured, and aws.preroll does not say "disabled"
// (reference §3.5).
func (c *Configuration) PreRoll(features map[string]string) bool {
	return c.LivePreRoll.AdDecisionServerURL != "" && features["preroll"] != "disabled"
}
