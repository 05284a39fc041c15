package ads

import (
	"maps"
	"net/http"
	"slices"

	"stitcher/internal/ads/variable"
	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
)

// maxIdentity bounds a session's configured viewer headers together, in bytes:
// their values may be the player's, and every session keeps them.
const maxIdentity = 8 << 10

// Identity are the headers of a configuration that tell who views, with their
// variables replaced, by canonical name. An operator whose players come through
// an application's server names the device there. They are fixed when a session
// starts, for ad requests and beacons must carry identical values (VAST 4.3
// §1.1.3, field failure B-55): the variables of avails say nothing in them. Where
// nothing comes of a header the viewer's own counts.
func Identity(c *config.Configuration, s *playback.Session) map[string]string {
	v := &variable.Values{Source: &variable.Source{Session: s, Length: DefaultDuration, Aliases: c.AliasValues(s.Choices())}}
	var out map[string]string
	size := 0
	for i, name := range slices.Sorted(maps.Keys(c.AdDecisionServer.Headers)) {
		canonical := http.CanonicalHeaderKey(name)
		if i >= maxHeaders || !playback.ViewerHeader(canonical) {
			continue
		}
		value := v.Header(c.AdDecisionServer.Headers[name])
		if value == "" || size+len(canonical)+len(value) > maxIdentity {
			continue
		}
		size += len(canonical) + len(value)
		if out == nil {
			out = make(map[string]string)
		}
		out[canonical] = value
	}
	return out
}
