package layouts

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"stitcher/internal/playback"
)

// TemplateURL appends the asset's escaped path to the content source. Both
// queries are kept, the source's first.
func TemplateURL(source, asset, query string) (string, error) {
	u, err := url.Parse(source)
	if err != nil {
		return "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("content source %q is not an http URL", source)
	}
	q := u.RawQuery
	if q != "" && query != "" {
		q += "&"
	}
	q += query
	out := u.Scheme + "://" + u.Host + strings.TrimSuffix(u.EscapedPath(), "/") + "/" + asset
	if q != "" {
		out += "?" + q
	}
	return out, nil
}

// assetURL is the URL of a session's manifest at the origin without the player's query,
// which stands at its end (TemplateURL).
func assetURL(p *playback.Session) string {
	if p.OriginQuery == "" {
		return p.Template
	}
	return strings.TrimRight(strings.TrimSuffix(p.Template, p.OriginQuery), "?&")
}

// view is a layout as a session has it: the player's query goes to the origin with every
// request for a manifest (reference §2.2), and tells streams apart, because the origin
// may cut them otherwise.
func (m *Layouts) view(l *Layout, p *playback.Session) (*Layout, error) {
	if p.Template == l.template {
		return l, nil
	}
	return m.views.Do(l.ID+"\x00"+p.Template, Max, func() (*Layout, error) {
		v := &Layout{Layout: l.Layout, Multivariant: l.Multivariant, Omitted: l.Omitted, template: p.Template, base: l.base, media: l.media}
		v.Renditions = slices.Clone(l.Renditions)
		if l.MPD != nil {
			of := *l.MPD
			of.Template = p.Template
			v.MPD = &of
		}
		for i := range v.Renditions {
			r := &v.Renditions[i]
			if l.media || l.MPD != nil {
				r.URL = p.Template
			} else {
				r.URL = forward(l.Multivariant.Renditions[i].URI, l.base, p.OriginQuery)
			}
		}
		v.identify()
		return v, nil
	})
}

// identify names the stream.
func (l *Layout) identify() {
	switch {
	case l.MPD != nil:
		l.Stream = digest([]byte("dash\x00" + l.template))
	case l.media:
		l.Renditions[0].Name = digest([]byte(l.template))[:16]
		l.Stream = digest([]byte(l.template + "\x00" + l.template))
	default:
		l.Stream = digest([]byte(l.template + "\x00" + l.Multivariant.Renditions[l.Reference].URI))
	}
}

// forward adds a query to a media playlist's URL, but for what it has already.
// It stays with the origin: other hosts have no claim to a viewer's tokens.
func forward(address string, base *url.URL, query string) string {
	u, err := url.Parse(address)
	if err != nil || query == "" || !strings.EqualFold(u.Host, base.Host) {
		return address
	}
	has := u.Query()
	for pair := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(key); err == nil && has.Has(name) || pair == "" {
			continue
		}
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += pair
	}
	return u.String()
}
