package presentation

import "net/url"

// Options say how an MPD is read. Presentations of the same bytes with equal options
// are equal, so they are shared between sessions.
type Options struct {
	// Base is the final URL of the MPD after redirects; relative URLs resolve
	// against it.
	Base *url.URL
	// ContentFrom and ContentTo replace the head of absolute content URLs
	// (MediaTailor's ContentSegmentUrlPrefix): a URL that starts with ContentFrom
	// starts with ContentTo instead. Both empty: no change.
	ContentFrom, ContentTo string
	// Query is appended to segment URLs (manifest.* parameters), without the
	// leading "?" or "&".
	Query string
	// Passthrough keeps SCTE-35 event streams in the output; otherwise they are
	// removed, because players choke on them (field failure B-81).
	Passthrough bool
	// SinglePeriod is MediaTailor's OriginManifestType SINGLE_PERIOD: each ad event
	// is an avail at its own time, even where it stands at the start of a Period.
	SinglePeriod bool
	// Fit is whether ads can be like a Representation with a codecs attribute; those that
	// none can be like are left out. Nil is that all fit.
	Fit func(codecs string) bool
}
