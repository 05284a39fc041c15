package syntax

import (
	"bytes"
	"net/url"
)

// Resolver makes URIs absolute without re-encoding a byte of them: a player
// must fetch exactly what the origin wrote.
type Resolver struct {
	scheme string // "https:"
	origin string // "https://host"
	path   string // origin and path of the playlist
	Dir    string // path up to its last slash
	from   string
	to     string
	query  string
}

// NewResolver makes a resolver of URIs that are relative to b. An absolute URI of media
// that starts with from starts with to instead, and has query appended.
func NewResolver(b *url.URL, from, to, query string) Resolver {
	r := Resolver{from: from, to: to, query: query}
	if b != nil {
		r.scheme = b.Scheme + ":"
		r.origin = r.scheme + "//" + b.Host
		r.path = r.origin + escapedPath(b)
		r.Dir = r.path[:lastSlash(r.path)+1]
	}
	return r
}

func escapedPath(u *url.URL) string {
	if p := u.EscapedPath(); p != "" {
		return p
	}
	return "/"
}

func lastSlash(s string) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '/' {
			return i
		}
	}
	return -1
}

// Absolute appends uri, resolved (RFC 3986 §5.2). URIs with a scheme of their
// own (skd:, data:, http:) stay as they are.
func (r *Resolver) Absolute(dst, uri []byte) []byte {
	if r.origin == "" || len(uri) == 0 || hasScheme(uri) {
		return append(dst, uri...)
	}
	start := len(dst)
	switch {
	case len(uri) > 1 && uri[0] == '/' && uri[1] == '/':
		dst = append(dst, r.scheme...)
		return append(dst, uri...)
	case uri[0] == '/':
		dst = append(dst, r.origin...)
	case uri[0] == '?':
		dst = append(dst, r.path...)
	default:
		dst = append(dst, r.Dir...)
	}
	dst = append(dst, uri...)
	if hasDots(uri) {
		at := start + len(r.origin)
		dst = append(dst[:at], removeDots(dst[at:])...)
	}
	return dst
}

// Content appends the URI of a segment or MAP: absolute, with the head of the
// URI replaced and the query appended where the options say so.
func (r *Resolver) Content(dst, uri []byte) []byte {
	start := len(dst)
	dst = r.Absolute(dst, uri)
	if r.from != "" && bytes.HasPrefix(dst[start:], []byte(r.from)) {
		rest := string(dst[start+len(r.from):])
		dst = append(append(dst[:start], r.to...), rest...)
	}
	if r.query == "" || hasScheme(dst[start:]) && !bytes.HasPrefix(dst[start:], []byte("http")) {
		return dst
	}
	var fragment string
	if n := bytes.IndexByte(dst[start:], '#'); n >= 0 {
		fragment = string(dst[start+n:])
		dst = dst[:start+n]
	}
	if bytes.IndexByte(dst[start:], '?') >= 0 {
		dst = append(dst, '&')
	} else {
		dst = append(dst, '?')
	}
	dst = append(dst, r.query...)
	return append(dst, fragment...)
}

// hasScheme says whether a URI starts with a scheme (RFC 3986 §3.1).
func hasScheme(uri []byte) bool {
	for i, c := range uri {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return i > 0 && c == ':'
		}
	}
	return false
}

// hasDots says whether a relative URI may have dot segments.
func hasDots(uri []byte) bool {
	uri, _ = cutQuery(uri)
	if bytes.IndexByte(uri, '.') < 0 {
		return false
	}
	return bytes.Contains(uri, []byte("./")) || bytes.HasSuffix(uri, []byte("/.")) || bytes.HasSuffix(uri, []byte("..")) || string(uri) == "."
}

// removeDots resolves the dot segments of a path that starts with a slash, its
// query and fragment untouched (RFC 3986 §5.2.4).
func removeDots(path []byte) []byte {
	path, rest := cutQuery(path)
	out := make([]byte, 0, len(path)+len(rest))
	for at := 0; at < len(path); {
		end := at + 1
		for end < len(path) && path[end] != '/' {
			end++
		}
		segment, last := path[at:end], end == len(path)
		switch string(segment) {
		case "/..":
			out = out[:max(0, bytes.LastIndexByte(out, '/'))]
			if last {
				out = append(out, '/')
			}
		case "/.":
			if last {
				out = append(out, '/')
			}
		default:
			out = append(out, segment...)
		}
		at = end
	}
	return append(out, rest...)
}

// Identity is the part of an absolute URI that names a segment for good: its
// path. Hosts change with a failover, queries with every token.
func Identity(uri []byte) []byte {
	uri, _ = cutQuery(uri)
	if n := bytes.IndexByte(uri, ':'); n >= 0 && bytes.HasPrefix(uri[n:], []byte("://")) {
		if m := bytes.IndexByte(uri[n+3:], '/'); m >= 0 {
			return uri[n+3+m:]
		}
	}
	return uri
}

// cutQuery cuts a URI before its query or fragment.
func cutQuery(uri []byte) (path, rest []byte) {
	n := len(uri)
	if i := bytes.IndexByte(uri, '?'); i >= 0 {
		n = i
	}
	if i := bytes.IndexByte(uri[:n], '#'); i >= 0 {
		n = i
	}
	return uri[:n], uri[n:]
}
