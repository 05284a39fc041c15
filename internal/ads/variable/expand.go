package variable

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// maxURL bounds an ad request's URL, in bytes, once its variables are replaced:
// a template has up to 25,000 characters and a player's parameter as many
// (reference §2.2), but no server reads that much.
const maxURL = 64 << 10

// maxMissing bounds how many names of empty variables are kept.
const maxMissing = 32

var (
	// errHost says that a template's host depends on the request. Hosts come
	// from configuration aliases only, which are replaced before: a player must
	// not choose where requests go.
	errHost = errors.New("the host of the ad request URL contains a variable")
	// errSteps says that values made the path lead elsewhere.
	errSteps = errors.New("a variable of the ad request URL expands to a dot segment")
	errLong  = errors.New("the ad request URL is longer than 64 KiB")
	errNoWeb = errors.New("the ad request URL is not an absolute http URL")
)

// URL replaces the dynamic variables of an ad request URL. Values are escaped
// for where they stand; what can't be resolved becomes empty.
func (v *Values) URL(template string) (string, error) {
	host := len(template) - len(afterAuthority(template))
	if brackets.has(template[:host]) {
		return "", errHost
	}
	path, query, hasQuery := strings.Cut(template[host:], "?")
	out := append(make([]byte, 0, len(template)+256), template[:host]...)
	out = brackets.substitute(out, path, func(dst []byte, name string) []byte {
		value, encoded := v.lookup(name)
		return appendEscaped(dst, value, false, encoded)
	})
	if steps(string(out[host:])) && !steps(path) {
		return "", errSteps
	}
	if hasQuery {
		out = brackets.substitute(append(out, '?'), query, func(dst []byte, name string) []byte {
			value, encoded := v.lookup(name)
			return appendEscaped(dst, value, true, encoded)
		})
	}
	if len(out) > maxURL {
		return "", errLong
	}
	u, err := url.Parse(string(out))
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the URL, which has values of the viewer
		}
		return "", fmt.Errorf("expand ad request URL: %s", err.Error())
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errNoWeb
	}
	return string(out), nil
}

// Header replaces the dynamic variables of a header's value.
func (v *Values) Header(template string) string {
	return string(braces.substitute(nil, template, func(dst []byte, name string) []byte {
		value, _ := v.lookup(name)
		return appendHeader(dst, value)
	}))
}

// Body replaces the dynamic variables of a body; those of JSON are escaped for
// it.
func (v *Values) Body(template string, isJSON bool) []byte {
	return braces.substitute(make([]byte, 0, len(template)+256), template, func(dst []byte, name string) []byte {
		value, _ := v.lookup(name)
		if isJSON {
			return appendJSON(dst, value)
		}
		return append(dst, value...)
	})
}

// lookup is the value of a variable, and whether it may come encoded. It
// remembers what was empty.
func (v *Values) lookup(name string) (value string, encoded bool) {
	value, encoded = v.Value(name)
	if value == "" && len(v.Missing) < maxMissing {
		v.Missing = append(v.Missing, name)
	}
	return value, encoded
}

// steps tells whether a path has an element that is a step, "." or "..", for a
// server that decodes it.
func steps(path string) bool {
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	for element := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if element == "." || element == ".." {
			return true
		}
	}
	return false
}

// afterAuthority is a URL from its path on.
func afterAuthority(rawURL string) string {
	start := 0
	if i := strings.Index(rawURL, "://"); i >= 0 {
		start = i + len("://")
	}
	if end := strings.IndexAny(rawURL[start:], "/?#"); end >= 0 {
		return rawURL[start+end:]
	}
	return ""
}
