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

// elsewhere is what others call a reason.
type elsewhere struct {
	// mediaTailor is its name in MediaTailor's ADS log
	// (skippedAds[].skippedReason), the nearest one where it has no exact word.
	mediaTailor string
	// vast is the code of VAST 4.3 §2.3.6.3 that a spec-true server sends to the
	// Error URLs of an ad.
	vast int
}

// undefined is the code of what VAST has no code for.
const undefined = 900

var names = map[Reason]elsewhere{
	CreativeNew:         {"NEW_CREATIVE", 407},
	CreativeTranscoding: {"TRANSCODE_IN_PROGRESS", 407},
	TranscodeFailed:     {"TRANSCODE_ERROR", 405},
	CreativeUnfetchable: {"MEDIA_FILE_UNAVAILABLE", 401},
	RenditionMissing:    {"NO_VARIANT_MATCH", 403}, // of VPAID too (field failure B-62)
	ContainerMismatch:   {"NO_VARIANT_MATCH", 403},
	SegmentTooLong:      {"NO_VARIANT_MATCH", 403},
	AdTooLong:           {"AVAIL_DURATION_EXCEEDED", 202},
	RepeatedInPod:       {"REJECTED_REPLICA_VAST", undefined},
	CategoryBlocked:     {"INVALID_VAST_WRAPPER_AD", 205},
	NotLinear:           {"MEDIA_FILE_UNAVAILABLE", 201},
	AdsLate:             {"ADS_TIMEOUT", undefined},
	AdsTimeout:          {"ADS_TIMEOUT", 301},
	AdsError:            {"VAST_PARSING_ERROR", 301}, // "unavailable or reached a timeout"
	AdsEmpty:            {"LEFTOVER_AVAIL_EXCEEDED_THRESHOLD", 303},
	VASTInvalid:         {"VAST_PARSING_ERROR", 101}, // well-formed, but no ad as the schema has it
	WrapperLimit:        {"INVALID_VAST_WRAPPER_AD", 302},
	WrapperInvalid:      {"INVALID_VAST_WRAPPER_AD", 300},
	PodShort:            {"LEFTOVER_AVAIL_EXCEEDED_THRESHOLD", undefined},
	BelowThreshold:      {"LEFTOVER_AVAIL_EXCEEDED_THRESHOLD", undefined},
	Suppressed:          {"LEFTOVER_AVAIL_EXCEEDED_THRESHOLD", undefined},
	JoinedMidBreak:      {"SESSION_INITIALIZATION_FAILED", undefined},
	EarlyReturn:         {"EARLY_CUE_IN", 206},
	MarkerLate:          {"EARLY_CUE_IN", undefined},
	TooClose:            {"INTERNAL_ERROR", undefined},
	RenditionUnmappable: {"NO_MODEL_CREATIVE_MATCH", undefined},
	OriginRestart:       {"EARLY_CUE_IN", undefined},
	InternalError:       {"INTERNAL_ERROR", undefined},
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
func (r Reason) MediaTailor() string { return names[r].mediaTailor }

// VAST is the value of [ERRORCODE] for the reason. A document that can't be read
// has a code of its own.
func (r Reason) VAST() int {
	if n, ok := names[r]; ok {
		return n.vast
	}
	return undefined
}
