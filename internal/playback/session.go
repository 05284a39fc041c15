package playback

import "time"

// Session is one viewer's playback of one asset. Everything in it is fixed
// when the session starts: what shapes past output must never change.
type Session struct {
	// ID is the session's UUIDv4 as it stands in URLs.
	ID string `json:"id"`
	// Number is the numeric session.id of ad requests.
	Number uint64 `json:"number"`
	// Configuration is the name of the playback configuration.
	Configuration string `json:"configuration"`
	// Created is when the session began, Protocol what its manifests are, Device
	// the class of the viewer's device. Records of earlier versions have neither of
	// the last two.
	Created  time.Time   `json:"created"`
	Protocol Protocol    `json:"protocol,omitempty"`
	Class    DeviceClass `json:"device,omitempty"`
	// Asset is the escaped asset path of the request, without query.
	Asset string `json:"asset"`
	// Template is the full URL of the origin's manifest, query included.
	Template string `json:"template"`
	// OriginQuery is the raw query of the player that goes to the origin with
	// every request for a manifest; Template has it already.
	OriginQuery string `json:"originQuery,omitempty"`
	// Layout is the id of the stored layout: which n is which origin URL.
	Layout string `json:"layout"`
	// SinglePeriod is whether each ad event of an MPD is an avail of its own
	// (OriginManifestType).
	SinglePeriod bool `json:"singlePeriod,omitempty"`
	// Reporting is "server", "client" or "hybrid" (server beacons, tracking
	// payload too).
	Reporting string `json:"reporting"`
	// AdsParams are the player_params.* of ad requests.
	AdsParams map[string]string `json:"adsParams,omitempty"`
	// ManifestQuery is appended to the URIs of manifests and segments.
	ManifestQuery string `json:"manifestQuery,omitempty"`
	// PlayerParams choose among configuration aliases (Choices).
	PlayerParams map[string]string `json:"playerParams,omitempty"`
	// Source is the content source with aliases resolved.
	Source string `json:"source"`
	// AdPrefix and ContentPrefix are the CDN prefixes in force.
	AdPrefix      string `json:"adPrefix,omitempty"`
	ContentPrefix string `json:"contentPrefix,omitempty"`
	// Passthrough keeps ad markers in the output.
	Passthrough bool `json:"passthrough,omitempty"`
	// StreamID matches prefetch schedules.
	StreamID string `json:"streamId,omitempty"`
	// Debug is whether the player asked for aws.logMode=DEBUG and had its way, Sampled
	// whether the session is among those that the configuration has logged.
	Debug   bool `json:"debug,omitempty"`
	Sampled bool `json:"sampled,omitempty"`
	// Unstored is set for a session that began while the store had no room. Its records
	// are in the memory of its node alone, and its avails are content.
	Unstored bool `json:"-"`
	// NoOverlays is whether the player wants no overlay avails.
	NoOverlays bool `json:"noOverlays,omitempty"`
	// PreRoll is whether the session, if it is live, begins with ads.
	PreRoll bool `json:"preRoll,omitempty"`
	// Suppression says which avails are left to content.
	Suppression Suppression `json:"suppression,omitzero"`
	Viewer      Viewer      `json:"viewer"`
	// Signaling is the scheme by which ads are identified in manifests; "" if they are
	// not. TrackingPath is the path of the tracking document that they refer to; "" if they
	// refer to none.
	Signaling    string `json:"signaling,omitempty"`
	TrackingPath string `json:"trackingPath,omitempty"`
	// Headers are those of the configuration that tell who views (ViewerHeader),
	// by canonical name. They count before what Viewer says.
	Headers map[string]string `json:"headers,omitempty"`
}

// PlayerReports is whether the player calls all tracking URLs and the server none.
func (s *Session) PlayerReports() bool { return s.Reporting == "client" }

// Viewer is what the first request told of the device; ad requests and beacons
// of the session carry it, with identical values (VAST 4.3 §1.1.3).
type Viewer struct {
	IP             string `json:"ip,omitempty"`
	ForwardedFor   string `json:"forwardedFor,omitempty"`
	UserAgent      string `json:"userAgent,omitempty"`
	Referer        string `json:"referer,omitempty"`
	AcceptLanguage string `json:"acceptLanguage,omitempty"`
	// RequestedWith is the app that a web view plays in.
	RequestedWith string `json:"requestedWith,omitempty"`
}
