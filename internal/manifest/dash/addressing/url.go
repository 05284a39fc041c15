package addressing

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/manifest/dash/quantity"
)

// Resource is a URL or a byte range of it.
type Resource struct {
	// URI is absolute.
	URI string
	// Offset and Length are in bytes; Length 0 is all from Offset on.
	Offset, Length int64
}

// parseRange reads a byte range "from-to".
func parseRange(text string) Resource {
	from, to, ok := strings.Cut(text, "-")
	a, err := strconv.ParseInt(from, 10, 62)
	if !ok || err != nil || a < 0 {
		return Resource{}
	}
	r := Resource{Offset: a}
	if b, err := strconv.ParseInt(to, 10, 62); err == nil && b >= a {
		r.Length = b - a + 1
	}
	return r
}

// Absolute is whether a text is an absolute URL.
func Absolute(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	return ok && !strings.ContainsAny(scheme, "/?#$")
}

// Resolve is a URL relative to a base as far as both can be parsed; it keeps the
// $…$ of templates as they are.
func Resolve(base, text string) string {
	if base == "" || Absolute(text) {
		return text
	}
	b, err := url.Parse(base)
	if err != nil {
		return text
	}
	if text == "" {
		return base
	}
	if plain(text) {
		// The usual case, without parsing: a path relative to a directory.
		u := *b
		u.RawQuery, u.Fragment = "", ""
		dir := u.String()
		if i := strings.LastIndexByte(dir, '/'); i > len(b.Scheme)+2 {
			return dir[:i+1] + text
		}
	}
	ref, err := url.Parse(text)
	if err != nil {
		return text
	}
	return b.ResolveReference(ref).String()
}

// plain is whether a reference is a path that goes down from its base.
func plain(text string) bool {
	return text[0] != '/' && text[0] != '?' && text[0] != '#' &&
		!strings.Contains(text, "./") && !strings.ContainsAny(text, ":")
}

// URLs are what the URLs of the segments of a Representation depend on.
type URLs struct {
	// Base is its URL base, resolved.
	Base string
	// ID and Bandwidth are attributes of the Representation.
	ID        string
	Bandwidth int
}

// Absolute is whether the URLs of the segments do not depend on a base.
func (a *Address) Absolute() bool { return a != nil && Absolute(a.media) }

// Init is the initialization section; without URI where there is none.
func (a *Address) Init(u *URLs) Resource {
	switch {
	case a.init != "":
		return Resource{URI: u.url(a.init, 0, 0)}
	case a.initRange.URI == ".":
		return Resource{URI: u.Base, Offset: a.initRange.Offset, Length: a.initRange.Length}
	case a.initRange.URI != "":
		init := a.initRange
		init.URI = Resolve(u.Base, init.URI)
		return init
	}
	return Resource{}
}

// Segment is where segment n lies, from 0; without URI where the MPD does not address it.
func (a *Address) Segment(u *URLs, n int64) Resource {
	for i := range a.runs {
		if r := &a.runs[i]; n < r.index+r.n {
			return a.segment(u, n, r.t+(n-r.index)*r.d)
		}
	}
	return Resource{}
}

// segment is where segment n lies, which begins at a media time.
func (a *Address) segment(u *URLs, n, at int64) Resource {
	if a.kind == List && int(n) < len(a.urls) {
		x := a.urls[n]
		out := x.at
		out.URI = Resolve(u.Base, x.media)
		return out
	}
	return Resource{URI: u.url(a.media, a.number+n, at)}
}

// Paths tells the segments of a Representation apart by the paths of their URLs.
type Paths struct {
	address *Address
	urls    *URLs
	media   string
	text    []byte
}

// Paths are those of the segments of a Representation.
func (a *Address) Paths(u *URLs) Paths {
	return Paths{address: a, urls: u, media: pathOf(Resolve(u.Base, a.media))}
}

// Hash is a hash of the path of the URL of segment n, which begins at a media time; 0
// where the MPD has no URL of it.
func (p *Paths) Hash(n, media int64) uint64 {
	if a := p.address; a.kind == List {
		if int(n) >= len(a.urls) {
			return 0
		}
		u := &a.urls[n]
		return Hash(Resolve(p.urls.Base, u.media)) ^ uint64(u.at.Offset)
	}
	p.text = p.urls.fill(p.text[:0], p.media, p.address.number+n, media)
	return xxhash.Sum64(p.text)
}

// Hash is a hash of the path of a URL.
func Hash(url string) uint64 { return xxhash.Sum64String(pathOf(url)) }

// pathOf is the path of a URL: hosts change by failover, queries by tokens.
func pathOf(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			url = rest[i:]
		}
	}
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	return url
}

func (u *URLs) url(text string, number, at int64) string {
	return string(u.fill(nil, Resolve(u.Base, text), number, at))
}

// fill appends a URL template with its identifiers replaced (ISO/IEC 23009-1
// §5.3.9.4.4).
func (u *URLs) fill(dst []byte, text string, number, at int64) []byte {
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 {
			return append(dst, text...)
		}
		end := strings.IndexByte(text[i+1:], '$')
		if end < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		name, format, _ := strings.Cut(text[i+1:i+1+end], "%")
		text = text[i+end+2:]
		switch name {
		case "":
			dst = append(dst, '$')
		case "RepresentationID":
			dst = append(dst, u.ID...)
		case "Number":
			dst = appendPadded(dst, number, format)
		case "Bandwidth":
			dst = appendPadded(dst, int64(u.Bandwidth), format)
		case "Time":
			dst = appendPadded(dst, at, format)
		case "SubNumber":
			dst = appendPadded(dst, 1, format)
		}
	}
}

// appendPadded writes a number by a format "0<width>d".
func appendPadded(dst []byte, n int64, format string) []byte {
	const widest = 20
	width := min(quantity.Atoi(strings.TrimRight(strings.TrimLeft(format, "0"), "du")), widest)
	digits := strconv.AppendInt(make([]byte, 0, widest), n, 10)
	for range width - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}
