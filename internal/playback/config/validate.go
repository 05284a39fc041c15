package config

import (
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/playback"
	"stitcher/internal/playback/awsapi"
)

// Limits of the API (reference §1.4), in characters.
const (
	maxContentSource = 512
	maxAdServer      = 25_000
)

// validate checks what the members' types don't say.
func (c *Configuration) validate(found *awsapi.Problems) {
	awsapi.CheckName("Name", c.Name, found)
	awsapi.CheckTags("tags", c.Tags, found)
	for _, name := range slices.Sorted(maps.Keys(c.Aliases)) {
		if !strings.HasPrefix(name, playback.PlayerParams) || name == playback.PlayerParams {
			found.Add("ConfigurationAliases."+name, "must begin with player_params.")
		}
	}
	awsapi.CheckLength("VideoContentSourceUrl", c.VideoContentSourceURL, maxContentSource, found)
	awsapi.CheckLength("AdDecisionServerUrl", c.AdDecisionServerURL, maxAdServer, found)
	awsapi.CheckLength("LivePreRollConfiguration.AdDecisionServerUrl", c.LivePreRoll.AdDecisionServerURL, maxAdServer, found)
	for _, u := range []struct {
		member, template string
		// plain templates are replaced by aliases alone.
		plain bool
	}{
		{"VideoContentSourceUrl", c.VideoContentSourceURL, true},
		{"AdDecisionServerUrl", c.AdDecisionServerURL, false},
		{"SlateAdUrl", c.SlateAdURL, false},
		{"CdnConfiguration.AdSegmentUrlPrefix", c.CDN.AdSegmentURLPrefix, true},
		{"CdnConfiguration.ContentSegmentUrlPrefix", c.CDN.ContentSegmentURLPrefix, true},
		{"Bumper.StartUrl", c.Bumper.StartURL, false},
		{"Bumper.EndUrl", c.Bumper.EndURL, false},
		{"LivePreRollConfiguration.AdDecisionServerUrl", c.LivePreRoll.AdDecisionServerURL, false},
	} {
		c.checkURL(u.member, u.template, u.plain, found)
	}
}

// checkURL accepts http and https URLs, with variables where they are allowed. It does not
// parse queries, because those of ad servers contain macros such as %%CACHEBUSTER%%, which
// are not percent-encoding.
func (c *Configuration) checkURL(member, template string, plain bool, found *awsapi.Problems) {
	if template == "" {
		return
	}
	domain, rest := splitDomain(template)
	for _, name := range variables(domain) {
		if !c.isAlias(name) {
			found.Add(member, "has the variable [%s] in its domain, which is not a key of ConfigurationAliases", name)
			return
		}
	}
	for _, name := range variables(rest) {
		if plain && !c.isAlias(name) {
			found.Add(member, "has the variable [%s], which is not a key of ConfigurationAliases", name)
			return
		}
	}
	if strings.HasPrefix(template, "["+playback.PlayerParams) {
		return // scheme and host are the alias's
	}
	path, _, _ := strings.Cut(rest, "?")
	if !plain {
		path = ""
	}
	u, err := url.Parse(variable.ReplaceAllString(domain+path, "x"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		found.Add(member, "must be an http or https URL")
	}
}

// variable is a dynamic variable in a template.
var variable = regexp.MustCompile(`\[([^\[\]]*)\]`)

// variables are the names of the variables in s. The brackets of an IPv6
// address are not a variable's.
func variables(s string) []string {
	var names []string
	for _, m := range variable.FindAllStringSubmatch(s, -1) {
		if _, err := netip.ParseAddr(m[1]); err != nil {
			names = append(names, m[1])
		}
	}
	return names
}

func (c *Configuration) isAlias(name string) bool {
	_, ok := c.Aliases[name]
	return ok
}

// checkTimeouts checks the rules between the time limits (reference §1.4).
func checkTimeouts(o awsapi.Object, t Timeouts) {
	const (
		request         = "AdsRequestTimeoutMilliseconds"
		live            = "LiveMaximumAdsPersonalizationTimeMilliseconds"
		vod             = "VodMaximumAdsPersonalizationTimeMilliseconds"
		prefetchRequest = "PrefetchAdsRequestTimeoutMilliseconds"
		prefetchMaximum = "PrefetchMaximumAdsPersonalizationTimeMilliseconds"
	)
	has := func(name string) bool { _, ok := o.Raw(name); return ok }
	if has(request) && (!has(live) || !has(vod)) {
		o.Problems.Add(o.Member(request), "must be set together with %s and %s", live, vod)
	}
	if has(prefetchRequest) != has(prefetchMaximum) {
		o.Problems.Add(o.Member(prefetchRequest), "must be set together with %s", prefetchMaximum)
	}
	for _, x := range []struct {
		request, maximum     string
		requestMS, maximumMS int
	}{
		{request, live, t.AdsRequest, t.LiveMaximum},
		{request, vod, t.AdsRequest, t.VODMaximum},
		{prefetchRequest, prefetchMaximum, t.PrefetchRequest, t.PrefetchMaximum},
	} {
		if x.maximumMS > 0 && x.requestMS > x.maximumMS {
			o.Problems.Add(o.Member(x.request), "must not be greater than %s", x.maximum)
		}
	}
}

// clock reads HH:MM:SS.
func clock(s string) (time.Duration, bool) {
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return 0, false
	}
	var total time.Duration
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || len(part) != 2 || i > 0 && n > 59 {
			return 0, false
		}
		total = total*60 + time.Duration(n)*time.Second
	}
	return total, true
}
