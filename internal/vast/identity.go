package vast

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

// identity identifies a creative: its UniversalAdId where registry and
// value are known, else the creative's id together with its media URL, else the media
// URL alone (field failure B-57). The id of a creative alone would not do, because ad
// servers write the place in the pod there. The URL has its query, because files may
// differ in the query only.
func identity(l *document.LinearCreative, media string) string {
	name := plainIdentity(l, media)
	if len(name) <= maxIdentity {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return name[:strings.IndexByte(name, ' ')] + " sha256 " + hex.EncodeToString(sum[:])
}

// maxIdentity is how long a name may be as it is, in bytes.
const maxIdentity = 512

// plainIdentity is the name as it is.
func plainIdentity(l *document.LinearCreative, media string) string {
	for _, id := range l.UniversalIDs {
		if !markup.Placeholder(id.Registry) && !markup.Placeholder(id.Value) {
			return "universal " + id.Registry + " " + id.Value
		}
	}
	if !markup.Placeholder(l.ID) {
		return "creative " + l.ID + " " + media
	}
	return "media " + media
}

// server is the host name of the document that has the ad's creative: the last of the
// chain of wrappers. It is "" where the document's URL is not known.
func (a *Ad) server() string {
	if len(a.Bases) == 0 {
		return ""
	}
	u, err := url.Parse(a.Bases[len(a.Bases)-1])
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
