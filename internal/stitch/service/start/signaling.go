package start

import (
	"strings"

	"stitcher/internal/stitch/service/fault"
)

// The spellings of the scheme of Ad-ID signalling: MediaTailor's (reference §6.5), and that
// of the SVTA, which shaka-player reads.
const (
	signalingSVA  = "urn:sva:advertising-wg:ad-id-signaling"
	signalingSVTA = "urn:svta:advertising-wg:ad-id-signaling"
)

// signaling is the scheme by which the ads of a session are identified in its manifests; ""
// if they are not.
func signaling(features map[string]string) (string, error) {
	switch enabled := strings.ToLower(features["adSignalingEnabled"]); enabled {
	case "", "false":
		return "", nil
	case "true":
	default:
		return "", fault.BadRequest("aws.adSignalingEnabled %q is neither true nor false", enabled)
	}
	switch scheme := strings.ToLower(features["adSignalingScheme"]); scheme {
	case "", "sva":
		return signalingSVA, nil
	case "svta":
		return signalingSVTA, nil
	default:
		return "", fault.BadRequest("aws.adSignalingScheme %q is neither sva nor svta", scheme)
	}
}
