package vast

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
)

// volatile are query parameters that change from answer to answer while the
// file stays the same: cache busters, clocks, signatures.
var volatile = map[string]bool{
	"cb": true, "cachebuster": true, "cachebusting": true, "cache_buster": true, "rnd": true,
	"rand": true, "random": true, "ord": true, "correlator": true, "ts": true, "timestamp": true,
	"_": true, "nonce": true, "expires": true, "expiry": true, "signature": true, "sig": true,
	"se": true, "token": true, "hdnts": true, "hdnea": true, "policy": true, "key-pair-id": true,
}

// unknown tells whether an id is a placeholder.
func unknown(id string) bool {
	switch strings.ToLower(id) {
	case "", "unknown", "none", "null", "n/a", "0", "-1":
		return true
	}
	return false
}

// identity names a creative across answers, so that it is prepared once:
// its UniversalAdId where registry and value are known, else the creative's
// id together with its media file, else the media file alone (field failure
// B-57). An id alone would not do: ad servers write the place in the pod
// there, and a wrong ad is worse than one that is prepared twice.
func identity(l *LinearCreative, media string) string {
	name := plainIdentity(l, media)
	if len(name) <= maxIdentity {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return name[:strings.IndexByte(name, ' ')] + " sha256 " + hex.EncodeToString(sum[:])
}

// maxIdentity is how long a name may be as it is: it stands in logs, and in the
// index of what is prepared.
const maxIdentity = 512

// plainIdentity is the name as it is.
func plainIdentity(l *LinearCreative, media string) string {
	for _, id := range l.UniversalIDs {
		if !unknown(id.Registry) && !unknown(id.Value) {
			return "universal " + id.Registry + " " + id.Value
		}
	}
	if !unknown(l.ID) {
		return "creative " + l.ID + " " + withoutQuery(media)
	}
	return "media " + stable(media)
}

// withoutQuery cuts query and fragment.
func withoutQuery(raw string) string {
	if i := strings.IndexAny(raw, "?#"); i >= 0 {
		return raw[:i]
	}
	return raw
}

// stable is a media URL without its volatile query parameters. The order of
// the others is kept.
func stable(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.RawQuery == "" {
		return raw
	}
	var kept []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		name = strings.ToLower(name)
		if !volatile[name] && !strings.HasPrefix(name, "x-amz-") && !strings.HasPrefix(name, "x-goog-") {
			kept = append(kept, pair)
		}
	}
	u.RawQuery, u.Fragment = strings.Join(kept, "&"), ""
	return u.String()
}
