package listing

import (
	"strings"

	"stitcher/internal/manifest/hls/check/rule"
)

// headerTags are the tags that may be there once (RFC 8216bis §4.4.1.2,
// §4.4.2, §4.4.3).
var headerTags = map[string]bool{
	"#EXT-X-VERSION": true, "#EXT-X-TARGETDURATION": true, "#EXT-X-MEDIA-SEQUENCE": true,
	"#EXT-X-DISCONTINUITY-SEQUENCE": true, "#EXT-X-ENDLIST": true, "#EXT-X-PLAYLIST-TYPE": true,
	"#EXT-X-I-FRAMES-ONLY": true, "#EXT-X-PART-INF": true, "#EXT-X-SERVER-CONTROL": true,
	"#EXT-X-INDEPENDENT-SEGMENTS": true, "#EXT-X-START": true,
}

// tag reads one line that begins with #EXT. Unknown tags are ignored, as §6.3.1
// asks of clients.
func (r *reader) tag(name, value string) {
	if headerTags[name] {
		if r.seen[name] {
			r.found.Add(rule.TagRepeated, -1, r.line, "%s is there more than once", name[1:])
		}
		r.seen[name] = true
	}
	switch name {
	case "#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE":
		r.headerNumber(name, value)
	case "#EXT-X-PLAYLIST-TYPE":
		if value != "VOD" && value != "EVENT" {
			r.found.Add(rule.TagMalformed, -1, r.line, "PLAYLIST-TYPE is EVENT or VOD, not %q", value)
			return
		}
		r.out.Type = value
	case "#EXT-X-ENDLIST":
		r.out.Ended = true
	case "#EXT-X-INDEPENDENT-SEGMENTS":
		r.out.Independent = true
	case "#EXT-X-I-FRAMES-ONLY":
		r.out.IFramesOnly = true
		r.need(4, "EXT-X-I-FRAMES-ONLY")
	case "#EXT-X-SERVER-CONTROL":
		as := r.attributes(value)
		_, r.partHoldBack = as.get("PART-HOLD-BACK")
		r.out.ServerControl = as.sorted()
	case "#EXT-X-PART-INF":
		r.attributes(value, "PART-TARGET")
	case "#EXT-X-PART":
		r.part(name, r.attributes(value, "URI", "DURATION"))
	case "#EXT-X-PRELOAD-HINT":
		if as := r.attributes(value, "URI", "TYPE"); hasValue(as, "TYPE", "PART") {
			r.part(name, as)
		}
	case "#EXT-X-RENDITION-REPORT":
		r.part(name, r.attributes(value))
	case "#EXT-X-SKIP":
		r.skip(value)
	case "#EXT-X-DEFINE":
		r.define(r.attributes(value))
	case "#EXT-X-DATERANGE":
		r.dateRange(r.attributes(value))
	case "#EXT-X-STREAM-INF", "#EXT-X-MEDIA", "#EXT-X-I-FRAME-STREAM-INF", "#EXT-X-SESSION-DATA",
		"#EXT-X-SESSION-KEY", "#EXT-X-CONTENT-STEERING":
		r.found.Add(rule.MixedPlaylist, -1, r.line, "%s belongs to a multivariant playlist", name[1:])
	default:
		r.segmentTag(name, value)
	}
}

// headerNumber reads a header tag whose value is a decimal integer.
func (r *reader) headerNumber(name, value string) {
	n, ok := parseNumber(value)
	if !ok || name == "#EXT-X-VERSION" && n > 1000 || name == "#EXT-X-TARGETDURATION" && n > maxSeconds {
		r.found.Add(rule.TagMalformed, -1, r.line, "%s is a decimal integer, not %q", name[1:], value)
		return
	}
	switch name {
	case "#EXT-X-VERSION":
		r.out.Version = int(n)
	case "#EXT-X-TARGETDURATION":
		r.out.Target = n * 1e6
	case "#EXT-X-MEDIA-SEQUENCE":
		if len(r.out.Segments) > 0 {
			r.found.Add(rule.MediaSequenceLate, -1, r.line, "EXT-X-MEDIA-SEQUENCE stands after the first segment")
			return
		}
		r.out.Sequence = n
	case "#EXT-X-DISCONTINUITY-SEQUENCE":
		if len(r.out.Segments) > 0 || r.tags > 0 {
			r.found.Add(rule.DiscontinuitySequenceLate, -1, r.line,
				"EXT-X-DISCONTINUITY-SEQUENCE stands after the first segment or EXT-X-DISCONTINUITY")
			return
		}
		r.out.Discontinuity = n
	}
}

// attributes reads a tag's attribute list and checks that the required ones are
// there and no URI is empty.
func (r *reader) attributes(value string, required ...string) attributes {
	as, fault := readAttributes(value)
	if fault != "" {
		r.found.Add(rule.AttributeMalformed, -1, r.line, "%s", fault)
	}
	for i := range as {
		as[i].value = r.substitute(as[i].value)
		if as[i].name == "URI" && as[i].value == "" {
			r.found.Add(rule.URIEmpty, -1, r.line, "a URI attribute is empty")
		}
	}
	r.repeated(as)
	for _, name := range required {
		if _, ok := as.get(name); !ok {
			r.found.Add(rule.AttributeMissing, -1, r.line, "the attribute %s is missing", name)
		}
	}
	return as
}

func (r *reader) repeated(as attributes) {
	if len(as) < 2 {
		return
	}
	names := make(map[string]bool, len(as))
	for _, a := range as {
		if names[a.name] {
			r.found.Add(rule.AttributeRepeated, -1, r.line, "the attribute %s is there more than once", a.name)
		}
		names[a.name] = true
	}
}

// part notes a tag that makes sense in a Low-Latency playlist only.
func (r *reader) part(name string, as attributes) {
	if r.lowLatency == 0 {
		r.lowLatency, r.lowLatencyName = r.line, strings.TrimPrefix(name, "#")
	}
	if d, ok := as.get("DURATION"); ok {
		if _, _, ok := parseDuration(d); !ok {
			r.found.Add(rule.AttributeMalformed, -1, r.line, "DURATION is a decimal number of seconds, not %q", d)
		}
	}
}

func (r *reader) skip(value string) {
	r.need(9, "EXT-X-SKIP")
	as := r.attributes(value, "SKIPPED-SEGMENTS")
	if _, ok := as.get("RECENTLY-REMOVED-DATERANGES"); ok {
		r.need(10, "RECENTLY-REMOVED-DATERANGES")
	}
	skipped, _ := as.get("SKIPPED-SEGMENTS")
	if n, ok := parseNumber(skipped); ok && len(r.out.Segments) == 0 {
		r.out.Skipped = n
	} else if skipped != "" {
		r.found.Add(rule.TagMalformed, -1, r.line, "EXT-X-SKIP takes a number and stands before the first segment")
	}
}

func (r *reader) define(as attributes) {
	r.need(8, "EXT-X-DEFINE")
	name, named := as.get("NAME")
	value, valued := as.get("VALUE")
	query, queried := as.get("QUERYPARAM")
	imported, imports := as.get("IMPORT")
	switch {
	case named && valued:
		r.defined[name] = value
	case queried:
		r.need(11, "EXT-X-DEFINE QUERYPARAM")
		if r.address != nil && r.address.Query().Has(query) {
			r.defined[query] = r.address.Query().Get(query)
		}
	case imports:
		if v, ok := r.imports[imported]; ok {
			r.defined[imported] = v
		}
	default:
		r.found.Add(rule.AttributeMissing, -1, r.line, "EXT-X-DEFINE takes NAME and VALUE, IMPORT or QUERYPARAM")
	}
}

func hasValue(as attributes, name, value string) bool {
	v, _ := as.get(name)
	return v == value
}
