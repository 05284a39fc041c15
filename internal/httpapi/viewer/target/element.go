package target

import (
	"net/url"
	"strings"

	"stitcher/internal/httpapi/adapter"
)

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
