package parameters

import (
	"net/url"
	"strings"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/escape"
	"stitcher/internal/httpapi/viewer/target"
)

// addQuery splits a raw query (reference §2.2): ads.X are parameters for the
// ADS, playerParams.X choose configuration aliases, aws.X are features,
// manifest.X go onto manifests and segments; everything else goes to the origin, in its
// order and as it came, because a token's signature may be over these very bytes. On
// /v1/session manifest parameters may be called manifestParams.X too.
func (c *collector) addQuery(raw string, explicit bool) error {
	raw = escape.Query(raw)
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, value := unescape(rawName), unescape(rawValue)
		if err := c.admit(name, value); err != nil {
			return err
		}
		if err := c.addPair(pair, name, value, explicit); err != nil {
			return err
		}
	}
	return nil
}

// addPair puts one parameter where it belongs; pair is the raw text of it.
func (c *collector) addPair(pair, name, value string, explicit bool) error {
	if key, ok := strings.CutPrefix(name, "ads."); ok {
		put(&c.ads, key, value)
		return nil
	}
	if key, ok := strings.CutPrefix(name, "aws."); ok {
		return c.addFeature(key, value)
	}
	if key, ok := strings.CutPrefix(name, "playerParams."); ok {
		put(&c.player, key, value)
		return nil
	}
	key, ok := strings.CutPrefix(name, "manifest.")
	if !ok && explicit {
		key, ok = strings.CutPrefix(name, "manifestParams.")
	}
	if ok {
		_, rawValue, _ := strings.Cut(pair, "=")
		// Braces would be a variable reference in a playlist (RFC 8216bis §4.3).
		return c.addManifest(escape.Text(key) + "=" + escape.Path(rawValue))
	}
	c.addOrigin(pair)
	return nil
}

// addFeature keeps an aws.* parameter; which of them mean something is the
// service's to know.
func (c *collector) addFeature(name, value string) error {
	if name != "sessionId" {
		put(&c.features, name, value)
		return nil
	}
	if c.session != "" || value == "" {
		return nil
	}
	if !target.IsSession(value) {
		return adapter.BadRequest("aws.sessionId is not a session id")
	}
	c.session = value
	return nil
}

// unescape decodes a name or value once. What is not properly encoded is taken
// as it is: a stray percent sign in one parameter should not cost the playback.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}
