package admin

import (
	"net/http"
	"net/http/pprof"
	"strconv"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// route is one row of the plane's table.
type route struct {
	method string
	// pattern is Echo's pattern and the route's label.
	pattern string
	// open routes need no signature.
	open bool
	// call answers an operation of the API. Its answer is JSON unless media says otherwise.
	call  func(*request) (reply, error)
	media string
	// serve answers what is no operation of the API.
	serve http.Handler
}

// routes is the whole plane.
func (p *plane) routes(o Options) []route {
	return []route{
		{method: http.MethodPut, pattern: "/playbackConfiguration", call: p.putConfiguration},
		{method: http.MethodGet, pattern: "/playbackConfiguration/:Name", call: p.getConfiguration},
		{method: http.MethodDelete, pattern: "/playbackConfiguration/:Name", call: p.deleteConfiguration},
		{method: http.MethodGet, pattern: "/playbackConfigurations", call: p.listConfigurations},
		{method: http.MethodPut, pattern: "/configureLogs/playbackConfiguration", call: p.configureLogs},
		{method: http.MethodPost, pattern: "/prefetchSchedule/:PlaybackConfigurationName", call: p.listPrefetch},
		{method: http.MethodPost, pattern: "/prefetchSchedule/:PlaybackConfigurationName/:Name", call: p.createPrefetch},
		{method: http.MethodGet, pattern: "/prefetchSchedule/:PlaybackConfigurationName/:Name", call: p.getPrefetch},
		{method: http.MethodDelete, pattern: "/prefetchSchedule/:PlaybackConfigurationName/:Name", call: p.deletePrefetch},
		{method: http.MethodGet, pattern: "/tags/:ResourceArn", call: p.listTags},
		{method: http.MethodPost, pattern: "/tags/:ResourceArn", call: p.tag},
		{method: http.MethodDelete, pattern: "/tags/:ResourceArn", call: p.untag},

		{method: http.MethodGet, pattern: "/api/v1/sessions", call: p.searchSessions},
		{method: http.MethodGet, pattern: "/api/v1/sessions/:id", call: p.explainSession},
		{method: http.MethodGet, pattern: "/api/v1/sessions/:id/bundle", call: p.bundleSession, media: "application/gzip"},
		{method: http.MethodGet, pattern: "/api/v1/creatives", call: p.listCreatives},
		{method: http.MethodPost, pattern: "/api/v1/creatives", call: p.prewarmCreative},
		{method: http.MethodDelete, pattern: "/api/v1/creatives/:id", call: p.purgeCreative},
		{method: http.MethodPost, pattern: "/api/v1/creatives/:id/retry", call: p.retryCreative},
		{method: http.MethodGet, pattern: "/api/v1/creatives/:id/thumbnail", call: p.thumbnail, media: "image/jpeg"},

		{method: http.MethodGet, pattern: "/api/v1/reports", call: p.reports},
		{method: http.MethodGet, pattern: "/healthz", open: true, serve: http.HandlerFunc(healthy)},
		{method: http.MethodGet, pattern: "/readyz", open: true, serve: o.Ready},
		{method: http.MethodGet, pattern: "/metrics", open: true, serve: promhttp.HandlerFor(o.Gatherer, promhttp.HandlerOpts{})},
		{method: http.MethodGet, pattern: "/openapi.yaml", serve: openAPI(o.OpenAPI)},

		// There is no cmdline: the arguments may hold the secret key.
		{method: http.MethodGet, pattern: "/debug/pprof/", serve: http.HandlerFunc(pprof.Index)},
		{method: http.MethodGet, pattern: "/debug/pprof/:profile", serve: capped(pprof.Index)},
		{method: http.MethodGet, pattern: "/debug/pprof/profile", serve: capped(pprof.Profile)},
		{method: http.MethodGet, pattern: "/debug/pprof/symbol", serve: http.HandlerFunc(pprof.Symbol)},
		{method: http.MethodGet, pattern: "/debug/pprof/trace", serve: capped(pprof.Trace)},
	}
}

// resource is the routes of one pattern.
type resource struct {
	pattern string
	methods map[string]route
}

// resources gathers the routes by pattern.
func resources(routes []route) []resource {
	var all []resource
	at := map[string]int{}
	for _, r := range routes {
		i, ok := at[r.pattern]
		if !ok {
			i = len(all)
			at[r.pattern] = i
			all = append(all, resource{pattern: r.pattern, methods: map[string]route{}})
		}
		all[i].methods[r.method] = r
		if r.method == http.MethodGet {
			all[i].methods[http.MethodHead] = r
		}
	}
	return all
}

// maxProfile is how long a profile or a trace may take. While it is taken the
// service is slower, and a trace grows by megabytes a second.
const maxProfile = 60

// capped bounds the "seconds" of a profile.
func capped(profile http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		// The same reading as net/http/pprof's: what is no number is its default.
		if seconds, err := strconv.ParseFloat(query.Get("seconds"), 64); err == nil && !(seconds <= maxProfile) {
			query.Set("seconds", strconv.Itoa(maxProfile))
			bounded := *r.URL
			bounded.RawQuery = query.Encode()
			r = r.Clone(r.Context())
			r.URL = &bounded
		}
		profile(w, r)
	})
}

// healthy is liveness: the process answers.
func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	// An error here means that the client left; the answer has no other reader.
	_, _ = w.Write([]byte("ok\n"))
}

func openAPI(document []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(document)
	})
}
