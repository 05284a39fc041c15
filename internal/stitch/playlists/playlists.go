// Package playlists has the origin's HLS playlists fetched and compiled once for all
// their viewers.
package playlists

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"time"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
)

// format is HLS as the cache of manifests knows it.
var format = &manifests.Format{
	Name:   "hls",
	Accept: "application/vnd.apple.mpegurl, application/x-mpegurl, */*;q=0.8",
	Check: func(body []byte, base *url.URL, _ manifests.Compilation) (none manifests.Compilation, err error) {
		if multivariant.Is(body) {
			_, err = multivariant.Compile(body, base)
		} else {
			_, err = hls.Compile(body, hls.Options{Base: base})
		}
		return none, err
	},
	ReadsQuery: func(body []byte) bool { return bytes.Contains(body, []byte("QUERYPARAM")) },
}

// Text is the playlist at a URL as it is, fetched at most once in a second.
func Text(ctx context.Context, m *manifests.Manifests, address string) (manifests.Manifest, error) {
	return m.Manifest(ctx, address, format)
}

// Offer puts a playlist into the cache that another node has had from the origin.
func Offer(m *manifests.Manifests, address string, body []byte, base *url.URL) {
	m.Offer(address, format, body, base)
}

// Media is the compiled media playlist at a URL. Options.Base is filled in. force
// fetches again whatever the age.
func Media(ctx context.Context, m *manifests.Manifests, address string, o hls.Options, force bool) (*hls.Template, error) {
	return manifests.Compiled(ctx, m, address, format, Variant(o), force, func(body []byte, base *url.URL) (*hls.Template, manifests.Pace, error) {
		o.Base = base
		t, err := hls.Compile(body, o)
		if err != nil {
			return nil, manifests.Pace{}, err
		}
		return t, manifests.Pace{Target: time.Duration(t.Target) * time.Second, Ended: t.Ended}, nil
	})
}

// Variant is a key for options without their base: compilations of the same
// bytes under equal keys are equal.
func Variant(o hls.Options) string {
	if o.ContentFrom == "" && o.ContentTo == "" && o.Query == "" && !o.Passthrough && len(o.Variables) == 0 {
		return ""
	}
	return fmt.Sprint(o.ContentFrom, "\x00", o.ContentTo, "\x00", o.Query, "\x00", o.Passthrough, "\x00", o.Variables)
}

// OptionsOf are what a session's playlists are compiled with, but for the variables of its layout.
func OptionsOf(p *playback.Session) hls.Options {
	o := hls.Options{ContentTo: p.ContentPrefix, Query: p.ManifestQuery, Passthrough: p.Passthrough}
	if p.ContentPrefix != "" {
		o.ContentFrom = p.Source
	}
	return o
}
