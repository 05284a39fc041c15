package viewer

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"stitcher/internal/httpapi/adapter"
)

// The routes' first elements.
const (
	masterPrefix      = "/v1/master/"
	sessionPrefix     = "/v1/session/"
	manifestPrefix    = "/v1/manifest/"
	segmentPrefix     = "/v1/segment/"
	trackingPrefix    = "/v1/tracking/"
	dashPrefix        = "/v1/dash/"
	dashSegmentPrefix = "/v1/dashsegment/"
	mediaPrefix       = "/tm/"
)

// Limits of path elements. The whole path is bounded by the server's limit of
// headers; these keep what is looked up and logged short.
const (
	maxHash          = 64
	maxConfiguration = 1024
	maxSessionID     = 64
)

// target is what a path below one of the prefixes names.
type target struct {
	// configuration is the playback configuration's name, decoded once.
	configuration string
	// label is the same as it stands in the path, for URLs that are emitted.
	label string
	// session is empty in paths of an asset.
	session string
	// rest is what follows: the escaped asset path, or the elements after the
	// session.
	rest string
}

// assetTarget cuts {hash}/{config}/{asset…} below prefix.
func assetTarget(u *url.URL, prefix string) (target, error) {
	t, rest, err := configurationTarget(u, prefix)
	if err != nil {
		return target{}, err
	}
	if err := checkAsset(rest); err != nil {
		return target{}, err
	}
	t.rest = rest
	return t, nil
}

// sessionTarget cuts {hash}/{config}/{session}/{rest} below prefix.
func sessionTarget(u *url.URL, prefix string) (target, error) {
	t, rest, err := configurationTarget(u, prefix)
	if err != nil {
		return target{}, err
	}
	session, rest, ok := strings.Cut(rest, "/")
	if !ok || rest == "" {
		return target{}, adapter.NotFound("there is nothing at this path")
	}
	if !isSessionID(session) {
		return target{}, adapter.BadRequest("the session in the path is not a session id")
	}
	t.session, t.rest = session, rest
	return t, nil
}

// configurationSession cuts {hash}/{config}/{session} of a tracking document.
func configurationSession(u *url.URL) (target, error) {
	t, session, err := configurationTarget(u, trackingPrefix)
	if err != nil {
		return target{}, err
	}
	if !isSessionID(session) {
		return target{}, adapter.BadRequest("the session in the path is not a session id")
	}
	t.session = session
	return t, nil
}

// configurationTarget cuts {hash}/{config}/ below prefix and returns what
// follows.
func configurationTarget(u *url.URL, prefix string) (t target, rest string, err error) {
	below, ok := strings.CutPrefix(escapedPath(u), prefix)
	if !ok {
		return target{}, "", adapter.NotFound("there is nothing at this path")
	}
	hash, below, ok := strings.Cut(below, "/")
	if !ok {
		return target{}, "", adapter.NotFound("there is nothing at this path")
	}
	if !isHash(hash) {
		return target{}, "", adapter.BadRequest("the account hash in the path must be letters and digits")
	}
	label, rest, ok := strings.Cut(below, "/")
	if !ok {
		return target{}, "", adapter.NotFound("there is nothing at this path")
	}
	name, err := decodeLabel(label)
	if err != nil {
		return target{}, "", adapter.BadRequest("the configuration name in the path %s", err.Error())
	}
	if len(name) > maxConfiguration || !utf8.ValidString(name) {
		return target{}, "", adapter.BadRequest("the configuration name in the path is not valid")
	}
	return target{configuration: name, label: label}, rest, nil
}

// checkAsset refuses every asset path that could mean another place than it
// shows once it is joined to the origin's URL (design §9). One slash at the end
// is part of a name that some origins use.
func checkAsset(escaped string) error {
	trimmed := strings.TrimSuffix(escaped, "/")
	for element := range strings.SplitSeq(trimmed, "/") {
		if _, err := decodeLabel(element); err != nil {
			return adapter.BadRequest("the asset path has an element that %s", err.Error())
		}
	}
	return nil
}

// labelError is why a path element is refused.
type labelError string

func (e labelError) Error() string { return string(e) }

// decodeLabel decodes one element of the escaped path, once, and refuses what
// could climb out of its place. An encoded slash is part of a name, unless it
// makes elements that a server in between may take for path elements.
func decodeLabel(escaped string) (string, error) {
	name := escaped
	if strings.IndexByte(escaped, '%') >= 0 {
		var err error
		if name, err = url.PathUnescape(escaped); err != nil {
			return "", labelError("is not percent-encoded properly")
		}
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c < 0x20 || c == 0x7f:
			return "", labelError("holds a control character")
		case c == '\\':
			// Browsers and some servers take it for a slash.
			return "", labelError("holds a backslash")
		}
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" {
			return "", labelError("is empty")
		}
		if isDotSegment(part) {
			return "", labelError("is a dot segment")
		}
	}
	return name, nil
}

// isDotSegment is whether an origin may take a decoded element for "." or "..":
// some decode twice, and some drop what follows a semicolon first.
func isDotSegment(element string) bool {
	if element[0] != '.' && element[0] != '%' {
		return false
	}
	element, _, _ = strings.Cut(element, ";")
	for range 2 {
		if element == "" {
			return false
		}
		if element[0] == '.' {
			element = element[1:]
		} else if len(element) >= 3 && strings.EqualFold(element[:3], "%2e") {
			element = element[3:]
		} else {
			return false
		}
		if element == "" {
			return true
		}
	}
	return false
}

// escapedPath is the path as it came, with only those bytes encoded that no URL
// may hold: a name with a raw quotation mark must not end an attribute of the
// playlist that shows it.
func escapedPath(u *url.URL) string {
	if u.RawPath == "" {
		// Then what came is Path's own encoding, which has no such byte.
		return u.EscapedPath()
	}
	// EscapedPath would turn an encoded slash into a slash here as soon as any
	// other byte was raw.
	return escapeInvalid(u.RawPath, invalidInPath)
}

// isHash is whether s can be an account hash. MediaTailor's are 40 hexadecimal
// digits or the account's number (reference §10).
func isHash(s string) bool {
	if s == "" || len(s) > maxHash {
		return false
	}
	for i := range len(s) {
		if !isAlphanumeric(s[i]) {
			return false
		}
	}
	return true
}

// isSessionID is whether s can be a session's UUID. Which sessions exist is
// the service's to know.
func isSessionID(s string) bool {
	if s == "" || len(s) > maxSessionID {
		return false
	}
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
