package config

import "time"

// The defaults of members that were not put (reference §1.4).
const (
	defaultAdsRequestTimeout  = 3 * time.Second
	defaultBudget             = 10 * time.Second
	defaultMpdLocation        = "EMT_DEFAULT"
	defaultOriginManifestType = "MULTI_PERIOD"
	defaultInsertionMode      = "STITCHED_ONLY"
)

// ContentSource is the template of the origin's prefix.
func (c *Configuration) ContentSource() string { return c.VideoContentSourceURL }

// ADS is the template of ad requests; "" if there is no ad server.
func (c *Configuration) ADS() string { return c.AdDecisionServerURL }

// AdPrefix is the template of what ad segment URLs begin with; "" is this
// server.
func (c *Configuration) AdPrefix() string { return c.CDN.AdSegmentURLPrefix }

// ContentPrefix is the template of what content segment URLs begin with; "" is
// the origin.
func (c *Configuration) ContentPrefix() string { return c.CDN.ContentSegmentURLPrefix }

// Passthrough is whether ad markers stay in the output.
func (c *Configuration) Passthrough() bool { return c.AdMarkerPassthrough }

// AdsRequestTimeout bounds each ad request, wrappers included.
func (c *Configuration) AdsRequestTimeout() time.Duration {
	return milliseconds(c.Timeouts.AdsRequest, defaultAdsRequestTimeout)
}

// LiveBudget bounds all ad requests of one live manifest together.
func (c *Configuration) LiveBudget() time.Duration {
	return milliseconds(c.Timeouts.LiveMaximum, defaultBudget)
}

// VODBudget bounds all ad requests of one VOD manifest together.
func (c *Configuration) VODBudget() time.Duration {
	return milliseconds(c.Timeouts.VODMaximum, defaultBudget)
}

// PrefetchRequestTimeout bounds each ad request of a prefetch, wrappers
// included; where it was not put it is that of any other.
func (c *Configuration) PrefetchRequestTimeout() time.Duration {
	return milliseconds(c.Timeouts.PrefetchRequest, c.AdsRequestTimeout())
}

// PrefetchBudget bounds all ad requests of one prefetch together; 0 is no bound
// but that of each request.
func (c *Configuration) PrefetchBudget() time.Duration {
	return milliseconds(c.Timeouts.PrefetchMaximum, 0)
}

// ParallelAds is how many ad requests of one manifest may be under way at once,
// at least 1. Those of a VOD manifest run in parallel only where that is turned
// on (reference §1.4). Those of a live manifest, of which MediaTailor makes one at
// a time unless told otherwise, may be a few: a viewer who comes in the middle of a
// window with avails would wait for each in turn.
func (c *Configuration) ParallelAds(live bool) int {
	n := c.Concurrency.MaxConcurrentAdsRequests
	switch {
	case !live && !c.Concurrency.VODVastParallelization:
		return 1
	case n == 0:
		return liveParallelAds
	}
	return n
}

// liveParallelAds are as many avails as a window is likely to have. A VMAP answer
// may name a hundred servers; it opens no more of them at once either.
const liveParallelAds = 8

// Threshold is the personalization threshold: an avail of which more than this
// would be slate is left to content. 0 is off, as it is without a slate.
func (c *Configuration) Threshold() time.Duration {
	if c.SlateAdURL == "" {
		return 0
	}
	return time.Duration(c.PersonalizationThresholdSeconds) * time.Second
}

func milliseconds(n int, otherwise time.Duration) time.Duration {
	if n == 0 {
		return otherwise
	}
	return time.Duration(n) * time.Millisecond
}
