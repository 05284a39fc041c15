// Package mpds has the origin's MPDs fetched and compiled once for all their viewers.
package mpds

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"stitcher/internal/manifest/dash"
	"stitcher/internal/manifest/dash/pin"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/transcodecache/profile"
)

// format is DASH as the cache of manifests knows it.
var format = &manifests.Format{
	Name:       "dash",
	Accept:     "application/dash+xml, */*;q=0.8",
	Check:      check,
	ReadsQuery: func([]byte) bool { return false },
}

// check compiles an MPD as the one before it was asked for last, so that a refresh is read
// once. What viewers choose, the query, is left out.
func check(body []byte, base *url.URL, before manifests.Compilation) (manifests.Compilation, error) {
	var o presentation.Options
	earlier, _ := before.Value.(*dash.Template)
	if earlier != nil {
		o = earlier.Options()
	}
	o.Base, o.Query = base, ""
	t, pace, err := compile(body, o, earlier)
	return manifests.Compilation{Key: Variant(o), Value: t, Pace: pace}, err
}

// Fit are the Representations that ads can be like; viewers are not offered others.
func Fit(codecs string) bool { return profile.Encodable(codecs) }

// compile compiles an MPD. The texts of ads that were made for an earlier state are used
// again.
func compile(body []byte, o presentation.Options, earlier *dash.Template) (*dash.Template, manifests.Pace, error) {
	o.Fit = Fit
	t, err := dash.Compile(body, o)
	if err != nil {
		return nil, manifests.Pace{}, err
	}
	if earlier != nil {
		t.Like(earlier)
	}
	return t, manifests.Pace{Target: max(t.Update(), time.Second), Ended: !t.Dynamic()}, nil
}

// Template is the compiled MPD at a URL. Options.Base is filled in. earlier, if there is
// one, is a state of it before: the texts of ads outlive a refresh. force fetches again
// whatever the age.
func Template(ctx context.Context, m *manifests.Manifests, address string, o presentation.Options, earlier *dash.Template, force bool) (*dash.Template, error) {
	return manifests.Compiled(ctx, m, address, format, Variant(o), force, func(body []byte, base *url.URL) (*dash.Template, manifests.Pace, error) {
		o.Base = base
		return compile(body, o, earlier)
	})
}

// Pinned is Template with what was published before the origin changed it: p, and the
// dropped Periods of the state that last gives.
func Pinned(ctx context.Context, m *manifests.Manifests, address string, o presentation.Options, earlier *dash.Template, p *pin.Past, dropped []string, last func() *dash.Template) (*dash.Template, error) {
	key := fmt.Sprint(Variant(o), "\x00", p.Origin, "\x00", p.Starts, "\x00", p.Offsets, "\x00", dropped)
	return manifests.Compiled(ctx, m, address, format, key, false, func(body []byte, base *url.URL) (*dash.Template, manifests.Pace, error) {
		o.Base = base
		past := *p
		if len(dropped) > 0 {
			past.Kept = last().Keep(dropped)
		}
		text, err := past.Pin(body)
		if err != nil {
			return nil, manifests.Pace{}, err
		}
		return compile(text, o, earlier)
	})
}

// Offer puts an MPD into the cache that another node has had from the origin.
func Offer(m *manifests.Manifests, address string, body []byte, base *url.URL) {
	m.Offer(address, format, body, base)
}

// Variant is a key for options without their base: compilations of the same bytes
// under equal keys are equal.
func Variant(o presentation.Options) string {
	if o.ContentFrom == "" && o.ContentTo == "" && o.Query == "" {
		switch { // without memory
		case !o.Passthrough && !o.SinglePeriod:
			return "mpd"
		case !o.Passthrough:
			return "mpd single"
		}
	}
	return fmt.Sprint("mpd\x00", o.ContentFrom, "\x00", o.ContentTo, "\x00", o.Query, "\x00", o.Passthrough, o.SinglePeriod)
}

// OptionsOf are what a session's MPDs are compiled with.
func OptionsOf(p *playback.Session) presentation.Options {
	o := presentation.Options{ContentTo: p.ContentPrefix, Query: p.ManifestQuery, Passthrough: p.Passthrough, SinglePeriod: p.SinglePeriod}
	if p.ContentPrefix != "" {
		o.ContentFrom = p.Source
	}
	return o
}
