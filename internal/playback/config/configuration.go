package config

import "encoding/json"

// Configuration is a playback configuration as it was put, with every member of
// PutPlaybackConfiguration that this version knows (reference §1.4). Members
// that it does not know are kept and shown again. A Configuration is immutable, so it may
// be used without a lock.
type Configuration struct {
	// version is that of the stored document.
	version int64

	// Name is the {config} of playback URLs.
	Name string
	// VideoContentSourceURL is what the asset path of a player is appended to.
	VideoContentSourceURL string
	// AdDecisionServerURL is the template of ad requests.
	AdDecisionServerURL string
	AdDecisionServer    AdDecisionServer
	Timeouts            Timeouts
	Concurrency         Concurrency
	// SlateAdURL is the media file of the slate.
	SlateAdURL string
	// PersonalizationThresholdSeconds is 0 where it was not put.
	PersonalizationThresholdSeconds int
	TranscodeProfileName            string
	CDN                             CDN
	Dash                            Dash
	Bumper                          Bumper
	LivePreRoll                     LivePreRoll
	AvailSuppression                AvailSuppression
	// AdMarkerPassthrough is ManifestProcessingRules.AdMarkerPassthrough.Enabled.
	AdMarkerPassthrough bool
	// Aliases are the ConfigurationAliases: variable, such as
	// "player_params.cdn", to alias to value.
	Aliases map[string]map[string]string
	// InsertionMode is STITCHED_ONLY or PLAYER_SELECT; "" where it was not put.
	InsertionMode string
	// StreamingMediaFileConditioning is TRANSCODE or NONE; "" where it was not
	// put.
	StreamingMediaFileConditioning string
	// Functions are the FunctionMapping: hook to function.
	Functions map[string]string
	Tags      map[string]string
	// Log is what ConfigureLogsForPlaybackConfiguration set; nil is the
	// default.
	Log *LogConfiguration

	// document holds the members as they were put, the read-only ones and the
	// tags left out.
	document map[string]json.RawMessage
}

// Timeouts is AdsPersonalizationTimeouts, in milliseconds; 0 is not put.
type Timeouts struct {
	AdsRequest      int
	LiveMaximum     int
	VODMaximum      int
	PrefetchRequest int
	PrefetchMaximum int
}

// Concurrency is AdsPersonalizationConcurrency; 0 is not put.
type Concurrency struct {
	MaxConcurrentAdsRequests int
	VODVastParallelization   bool
}

// CDN is CdnConfiguration: what replaces host and prefix of segment URLs.
type CDN struct{ AdSegmentURLPrefix, ContentSegmentURLPrefix string }

// Dash is the DashConfiguration that can be put.
type Dash struct{ MpdLocation, OriginManifestType string }

// Bumper is the first and the last clip of an avail.
type Bumper struct{ StartURL, EndURL string }

// LivePreRoll is LivePreRollConfiguration.
type LivePreRoll struct {
	AdDecisionServerURL string
	MaxDurationSeconds  int
	AdSequencingMode    string
}

// AvailSuppression says which avails of a live stream are left alone (reference
// §3.6).
type AvailSuppression struct {
	// Mode is OFF, BEHIND_LIVE_EDGE or AFTER_LIVE_EDGE; "" where it was not
	// put.
	Mode string
	// Value is HH:MM:SS.
	Value      string
	FillPolicy string
}
