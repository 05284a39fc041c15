// Package target reads what the path of a viewer's request names. Paths are cut in their
// escaped form and each element is decoded once; errors are what the viewer is told.
package target

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/escape"
)

// Target is what a path below the prefix of a route names.
type Target struct {
	// Configuration is the playback configuration's name, decoded once.
	Configuration string
	// Label is the same as it stands in the path, for URLs that are emitted.
	Label string
	// Session is empty in paths of an asset.
	Session string
	// Rest is what follows: the escaped asset path, or the elements after the
	// session.
	Rest string
}

// Asset reads {hash}/{config}/{asset…} below prefix.
func Asset(u *url.URL, prefix string) (Target, error) {
	t, rest, err := configuration(u, prefix)
	if err != nil {
		return Target{}, err
	}
	if err := checkAsset(rest); err != nil {
		return Target{}, err
	}
	t.Rest = rest
	return t, nil
}

// OfSession reads {hash}/{config}/{session}/{rest} below prefix, which names something of
// the session.
func OfSession(u *url.URL, prefix string) (Target, error) {
	t, rest, err := configuration(u, prefix)
	if err != nil {
		return Target{}, err
	}
	session, rest, ok := strings.Cut(rest, "/")
	if !ok || rest == "" {
		return Target{}, adapter.NotFound("there is nothing at this path")
	}
	if !IsSession(session) {
		return Target{}, adapter.BadRequest("the session in the path is not a session id")
	}
	t.Session, t.Rest = session, rest
	return t, nil
}

// Session reads {hash}/{config}/{session} below prefix, which names all of the session.
func Session(u *url.URL, prefix string) (Target, error) {
	t, session, err := configuration(u, prefix)
	if err != nil {
		return Target{}, err
	}
	if !IsSession(session) {
		return Target{}, adapter.BadRequest("the session in the path is not a session id")
	}
	t.Session = session
	return t, nil
}

// configuration reads {hash}/{config}/ below prefix and returns what follows.
func configuration(u *url.URL, prefix string) (t Target, rest string, err error) {
	below, ok := strings.CutPrefix(Path(u), prefix)
	if !ok {
		return Target{}, "", adapter.NotFound("there is nothing at this path")
	}
	hash, below, ok := strings.Cut(below, "/")
	if !ok {
		return Target{}, "", adapter.NotFound("there is nothing at this path")
	}
	if !IsHash(hash) {
		return Target{}, "", adapter.BadRequest("the account hash in the path must be letters and digits")
	}
	label, rest, ok := strings.Cut(below, "/")
	if !ok {
		return Target{}, "", adapter.NotFound("there is nothing at this path")
	}
	name, err := decodeLabel(label)
	if err != nil {
		return Target{}, "", adapter.BadRequest("the configuration name in the path %s", err.Error())
	}
	if len(name) > maxConfiguration || !utf8.ValidString(name) {
		return Target{}, "", adapter.BadRequest("the configuration name in the path is not valid")
	}
	return Target{Configuration: name, Label: label}, rest, nil
}

// File reads {hash}/{asset}/{file} below prefix. The names are those of our own files:
// nothing in them needs encoding.
func File(u *url.URL, prefix string) (asset, name string, err error) {
	hash, rest, _ := strings.Cut(strings.TrimPrefix(Path(u), prefix), "/")
	asset, name, _ = strings.Cut(rest, "/")
	if !IsHash(hash) || !IsFileName(asset) || !IsFileName(name) {
		return "", "", adapter.NotFound("there is no such file")
	}
	return asset, name, nil
}

// Path is the path as it came, with only those bytes encoded that no URL
// may hold: a name with a raw quotation mark must not end an attribute of the
// playlist that shows it.
func Path(u *url.URL) string {
	if u.RawPath == "" {
		// Then what came is u.Path's own encoding, which has no such byte.
		return u.EscapedPath()
	}
	// EscapedPath would turn an encoded slash into a slash here as soon as any
	// other byte was raw.
	return escape.Path(u.RawPath)
}
