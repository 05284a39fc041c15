package layouts

import (
	"net/url"

	"stitcher/internal/manifest/dash/track"
	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/origin"
)

// Layout is an origin.Layout with the multivariant playlist that it came from.
type Layout struct {
	origin.Layout
	Multivariant *multivariant.Playlist
	// MPD is set instead where the session is played in DASH.
	MPD     *MPD
	Omitted []OmittedRendition
	Tracked Tracked
	// template is the URL that was asked for, without the player's query; base is what
	// the URLs of the playlist are relative to. media is set where the asset is a media
	// playlist by itself.
	template string
	base     *url.URL
	media    bool
}

// MPD is what a session's MPD had when the session began.
type MPD struct {
	// Template is the URL of the MPD.
	Template string
	// Tracks are the Representations that ads are made for, one for each rendition of
	// the layout.
	Tracks []track.Track
	// Names are the names in assets of the Representations' ads, by id.
	Names map[string]string
}
