package listing

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/manifest/dash/check/quantity"
	"stitcher/internal/manifest/dash/check/rule"
)

// Options say how an MPD is listed.
type Options struct {
	// Base is the URL of the MPD after redirects; nil leaves relative URLs as they
	// are. One below /v1/dash/ is a stitcher's, whether or not it lists ads.
	Base *url.URL
	// Ours is whether the URL of a segment is a stitcher's; nil means MediaTailor's
	// path of ad segments.
	Ours func(url string) bool
	// Now is when the MPD was answered, in Unix microseconds; 0 is not known, and
	// then it is taken from the MPD.
	Now int64
}

// stitcherSegment is whether a URL has the path of a stitcher's ad segments.
func stitcherSegment(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (strings.Contains(u.Path, "/v1/dashsegment/") || strings.HasPrefix(u.Path, "/tm/"))
}

// Read reads an MPD as a strict client does, and applies the rules of its text.
// The listing is never nil: what cannot be read is not in it.
func Read(text []byte, o Options) (*Listing, []rule.Violation) {
	if o.Ours == nil {
		o.Ours = stitcherSegment
	}
	if o.Base == nil {
		o.Base = &url.URL{}
	}
	l := &Listing{
		AvailabilityStart: quantity.Unknown, Published: quantity.Unknown, UpdatePeriod: quantity.Unknown, Window: quantity.Unknown,
		Delay: quantity.Unknown, Buffer: quantity.Unknown, Total: quantity.Unknown,
		Now:      o.Now,
		Stitched: strings.Contains(o.Base.Path, "/v1/dash/"),
	}
	r := reader{text: text, options: o, l: l}
	root, err := parse(text)
	switch {
	case err != nil:
		r.found.Add(rule.MPDMalformed, rule.Whole(), "%v", err)
	case root.name != "MPD":
		r.found.Add(rule.MPDMalformed, rule.Whole(), "the root is %s", root.name)
	default:
		r.mpd(root)
	}
	return l, r.found
}

type reader struct {
	text    []byte
	options Options
	l       *Listing
	found   rule.Found
	// ended is where Runs end whose Period's end the MPD says; Unknown.
	ended int64
}

// moving are the parts of an MPD that may differ while publishTime does not.
var moving = regexp.MustCompile(`publishTime\s*=\s*("[^"]*"|'[^']*')|<([\w.-]+:)?UTCTiming\b[^>]*>`)

func (r *reader) mpd(n *node) {
	l := r.l
	where := rule.Place{At: quantity.Unknown, Line: n.line}
	l.Sum = xxhash.Sum64(moving.ReplaceAllLiteral(r.text, nil))
	l.ID = n.value("id")
	l.Dynamic = n.value("type") == "dynamic"
	l.AvailabilityStart = r.date(n, "availabilityStartTime", where)
	l.Published = r.date(n, "publishTime", where)
	l.UpdatePeriod = r.duration(n, "minimumUpdatePeriod", where)
	l.Window = r.duration(n, "timeShiftBufferDepth", where)
	l.Delay = r.duration(n, "suggestedPresentationDelay", where)
	l.Buffer = r.duration(n, "minBufferTime", where)
	l.Total = r.duration(n, "mediaPresentationDuration", where)
	r.need(n, where, "profiles", "minBufferTime")
	if l.Dynamic {
		r.need(n, where, "availabilityStartTime", "publishTime")
	}
	base := r.options.Base
	services := ""
	base, services = baseOf(n, base, services)
	var periods []*node
	for _, c := range n.children {
		switch c.name {
		case "Location":
			l.Locations = append(l.Locations, strings.TrimSpace(c.text))
		case "PatchLocation":
			l.Patched = true
		case "UTCTiming":
			clock := c.value("schemeIdUri")
			if !strings.HasPrefix(clock, "urn:mpeg:dash:utc:direct") {
				clock += " " + c.value("value")
			}
			l.Clocks = append(l.Clocks, clock)
		case "ContentProtection":
			l.Protected = l.Protected || c.child("pssh") != nil
		case "Period":
			if c.href() != "urn:mpeg:dash:resolve-to-zero:2013" {
				periods = append(periods, c)
			}
		}
	}
	r.starts(periods)
	for i := range l.Periods {
		p := &l.Periods[i]
		r.Period(p, periods[i], base, services)
		l.Stitched = l.Stitched || p.Ad
	}
	r.ids()
}

// starts lists the Periods and says where they begin and end. Those that are announced
// without a start are at the end, and are left out (ISO/IEC 23009-1 §5.3.2.1).
func (r *reader) starts(nodes []*node) {
	l := r.l
	for i, n := range nodes {
		where := rule.Place{At: quantity.Unknown, Line: n.line}
		p := Period{ID: n.value("id"), Duration: r.duration(n, "duration", where), End: quantity.Unknown, Line: n.line}
		start := r.duration(n, "start", where)
		switch {
		case start != quantity.Unknown:
			p.Start = start
		case i == 0 && !l.Dynamic:
			p.Start = 0
		case i > 0 && l.Periods[i-1].Duration != quantity.Unknown:
			p.Start = quantity.Sum(l.Periods[i-1].Start, l.Periods[i-1].Duration)
		default:
			return
		}
		if l.Dynamic && p.ID == "" {
			r.found.Add(rule.AttributeMissing, where, "a Period of a dynamic MPD has no id")
		}
		if i > 0 {
			l.Periods[i-1].End, l.Periods[i-1].Followed = p.Start, true
		}
		if p.Duration != quantity.Unknown {
			p.End = quantity.Sum(p.Start, p.Duration)
		} else if l.Total != quantity.Unknown {
			p.End = max(l.Total, p.Start)
		}
		l.Periods = append(l.Periods, p)
	}
}

func (r *reader) Period(p *Period, n *node, base *url.URL, services string) {
	base, services = baseOf(n, base, services)
	p.Linked = linked(n)
	p.Asset = n.child("AssetIdentifier") != nil
	r.ended = p.End
	for _, c := range n.children {
		switch c.name {
		case "AdaptationSet":
			p.Sets = append(p.Sets, r.set(p, []*node{n, c}, base, services))
		case "EventStream":
			r.events(p, c)
		}
	}
	p.Each(func(_ *Set, x *Representation) {
		u := x.InitializationURL()
		if len(x.Runs) > 0 && !x.Single {
			u = x.URL(x.Runs[0].Number, x.Runs[0].Time)
		}
		p.Ad = p.Ad || u != "" && r.options.Ours(u)
	})
}

func (r *reader) events(p *Period, n *node) {
	where := rule.Place{Period: p.ID, At: quantity.Unknown, Line: n.line}
	scale := r.number(n, "timescale", 1, where)
	offset := r.number(n, "presentationTimeOffset", 0, where)
	for _, c := range n.children {
		if c.name != "Event" {
			continue
		}
		at := r.number(c, "presentationTime", 0, where)
		e := Event{
			Scheme: n.value("schemeIdUri"), Value: n.value("value"), ID: c.value("id"), Line: c.line, Duration: quantity.Unknown,
			Time: quantity.Sum(p.Start, quantity.Micros(at-offset, scale)),
		}
		if _, ok := c.get("duration"); ok {
			e.Duration = quantity.Micros(r.number(c, "duration", 0, where), scale)
		}
		p.Events = append(p.Events, e)
	}
}

func (r *reader) set(p *Period, chain []*node, base *url.URL, services string) Set {
	n := chain[1]
	base, services = baseOf(n, base, services)
	s := Set{
		ID: n.value("id"), Language: n.value("lang"), Priority: n.value("selectionPriority"), Line: n.line,
		BitstreamSwitching: n.value("bitstreamSwitching") == "true",
	}
	var roles []string
	trick, image := false, false
	elements := n.children
	for _, c := range n.children {
		if c.name == "Representation" {
			elements = append(slices.Clip(elements), c.children...)
		}
	}
	for _, c := range elements {
		scheme, value := c.value("schemeIdUri"), c.value("value")
		switch c.name {
		case "Role", "Accessibility":
			roles = append(roles, c.name+" "+scheme+" "+value)
		case "Label":
			roles = append(roles, "Label "+strings.TrimSpace(c.text))
		case "ContentProtection":
			s.Protection += string(r.text[c.from:c.to])
		case "InbandEventStream":
			s.Foreign = append(s.Foreign, c.name)
			s.MPDEvents = s.MPDEvents || scheme == "urn:mpeg:dash:event:2012"
		case "ProducerReferenceTime", "Resync":
			s.Foreign = append(s.Foreign, c.name)
		case "EssentialProperty", "SupplementalProperty":
			switch scheme {
			case "http://dashif.org/guidelines/trickmode":
				trick = true
			case "http://dashif.org/guidelines/thumbnail_tile", "http://dashif.org/thumbnail_tile":
				image = true
			case "urn:mpeg:mpegB:cicp:TransferCharacteristics":
				s.Transfer = value
			case "urn:mpeg:dash:period-continuity:2015", "urn:dvb:dash:period_continuity:2014":
				s.Continuity = value
			}
		}
	}
	slices.Sort(roles)
	s.Roles = strings.Join(slices.Compact(roles), ", ")
	for _, c := range n.children {
		if c.name == "Representation" {
			s.Representations = append(s.Representations, r.representation(p, append(slices.Clip(chain), c), base, services))
		}
	}
	s.Kind = kindOf(n, s.Representations)
	switch {
	case trick:
		s.Kind = "trick"
	case image:
		s.Kind = "image"
	}
	return s
}

// kindOf is what a set is of.
func kindOf(n *node, reps []Representation) string {
	mime, codecs, kind := n.value("mimeType"), n.value("codecs"), n.value("contentType")
	if len(reps) > 0 {
		mime, codecs = reps[0].MimeType, reps[0].Codecs
	}
	if c := n.child("ContentComponent"); c != nil && kind == "" {
		kind = c.value("contentType")
	}
	if kind == "" {
		kind, _, _ = strings.Cut(mime, "/")
	}
	switch family, _, _ := strings.Cut(codecs, "."); {
	case kind == "video", kind == "audio", kind == "text", kind == "image":
		return kind
	case family == "wvtt", family == "stpp", strings.Contains(mime, "ttml"):
		return "text"
	}
	return ""
}

func (r *reader) representation(p *Period, chain []*node, base *url.URL, services string) Representation {
	set, n := chain[1], chain[2]
	either := func(name string) string {
		if s, ok := n.get(name); ok {
			return s
		}
		return set.value(name)
	}
	base, services = baseOf(n, base, services)
	where := rule.Place{Period: p.ID, At: quantity.Unknown, Line: n.line}
	x := Representation{
		ID: n.value("id"), MimeType: either("mimeType"), Codecs: either("codecs"),
		FrameRate: either("frameRate"), SampleRate: either("audioSamplingRate"),
		Bandwidth: r.number(n, "bandwidth", 0, where), Line: n.line,
		Base: base.String(), Services: services, Timescale: 1,
	}
	x.Width, _ = strconv.ParseInt(either("width"), 10, 64)
	x.Height, _ = strconv.ParseInt(either("height"), 10, 64)
	for _, level := range []*node{n, set} {
		if c := level.child("AudioChannelConfiguration"); c != nil && x.Channels == "" {
			x.Channels = c.value("schemeIdUri") + " " + c.value("value")
		}
	}
	r.need(n, where, "id", "bandwidth")
	if x.MimeType == "" {
		r.found.Add(rule.AttributeMissing, where, "mimeType is neither at the Representation nor at its AdaptationSet")
	}
	where.Representation = x.ID
	r.address(&x, p, chain, where)
	return x
}

// ids holds ids to be there once.
func (r *reader) ids() {
	once := func(seen map[string]bool, kind, id string, where rule.Place) bool {
		if id != "" && seen[id] {
			r.found.Add(rule.IDRepeated, where, "the id %q of %s is there twice", id, kind)
			return true
		}
		seen[id] = true
		return false
	}
	periods := map[string]bool{}
	for i := range r.l.Periods {
		p := &r.l.Periods[i]
		p.Repeated = once(periods, "a Period", p.ID, p.Place())
		sets, reps := map[string]bool{}, map[string]bool{}
		for k := range p.Sets {
			s := &p.Sets[k]
			s.Repeated = once(sets, "an AdaptationSet", s.ID, s.Place(p))
			for j := range s.Representations {
				x := &s.Representations[j]
				x.Repeated = once(reps, "a Representation", x.ID, x.Place(p)) || x.ID == ""
			}
		}
	}
}

// need finds attributes that are missing.
func (r *reader) need(n *node, where rule.Place, names ...string) {
	for _, name := range names {
		if _, ok := n.get(name); !ok {
			r.found.Add(rule.AttributeMissing, where, "%s has no %s", n.name, name)
		}
	}
}

func (r *reader) duration(n *node, name string, where rule.Place) int64 {
	return r.read(n, name, where, quantity.Duration)
}

func (r *reader) date(n *node, name string, where rule.Place) int64 {
	return r.read(n, name, where, quantity.Date)
}

func (r *reader) read(n *node, name string, where rule.Place, parse func(string) (int64, bool)) int64 {
	s, ok := n.get(name)
	if !ok {
		return quantity.Unknown
	}
	v, ok := parse(strings.TrimSpace(s))
	if !ok {
		r.found.Add(rule.AttributeMalformed, where, "%s is %.60q", name, s)
		return quantity.Unknown
	}
	return v
}

// number reads an integer; one that is beyond what can be added is malformed.
func (r *reader) number(n *node, name string, without int64, where rule.Place) int64 {
	s, ok := n.get(name)
	if !ok {
		return without
	}
	v, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || v > quantity.Most/2 || v < -quantity.Most/2 {
		r.found.Add(rule.AttributeMalformed, where, "%s is %.60q", name, s)
		return without
	}
	return v
}

// baseOf is the base of what is in an element.
func baseOf(n *node, base *url.URL, services string) (*url.URL, string) {
	first := true
	for _, c := range n.children {
		if c.name != "BaseURL" {
			continue
		}
		if s := c.value("serviceLocation"); s != "" {
			services += " " + s
		}
		if !first {
			continue
		}
		first = false
		if u, err := base.Parse(strings.TrimSpace(c.text)); err == nil {
			base = u
		}
	}
	return base, services
}

// linked is the first reference to a remote element in an element.
func linked(n *node) string {
	if s := n.href(); s != "" {
		return s
	}
	for _, c := range n.children {
		if s := linked(c); s != "" {
			return s
		}
	}
	return ""
}

// rootElement is how the root of an MPD begins, with any prefix.
var rootElement = regexp.MustCompile(`<([\w.-]+:)?MPD[\s/>]`)

// IsMPD is whether a text looks like an MPD.
func IsMPD(text []byte) bool { return rootElement.Match(text[:min(len(text), 1<<14)]) }
