package ads

import (
	"fmt"
	"time"

	"stitcher/internal/playback"
)

// Settings are what a decision needs of a playback configuration.
type Settings struct {
	// AdDecisionServerURL is the template of the ad request, its aliases
	// already replaced; "" leaves every avail to slate or content.
	AdDecisionServerURL string
	// SlateURL is shown for unfilled time; "" is content.
	SlateURL string
	// AdsRequestTimeout bounds each request, wrappers included; 0 is 3 s.
	AdsRequestTimeout time.Duration
	// Budget bounds all requests of a decision together; 0 is 10 s.
	Budget time.Duration
	// PersonalizationThreshold leaves an avail to content of which more than
	// this would be slate; 0 is off, as it is without a slate.
	PersonalizationThreshold time.Duration
}

// SettingsOf are the settings of a configuration for a session: its aliases
// are replaced by what the session's parameters choose. The error is that of
// playback.Configuration.Resolve.
func SettingsOf(c *playback.Configuration, parameters map[string]string, live bool) (Settings, error) {
	s := Settings{
		AdsRequestTimeout:        c.AdsRequestTimeout(),
		Budget:                   c.VODBudget(),
		PersonalizationThreshold: c.Threshold(),
	}
	if live {
		s.Budget = c.LiveBudget()
	}
	var err error
	if s.AdDecisionServerURL, err = c.Resolve(c.AdDecisionServerURL, parameters); err != nil {
		return Settings{}, fmt.Errorf("ad decision server: %w", err)
	}
	if s.SlateURL, err = c.Resolve(c.SlateAdURL, parameters); err != nil {
		return Settings{}, fmt.Errorf("slate: %w", err)
	}
	return s, nil
}
