package playback

import (
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of the API (reference §1.4 and §8.3), in characters.
const (
	maxName = 512
	// maxNameBytes is what the viewer plane accepts in a path.
	maxNameBytes     = 1024
	maxContentSource = 512
	maxAdServer      = 25_000
	maxTags          = 50
	maxTagKey        = 128
	maxTagValue      = 256
)

// validate checks what the members' types don't say.
func (c *Configuration) validate(found *problems) {
	checkName("Name", c.Name, found)
	checkTags("tags", c.Tags, found)
	for _, name := range slices.Sorted(maps.Keys(c.Aliases)) {
		if !strings.HasPrefix(name, playerParams) || name == playerParams {
			found.add("ConfigurationAliases."+name, "must begin with player_params.")
		}
	}
	checkLength("VideoContentSourceUrl", c.VideoContentSourceURL, maxContentSource, found)
	checkLength("AdDecisionServerUrl", c.AdDecisionServerURL, maxAdServer, found)
	checkLength("LivePreRollConfiguration.AdDecisionServerUrl", c.LivePreRoll.AdDecisionServerURL, maxAdServer, found)
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

func checkLength(member, v string, limit int, found *problems) {
	if utf8.RuneCountInString(v) > limit {
		found.add(member, "must not be longer than %d characters", limit)
	}
}

// checkName refuses the names that no playback URL could hold: they are an
// element of its path, and a path element that means another place is refused
// there (design §9).
func checkName(member, name string, found *problems) {
	if name == "" {
		found.add(member, "is required")
		return
	}
	checkLength(member, name, maxName, found)
	if len(name) > maxNameBytes {
		found.add(member, "must not be longer than %d bytes", maxNameBytes)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\\' || r == utf8.RuneError }) {
		found.add(member, "must not hold control characters or backslashes")
	}
	for element := range strings.SplitSeq(name, "/") {
		// Some servers decode twice, and some drop what follows a semicolon.
		plain, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(element), "%2e", "."), ";")
		if element == "" || plain == "." || plain == ".." {
			found.add(member, "must not be empty, . or .. before, between or after slashes")
			return
		}
	}
}

// checkURL accepts http and https URLs, variables wherever they may be. It
// parses only what is no query: queries of ad servers hold macros such as
// %%CACHEBUSTER%%, which are not percent-encoding.
func (c *Configuration) checkURL(member, template string, plain bool, found *problems) {
	if template == "" {
		return
	}
	domain, rest := splitDomain(template)
	for _, name := range variables(domain) {
		if !c.isAlias(name) {
			found.add(member, "has the variable [%s] in its domain, which is not a key of ConfigurationAliases", name)
			return
		}
	}
	for _, name := range variables(rest) {
		if plain && !c.isAlias(name) {
			found.add(member, "has the variable [%s], which is not a key of ConfigurationAliases", name)
			return
		}
	}
	if strings.HasPrefix(template, "["+playerParams) {
		return // scheme and host are the alias's
	}
	path, _, _ := strings.Cut(rest, "?")
	if !plain {
		path = ""
	}
	u, err := url.Parse(variable.ReplaceAllString(domain+path, "x"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		found.add(member, "must be an http or https URL")
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
func checkTimeouts(o object, t Timeouts) {
	const (
		request         = "AdsRequestTimeoutMilliseconds"
		live            = "LiveMaximumAdsPersonalizationTimeMilliseconds"
		vod             = "VodMaximumAdsPersonalizationTimeMilliseconds"
		prefetchRequest = "PrefetchAdsRequestTimeoutMilliseconds"
		prefetchMaximum = "PrefetchMaximumAdsPersonalizationTimeMilliseconds"
	)
	has := func(name string) bool { _, ok := o.raw(name); return ok }
	if has(request) && (!has(live) || !has(vod)) {
		o.problems.add(o.member(request), "must be set together with %s and %s", live, vod)
	}
	if has(prefetchRequest) != has(prefetchMaximum) {
		o.problems.add(o.member(prefetchRequest), "must be set together with %s", prefetchMaximum)
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
			o.problems.add(o.member(x.request), "must not be greater than %s", x.maximum)
		}
	}
}

func checkTags(member string, tags map[string]string, found *problems) {
	if len(tags) > maxTags {
		found.add(member, "must not hold more than %d tags", maxTags)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if key == "" || utf8.RuneCountInString(key) > maxTagKey {
			found.add(member, "must have keys of 1 to %d characters", maxTagKey)
		}
		if utf8.RuneCountInString(tags[key]) > maxTagValue {
			found.add(member+"."+key, "must not be longer than %d characters", maxTagValue)
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
