package ads

import (
	"cmp"
	"fmt"
	"time"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/playback/config"
	"stitcher/internal/vast"
)

// Settings are what a decision needs of a playback configuration.
type Settings struct {
	// AdDecisionServerURL is the template of the ad request, its aliases
	// already replaced; "" leaves every avail to slate or content.
	AdDecisionServerURL string
	// Server is how ad requests are made and their answers read.
	Server config.AdDecisionServer
	// Aliases are the values of the configuration aliases that the session
	// chose, by variable ("player_params.x").
	Aliases map[string]string
	// SlateURL is shown for unfilled time; "" is content.
	SlateURL string
	// PlayerSlateURL is shown under ads that only the player can show; "" drops
	// them. Other than SlateURL it is shown in assets that have ended too.
	PlayerSlateURL string
	// Conditioned is whether an ad's own stream, where it has one, is shown as it
	// is (AdConditioningConfiguration NONE).
	Conditioned bool
	// BumperStartURL and BumperEndURL are the first and the last clip of every
	// pod; "" is none.
	BumperStartURL, BumperEndURL string
	// SlateFault is why the configuration's slate can't be shown to this
	// session.
	SlateFault error
	// AdsRequestTimeout bounds each request, wrappers included; 0 is 3 s.
	AdsRequestTimeout time.Duration
	// Budget bounds all requests of a decision together; 0 is 10 s.
	Budget time.Duration
	// Parallel is how many ad requests of one manifest may be under way at
	// once; 0 is 1.
	Parallel int
	// PersonalizationThreshold leaves an avail to content of which more than
	// this would be slate; 0 is off, as it is without a slate.
	PersonalizationThreshold time.Duration
}

// SettingsOf are the settings of a configuration for a session: its aliases
// are replaced by what the session's parameters choose. The error is that of
// playback.Configuration.Resolve. A slate that can't be resolved is left out:
// it is no reason to show no ads (reference §4.3).
func SettingsOf(c *config.Configuration, parameters map[string]string, live bool) (Settings, error) {
	s := Settings{
		Server:                   c.AdDecisionServer,
		Conditioned:              c.StreamingMediaFileConditioning == "NONE",
		Aliases:                  c.AliasValues(parameters),
		AdsRequestTimeout:        c.AdsRequestTimeout(),
		Budget:                   c.VODBudget(),
		Parallel:                 c.ParallelAds(live),
		PersonalizationThreshold: c.Threshold(),
	}
	if live {
		s.Budget = c.LiveBudget()
	}
	var err error
	if s.AdDecisionServerURL, err = c.Resolve(c.AdDecisionServerURL, parameters); err != nil {
		return Settings{}, fmt.Errorf("ad decision server: %w", err)
	}
	if s.SlateURL, s.SlateFault = c.ResolveFile(c.SlateAdURL, parameters); s.SlateFault != nil {
		s.PersonalizationThreshold = 0
	}
	s.PlayerSlateURL = s.SlateURL
	for _, bumper := range []struct {
		from string
		to   *string
	}{{c.Bumper.StartURL, &s.BumperStartURL}, {c.Bumper.EndURL, &s.BumperEndURL}} {
		if *bumper.to, err = c.ResolveFile(bumper.from, parameters); err != nil {
			*bumper.to = "" // no reason to show no ads
		}
	}
	return s, nil
}

// PreRollSettingsOf are the settings of a configuration's live pre-roll. It has
// an ad server of its own, which gets nothing that is meant for the other, and
// no slate (reference §3.5). Without a pre-roll the URL is "".
func PreRollSettingsOf(c *config.Configuration, parameters map[string]string) (Settings, error) {
	s := Settings{
		Server:            config.AdDecisionServer{AdSequencingMode: c.LivePreRoll.AdSequencingMode},
		Aliases:           c.AliasValues(parameters),
		AdsRequestTimeout: c.AdsRequestTimeout(),
		Budget:            c.LiveBudget(),
		Parallel:          c.ParallelAds(true),
		Conditioned:       c.StreamingMediaFileConditioning == "NONE",
	}
	var err error
	if s.AdDecisionServerURL, err = c.Resolve(c.LivePreRoll.AdDecisionServerURL, parameters); err != nil {
		return Settings{}, fmt.Errorf("ad decision server of the pre-roll: %w", err)
	}
	return s, nil
}

// PrefetchSettingsOf are the settings of a configuration for a prefetch of a
// session: those of a live avail but for the time, which is only bounded by
// each request where nothing else was put.
func PrefetchSettingsOf(c *config.Configuration, parameters map[string]string) (Settings, error) {
	s, err := SettingsOf(c, parameters, true)
	if err != nil {
		return Settings{}, err
	}
	s.AdsRequestTimeout = c.PrefetchRequestTimeout()
	// No chain of requests takes longer than its requests do.
	s.Budget = cmp.Or(c.PrefetchBudget(), (vast.DefaultDepth+1)*s.AdsRequestTimeout)
	return s, nil
}

// NewBudget makes the budget of a manifest request that came at now.
func NewBudget(s Settings, now time.Time) *adserver.Budget {
	return adserver.NewBudget(cmp.Or(s.Budget, defaultBudget), s.Parallel, now)
}
