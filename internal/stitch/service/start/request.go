// Package start is the first requests of players, and the sessions that they ask for.
package start

import (
	"stitcher/internal/playback"
	"stitcher/internal/stitch/service/fault"
)

// Request is what a player's first request says.
type Request struct {
	// Configuration is the name of the playback configuration, decoded.
	Configuration string
	// Asset is the escaped asset path after the configuration's name, without
	// a leading slash; the viewer plane has refused dot segments, empty
	// elements and backslashes in it.
	Asset string
	// OriginQuery is the raw query that goes to the origin: what is not
	// ads.*, aws.* or manifest.*, in the order of the request.
	OriginQuery string
	// AdsParams are ads.* (or adsParams), names without the prefix.
	AdsParams map[string]string
	// PlayerParams are playerParams, which choose among configuration aliases
	// before AdsParams do.
	PlayerParams map[string]string
	// ManifestQuery is manifest.* (or manifestParams) as a raw query, names
	// without the prefix.
	ManifestQuery string
	// Features are aws.* (or the body's reserved keys), names without prefix:
	// reportingMode, insertionMode, streamId, logMode, startTime, preroll,
	// overlayAvails, availSuppressionMode, availSuppressionValue,
	// availSuppressionFillPolicy, adSignalingEnabled, adSignalingScheme.
	Features map[string]string
	// Explicit is whether the session comes from /v1/session, whose reporting
	// mode is client by default.
	Explicit bool
	// Repeat is equal in equal requests of one player for an MPD: its connection and the
	// whole URL. It is "" if a proxy made the request, because its connections are those
	// of many players.
	Repeat string
	// Client names the network that the player is in, by which new sessions are counted:
	// an IPv4 address or the /64 of an IPv6 address. "" counts nothing: only a proxy of
	// the operator's is known, and its viewers are many.
	Client string
	// Protocol is playback.HLS or playback.DASH; "" is HLS.
	Protocol playback.Protocol
	Viewer   playback.Viewer
}

// maxParameters bounds what a viewer's request adds to the store: consent strings take
// 1 to 4 KB.
const maxParameters = 8 << 10

// size is how many bytes of the request a session keeps.
func (r *Request) size() int {
	v := &r.Viewer
	n := len(r.Asset) + len(r.OriginQuery) + len(r.ManifestQuery) + len(v.IP) + len(v.ForwardedFor) + len(v.UserAgent) +
		len(v.Referer) + len(v.AcceptLanguage) + len(v.RequestedWith)
	for _, m := range []map[string]string{r.AdsParams, r.PlayerParams, r.Features} {
		for name, value := range m {
			n += len(name) + len(value)
		}
	}
	return n
}

// Check is an error if a session would keep too much of the request.
func (r *Request) Check() error {
	if n := r.size(); n > maxParameters {
		return fault.BadRequest("the parameters and headers of the session take %d bytes; %d are the maximum", n, maxParameters)
	}
	return nil
}
