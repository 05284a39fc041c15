package start

import (
	"cmp"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"stitcher/internal/ads"
	"stitcher/internal/playback"
	"stitcher/internal/playback/config"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/service/fault"
)

// Session is the session that a request asks for, and the settings of its ads. hash is the
// account's label in URLs.
func (r *Request) Session(c *config.Configuration, hash string, now time.Time) (*playback.Session, ads.Settings, error) {
	if m := r.Features["logMode"]; m != "" && m != "DEBUG" && m != "DISABLED" {
		return nil, ads.Settings{}, fault.BadRequest("aws.logMode %q is neither DEBUG nor DISABLED", m)
	}
	choices := playback.Choices(r.AdsParams, r.PlayerParams)
	resolved, err := c.ResolveAll(choices)
	if err != nil {
		return nil, ads.Settings{}, fault.BadRequest("%v", err)
	}
	settings, err := ads.SettingsOf(c, choices, true)
	if err != nil {
		return nil, ads.Settings{}, fault.BadRequest("%v", err)
	}
	x := &playback.Session{
		ID: uuid.NewString(), Number: rand.Uint64() >> 1, Configuration: r.Configuration,
		Created: now.UTC(), Asset: r.Asset, Reporting: r.reporting(), Protocol: cmp.Or(r.Protocol, playback.HLS), Class: playback.ClassOf(r.Viewer.UserAgent), SinglePeriod: c.Dash.OriginManifestType == "SINGLE_PERIOD",
		AdsParams: r.AdsParams, PlayerParams: r.PlayerParams, ManifestQuery: r.ManifestQuery,
		AdPrefix: resolved.AdPrefix, ContentPrefix: resolved.ContentPrefix, Source: resolved.Source,
		Passthrough: c.Passthrough(), StreamID: r.Features["streamId"], Viewer: r.Viewer,
		NoOverlays: strings.EqualFold(r.Features["overlayAvails"], "off"), PreRoll: c.PreRoll(r.Features), Suppression: c.Suppression(r.Features),
	}
	if x.Signaling, err = signaling(r.Features); err != nil {
		return nil, ads.Settings{}, err
	}
	if x.Signaling != "" && x.Reporting != playback.ReportingServer {
		x.TrackingPath = "/v1/tracking/" + hash + "/" + url.PathEscape(x.Configuration) + "/" + x.ID
	}
	x.Headers = ads.Identity(c, x)
	x.OriginQuery = r.OriginQuery
	if x.Template, err = layouts.TemplateURL(resolved.Source, r.Asset, r.OriginQuery); err != nil {
		return nil, ads.Settings{}, &fault.Error{Status: 502, Type: "BadGatewayException", Public: "the content source of the playback configuration is not a URL", Err: err}
	}
	return x, settings, nil
}

// Debug is whether the session is to be recorded.
func (r *Request) Debug() bool { return r.Features["logMode"] == "DEBUG" }

// reporting is who sends the beacons: the player in explicit sessions unless it
// says otherwise, stitcher in implicit ones.
func (r *Request) reporting() string {
	mode := strings.ToLower(r.Features["reportingMode"])
	switch {
	case r.Explicit && mode == playback.ReportingServer:
		return playback.ReportingHybrid
	case r.Explicit || mode == playback.ReportingClient:
		return playback.ReportingClient
	}
	return playback.ReportingServer
}
