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
	// LeftToPlayer is slate under an ad that only the player can show (VPAID).
	LeftToPlayer Reason = "left_to_player"
	// MarkerUnreadable is a marker of the origin that could not be understood.
	MarkerUnreadable Reason = "marker_unreadable"
	// ImpressionInvalid is an ad none of whose impressions can be sent.
	ImpressionInvalid Reason = "impression_invalid"
	// FrameworkRequired is an ad whose only media need an API framework in the
	// player (VPAID, SIMID).
	FrameworkRequired Reason = "framework_required"
	// RenditionUnavailable is a rendition of the content that the origin does not
	// serve.
	RenditionUnavailable Reason = "rendition_unavailable"
	// ContentUnknown is content whose profile is not known yet, because no sample
	// of it was read or because its sample contradicts the multivariant playlist.
	ContentUnknown Reason = "content_unknown"
	// OutOfSequence is an ad that its pod has no place for: a stand-alone one that
	// none of the ads in sequence needed as a substitute, or one more than a
	// wrapper allows.
	OutOfSequence Reason = "out_of_sequence"
	// NotOverlay is an ad without a non-linear part, offered for an overlay avail.
	NotOverlay Reason = "not_overlay"
	// StoreAway is an avail that was met while the shared store of several nodes was
	// away: without it no node can know what the others show.
	StoreAway Reason = "store_away"
	// StoreFull is an avail of a session that began while the store had no room: its
	// records are in the memory of one node, so it has no ads.
	StoreFull Reason = "store_full"
	// AdTooShort is an ad that is too short for a Period of its own in an MPD.
	AdTooShort Reason = "ad_too_short"
	// ContentUnsupported is content in a codec or container in which ads can't be
	// made.
	ContentUnsupported Reason = "content_unsupported"
)

// elsewhere is what others call a reason.
type elsewhere struct {
	// mediaTailor is its name in MediaTailor's ADS log
	// (skippedAds[].skippedReason), the nearest one where it has no exact word.
	mediaTailor string
	// vast is the code of VAST 4.3 §2.3.6.3 that a spec-true server sends to the
	// Error URLs of an ad.
	vast int
	// imported is what mediaTailor is for a creative that is imported as it is,
	// not transcoded (reference §5.4); "" is the same.
	imported string
}

// undefined is the code of what VAST has no code for.
const undefined = 900

var names = map[Reason]elsewhere{
	CreativeNew:         {mediaTailor: "NEW_CREATIVE", vast: 407},
	CreativeTranscoding: {mediaTailor: "TRANSCODE_IN_PROGRESS", vast: 407, imported: "IMPORT_IN_PROGRESS"},
	TranscodeFailed:     {mediaTailor: "TRANSCODE_ERROR", vast: 405, imported: "IMPORT_ERROR"},
	CreativeUnfetchable: {mediaTailor: "MEDIA_FILE_UNAVAILABLE", vast: 401, imported: "IMPORT_ERROR"},
	RenditionMissing:    {mediaTailor: "NO_VARIANT_MATCH", vast: 403},
	ContainerMismatch:   {mediaTailor: "NO_VARIANT_MATCH", vast: 403},
	SegmentTooLong:      {mediaTailor: "NO_VARIANT_MATCH", vast: 403},
	AdTooLong:           {mediaTailor: "AVAIL_DURATION_EXCEEDED", vast: 202},
	RepeatedInPod:       {mediaTailor: "REJECTED_REPLICA_VAST", vast: undefined},
	CategoryBlocked:     {mediaTailor: "INVALID_VAST_WRAPPER_AD", vast: 205},
	NotLinear:           {mediaTailor: "MEDIA_FILE_UNAVAILABLE", vast: 201},
	AdsLate:             {mediaTailor: "ADS_TIMEOUT", vast: undefined},
	AdsTimeout:          {mediaTailor: "ADS_TIMEOUT", vast: 301},
	AdsError:            {mediaTailor: "VAST_PARSING_ERROR", vast: 301}, // "unavailable or reached a timeout"
	AdsEmpty:            {mediaTailor: "LEFTOVER_AVAIL_EXCEEDED_THRESHOLD", vast: 303},
	VASTInvalid:         {mediaTailor: "VAST_PARSING_ERROR", vast: 101}, // well-formed, but no ad as the schema has it
	WrapperLimit:        {mediaTailor: "INVALID_VAST_WRAPPER_AD", vast: 302},
	WrapperInvalid:      {mediaTailor: "INVALID_VAST_WRAPPER_AD", vast: 300},
	PodShort:            {mediaTailor: "LEFTOVER_AVAIL_EXCEEDED_THRESHOLD", vast: undefined},
	BelowThreshold:      {mediaTailor: "LEFTOVER_AVAIL_EXCEEDED_THRESHOLD", vast: undefined},
	Suppressed:          {mediaTailor: "LEFTOVER_AVAIL_EXCEEDED_THRESHOLD", vast: undefined},
	JoinedMidBreak:      {mediaTailor: "SESSION_INITIALIZATION_FAILED", vast: undefined},
	EarlyReturn:         {mediaTailor: "EARLY_CUE_IN", vast: 206},
	MarkerLate:          {mediaTailor: "EARLY_CUE_IN", vast: undefined},
	TooClose:            {mediaTailor: "INTERNAL_ERROR", vast: undefined},
	RenditionUnmappable: {mediaTailor: "NO_MODEL_CREATIVE_MATCH", vast: undefined},
	OriginRestart:       {mediaTailor: "EARLY_CUE_IN", vast: undefined},
	InternalError:       {mediaTailor: "INTERNAL_ERROR", vast: undefined},
	LeftToPlayer:        {mediaTailor: "MEDIA_FILE_UNAVAILABLE", vast: undefined}, // nothing is skipped: the nearest word
	MarkerUnreadable:    {mediaTailor: "INTERNAL_ERROR", vast: undefined},
	ImpressionInvalid:   {mediaTailor: "VAST_PARSING_ERROR", vast: 101},
	FrameworkRequired:   {mediaTailor: "NO_VARIANT_MATCH", vast: 403}, // field failure B-62

	OutOfSequence:        {mediaTailor: "LEFTOVER_AVAIL_EXCEEDED_THRESHOLD", vast: undefined}, // the nearest word
	RenditionUnavailable: {mediaTailor: "NO_VARIANT_MATCH", vast: undefined},
	ContentUnknown:       {mediaTailor: "NO_VARIANT_MATCH", vast: undefined},
	NotOverlay:           {mediaTailor: "MEDIA_FILE_UNAVAILABLE", vast: 201},
	AdTooShort:           {mediaTailor: "NO_VARIANT_MATCH", vast: 202},
	ContentUnsupported:   {mediaTailor: "NO_VARIANT_MATCH", vast: undefined},
	StoreFull:            {mediaTailor: "SESSION_INITIALIZATION_FAILED", vast: undefined},
	StoreAway:            {mediaTailor: "INTERNAL_ERROR", vast: undefined},
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
		LeftToPlayer, MarkerUnreadable, ImpressionInvalid, FrameworkRequired,
		OutOfSequence, RenditionUnavailable, ContentUnknown, ContentUnsupported,
		StoreAway, StoreFull,
		AdTooShort, NotOverlay,
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

// Unready is whether an ad is not shown because its creative is still to be prepared.
func (r Reason) Unready() bool { return r == CreativeNew || r == CreativeTranscoding }
