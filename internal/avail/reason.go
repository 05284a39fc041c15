package avail

// Reason says why an avail, a part of it or an ad was not shown. The set is
// closed: it is a metric label, a report column, a debugger line and a log
// field.
type Reason string

// The reasons.
const (
	CreativeNew         Reason = "creative_new"
	CreativeTranscoding Reason = "creative_transcoding"
	TranscodeFailed     Reason = "transcode_failed"
	CreativeUnfetchable Reason = "creative_unfetchable"
	RenditionMissing    Reason = "rendition_missing"
	ContainerMismatch   Reason = "container_mismatch"
	SegmentTooLong      Reason = "segment_too_long"
	AdTooLong           Reason = "ad_too_long"
	RepeatedInPod       Reason = "repeated_in_pod"
	CategoryBlocked     Reason = "category_blocked"
	NotLinear           Reason = "not_linear"
	AdsLate             Reason = "ads_late"
	AdsTimeout          Reason = "ads_timeout"
	AdsError            Reason = "ads_error"
	AdsEmpty            Reason = "ads_empty"
	VASTInvalid         Reason = "vast_invalid"
	WrapperLimit        Reason = "wrapper_limit"
	WrapperInvalid      Reason = "wrapper_invalid"
	PodShort            Reason = "pod_short"
	BelowThreshold      Reason = "below_threshold"
	Suppressed          Reason = "suppressed"
	JoinedMidBreak      Reason = "joined_mid_break"
	EarlyReturn         Reason = "early_return"
	MarkerLate          Reason = "marker_late"
	TooClose            Reason = "too_close"
	RenditionUnmappable Reason = "rendition_unmappable"
	OriginRestart       Reason = "origin_restart"
	InternalError       Reason = "internal_error"
)

// mediaTailor gives each reason the name that MediaTailor's ADS log has for it
// (skippedAds[].skippedReason), the nearest one where it has no exact word.
var mediaTailor = map[Reason]string{
	CreativeNew:         "NEW_CREATIVE",
	CreativeTranscoding: "TRANSCODE_IN_PROGRESS",
	TranscodeFailed:     "TRANSCODE_ERROR",
	CreativeUnfetchable: "MEDIA_FILE_UNAVAILABLE",
	RenditionMissing:    "NO_VARIANT_MATCH",
	ContainerMismatch:   "NO_VARIANT_MATCH",
	SegmentTooLong:      "NO_VARIANT_MATCH",
	AdTooLong:           "AVAIL_DURATION_EXCEEDED",
	RepeatedInPod:       "REJECTED_REPLICA_VAST",
	CategoryBlocked:     "INVALID_VAST_WRAPPER_AD",
	NotLinear:           "MEDIA_FILE_UNAVAILABLE",
	AdsLate:             "ADS_TIMEOUT",
	AdsTimeout:          "ADS_TIMEOUT",
	AdsError:            "VAST_PARSING_ERROR",
	AdsEmpty:            "LEFTOVER_AVAIL_EXCEEDED_THRESHOLD",
	VASTInvalid:         "VAST_PARSING_ERROR",
	WrapperLimit:        "INVALID_VAST_WRAPPER_AD",
	WrapperInvalid:      "INVALID_VAST_WRAPPER_AD",
	PodShort:            "LEFTOVER_AVAIL_EXCEEDED_THRESHOLD",
	BelowThreshold:      "LEFTOVER_AVAIL_EXCEEDED_THRESHOLD",
	Suppressed:          "LEFTOVER_AVAIL_EXCEEDED_THRESHOLD",
	JoinedMidBreak:      "SESSION_INITIALIZATION_FAILED",
	EarlyReturn:         "EARLY_CUE_IN",
	MarkerLate:          "EARLY_CUE_IN",
	TooClose:            "INTERNAL_ERROR",
	RenditionUnmappable: "NO_MODEL_CREATIVE_MATCH",
	OriginRestart:       "EARLY_CUE_IN",
	InternalError:       "INTERNAL_ERROR",
}

// Reasons lists the closed set.
func Reasons() []Reason {
	return []Reason{
		CreativeNew, CreativeTranscoding, TranscodeFailed, CreativeUnfetchable,
		RenditionMissing, ContainerMismatch, SegmentTooLong, AdTooLong,
		RepeatedInPod, CategoryBlocked, NotLinear, AdsLate, AdsTimeout,
		AdsError, AdsEmpty, VASTInvalid, WrapperLimit, WrapperInvalid,
		PodShort, BelowThreshold, Suppressed, JoinedMidBreak, EarlyReturn,
		MarkerLate, TooClose, RenditionUnmappable, OriginRestart, InternalError,
	}
}

// MediaTailor is the reason's name in MediaTailor's logs.
func (r Reason) MediaTailor() string { return mediaTailor[r] }
