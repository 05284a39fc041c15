package eventlog

// Event is the name of an event in MediaTailor's logs (user guide, "ads-log-format"
// and "monitoring-cloudwatch-manifest-logs").
type Event string

// Events of the interactions with ad decision servers.
const (
	AdMarkerFound          Event = "AD_MARKER_FOUND"
	MakingAdsRequest       Event = "MAKING_ADS_REQUEST"
	VASTResponse           Event = "VAST_RESPONSE"
	EmptyVASTResponse      Event = "EMPTY_VAST_RESPONSE"
	EmptyVMAPResponse      Event = "EMPTY_VMAP_RESPONSE"
	VASTRedirect           Event = "VAST_REDIRECT"
	RedirectedVASTResponse Event = "REDIRECTED_VAST_RESPONSE"
	FilledAvail            Event = "FILLED_AVAIL"
	FilledOverlay          Event = "FILLED_OVERLAY_AVAIL"
	NoAdvertisements       Event = "WARNING_NO_ADVERTISEMENTS"
	VPAIDAdDropped         Event = "WARNING_VPAID_AD_DROPPED"
	SubstitutionFailed     Event = "WARNING_URL_VARIABLE_SUBSTITUTION_FAILED"
	ErrorUnknown           Event = "ERROR_UNKNOWN"
	ErrorUnknownHost       Event = "ERROR_UNKNOWN_HOST"
	ErrorDisallowedHost    Event = "ERROR_DISALLOWED_HOST"
	ErrorAdsIO             Event = "ERROR_ADS_IO"
	ErrorAdsTimeout        Event = "ERROR_ADS_TIMEOUT"
	ErrorAdsInvalid        Event = "ERROR_ADS_INVALID_RESPONSE"
	ErrorAdsParse          Event = "ERROR_ADS_RESPONSE_PARSE"
	ErrorRedirectFailed    Event = "ERROR_VAST_REDIRECT_FAILED"
	ErrorRedirectEmpty     Event = "ERROR_VAST_REDIRECT_EMPTY_RESPONSE"
	ErrorMissingImpression Event = "ERROR_VAST_MISSING_IMPRESSION"
	ErrorMissingOverlays   Event = "ERROR_VAST_MISSING_OVERLAYS"
	ErrorAdsRoot           Event = "ERROR_ADS_RESPONSE_UNKNOWN_ROOT_ELEMENT"
	ErrorSeveralAds        Event = "ERROR_VAST_REDIRECT_MULTIPLE_VAST"
	ErrorMissingMediaFiles Event = "ERROR_VAST_MISSING_MEDIAFILES"
	ErrorMissingCreatives  Event = "ERROR_VAST_MISSING_CREATIVES"
	ErrorTagURI            Event = "ERROR_VAST_INVALID_VAST_AD_TAG_URI"
	ErrorMediaFile         Event = "ERROR_VAST_INVALID_MEDIA_FILE"
	VODPlanOffset          Event = "VOD_TIME_BASED_AVAIL_PLAN_VAST_RESPONSE_FOR_OFFSET"
	VODPlanSuccess         Event = "VOD_TIME_BASED_AVAIL_PLAN_SUCCESS"
	VODPlanEmpty           Event = "VOD_TIME_BASED_AVAIL_PLAN_WARNING_NO_ADVERTISEMENTS"
	BeaconFired            Event = "BEACON_FIRED"
	ErrorBeaconFailed      Event = "ERROR_FIRING_BEACON_FAILED"
	RawAdsRequest          Event = "RAW_ADS_REQUEST"
	RawAdsResponse         Event = "RAW_ADS_RESPONSE"
)

// Events of the manifest service.
const (
	SessionInitialized Event = "SESSION_INITIALIZED"
	GeneratedManifest  Event = "GENERATED_MANIFEST"
	TrackingResponse   Event = "TRACKING_RESPONSE"
	OriginManifest     Event = "ORIGIN_MANIFEST"
	SCTE35Error        Event = "SCTE35_PARSING_ERROR"
	UnknownHost        Event = "UNKNOWN_HOST"
	TimeoutError       Event = "TIMEOUT_ERROR"
	ConnectionError    Event = "CONNECTION_ERROR"
	IOError            Event = "IO_ERROR"
	HostDisallowed     Event = "HOST_DISALLOWED"
	ParsingError       Event = "PARSING_ERROR"
	ManifestError      Event = "MANIFEST_ERROR"
	UnknownError       Event = "UNKNOWN_ERROR"
)

// kind is what an event needs to be logged, and in which log it is.
type kind struct {
	manifest bool
	// optIn is whether the configuration has to ask for it, debug whether only sessions
	// with aws.logMode=DEBUG have it.
	optIn, debug bool
}

// kinds is the closed set of events.
var kinds = map[Event]kind{
	AdMarkerFound: {}, MakingAdsRequest: {}, VASTResponse: {}, EmptyVASTResponse: {}, EmptyVMAPResponse: {},
	VASTRedirect: {}, RedirectedVASTResponse: {}, FilledAvail: {}, NoAdvertisements: {}, VPAIDAdDropped: {},
	SubstitutionFailed: {}, ErrorUnknown: {}, ErrorUnknownHost: {}, ErrorDisallowedHost: {}, ErrorAdsIO: {},
	ErrorAdsTimeout: {}, ErrorAdsInvalid: {}, ErrorAdsParse: {}, ErrorRedirectFailed: {}, ErrorRedirectEmpty: {},
	ErrorMissingImpression: {}, ErrorMissingOverlays: {}, FilledOverlay: {}, VODPlanSuccess: {}, VODPlanEmpty: {},
	ErrorAdsRoot: {}, ErrorSeveralAds: {}, ErrorMissingMediaFiles: {}, ErrorMissingCreatives: {}, ErrorTagURI: {}, ErrorMediaFile: {}, VODPlanOffset: {},
	BeaconFired: {}, ErrorBeaconFailed: {},
	RawAdsRequest: {optIn: true}, RawAdsResponse: {optIn: true},

	SessionInitialized: {manifest: true, debug: true}, GeneratedManifest: {manifest: true, debug: true},
	TrackingResponse: {manifest: true, debug: true}, OriginManifest: {manifest: true, debug: true},
	SCTE35Error: {manifest: true},
	UnknownHost: {manifest: true}, TimeoutError: {manifest: true}, ConnectionError: {manifest: true},
	IOError: {manifest: true}, HostDisallowed: {manifest: true}, ParsingError: {manifest: true},
	ManifestError: {manifest: true}, UnknownError: {manifest: true},
}
