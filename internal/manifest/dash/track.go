package dash

import (
	"strconv"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// Schemes of descriptors that tell what a set is.
const (
	schemeTrick    = "http://dashif.org/guidelines/trickmode"
	schemeThumbs   = "http://dashif.org/guidelines/thumbnail_tile"
	schemeThumbs2  = "http://dashif.org/thumbnail_tile"
	schemeChannels = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
	schemeCICP     = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
)

// place is where a track stands in a Period.
type place struct{ period, set, rep int }

// describe fills what is known of a Representation.
func (c *compiler) describe(s *adaptation, r *representation) {
	get := func(name string) string {
		if v, ok := r.node.Attr(name); ok {
			return v
		}
		return s.node.Get(name)
	}
	t := Track{
		ID: r.id, Set: s.index, MimeType: get("mimeType"), Codecs: get("codecs"),
		Language: s.node.Get("lang"), Bandwidth: atoi(r.node.Get("bandwidth")),
		Width: atoi(get("width")), Height: atoi(get("height")), SampleRate: atoi(strings.Fields(get("audioSamplingRate") + " 0")[0]),
		FrameRate: parseRatio(get("frameRate")), Dependent: r.node.Find("dependencyId") != nil,
	}
	if role := s.node.Child("Role"); role != nil {
		t.Role = role.Get("value")
	}
	if label := s.node.Child("Label"); label != nil {
		t.Label = label.Text()
	} else {
		t.Label = s.node.Get("label")
	}
	for _, n := range []*markup.Node{s.node, r.node} {
		if x := n.Child("AudioChannelConfiguration"); x != nil {
			t.Channels = channels(x.Get("schemeIdUri"), x.Get("value"))
		}
		t.Protected = t.Protected || n.Child("ContentProtection") != nil
	}
	t.Timescale = 1
	if r.address != nil {
		t.Timescale = r.address.scale
	}
	t.Kind = kindOf(s.node, r.node, t.MimeType, t.Codecs)
	t.Container = container(t.MimeType)
	r.kind, r.track = t.Kind, t
}

// channels is the number of channels of a configuration, 0 is unknown.
func channels(scheme, value string) int {
	n := atoi(value)
	if scheme != schemeChannels && scheme != schemeCICP {
		return 0
	}
	// ISO/IEC 23091-3: configurations 1 to 6 have as many channels.
	switch {
	case n <= 6:
		return n
	case n == 7 || n == 12 || n == 14:
		return 8
	}
	return 0
}

// kindOf is what a Representation is to a player.
func kindOf(set, rep *markup.Node, mime, codecs string) string {
	kind, _, _ := strings.Cut(mime, "/")
	if content := set.Get("contentType"); content != "" && kind != "image" {
		kind = content
	}
	switch {
	case kind == "" || kind == "application" && mime == "application/mp4":
		kind = codecKind(codecs)
	case kind == "application":
		kind = "text"
	}
	for _, n := range []*markup.Node{set, rep} {
		for _, d := range n.Children {
			switch scheme := d.Get("schemeIdUri"); {
			case d.Name != "EssentialProperty" && d.Name != "SupplementalProperty":
			case scheme == schemeTrick && kind == "video":
				return "trick"
			case scheme == schemeThumbs || scheme == schemeThumbs2:
				return "image"
			}
		}
	}
	return kind
}

func codecKind(codecs string) string {
	code, _, _ := strings.Cut(codecs, ".")
	switch code {
	case "avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "av01", "vp09", "vp8", "vp9":
		return "video"
	case "mp4a", "ac-3", "ec-3", "ac-4", "opus", "Opus", "fLaC", "flac", "vorbis":
		return "audio"
	case "wvtt", "stpp":
		return "text"
	}
	return ""
}

func container(mime string) string {
	_, kind, _ := strings.Cut(mime, "/")
	switch kind, _, _ = strings.Cut(kind, ";"); strings.ToLower(kind) {
	case "mp4", "webm":
		return strings.ToLower(kind)
	case "mp2t":
		return "mp2t"
	}
	return ""
}

// parseRatio reads a frame rate: "25", "30000/1001", "29.97".
func parseRatio(s string) avail.Ratio {
	a, b, fraction := strings.Cut(s, "/")
	if whole, part, ok := strings.Cut(a, "."); ok && !fraction && len(part) <= 6 {
		a, b, fraction = whole+part, "1"+strings.Repeat("0", len(part)), true
	}
	num, err := strconv.ParseInt(a, 10, 32)
	if err != nil || num <= 0 {
		return avail.Ratio{}
	}
	den := int64(1)
	if fraction {
		if den, err = strconv.ParseInt(b, 10, 32); err != nil || den <= 0 {
			return avail.Ratio{}
		}
	}
	for x, y := num, den; ; x, y = y, x%y {
		if y == 0 {
			return avail.Ratio{Num: num / x, Den: den / x}
		}
	}
}

// listTracks collects the Representations of all Periods by their ids.
func (t *Template) listTracks() {
	index := map[string]int{}
	leading := 0
	for i := range t.periods {
		if t.periods[i].reference != nil {
			leading = i
			break
		}
	}
	add := func(i int) {
		p := &t.periods[i]
		for k := range p.sets {
			s := &p.sets[k]
			for j := range s.reps {
				r := &s.reps[j]
				n, ok := index[r.id]
				if !ok {
					n = len(t.tracks)
					index[r.id] = n
					t.tracks = append(t.tracks, r.track)
					t.places = append(t.places, nil)
				}
				t.places[n] = append(t.places[n], place{i, k, j})
			}
		}
	}
	add(leading)
	for i := range t.periods {
		if i != leading {
			add(i)
		}
	}
}

func (t *Template) rep(at place) *representation {
	return &t.periods[at.period].sets[at.set].reps[at.rep]
}

// Sample is an initialization section and a media segment of full length near the
// live edge at a time in Unix microseconds, for profiling the content. A Resource
// without URI says that there is none.
func (t *Template) Sample(track int, now int64) (init, media Resource) {
	var found *representation
	newest := -1
	for _, at := range t.places[track] {
		p := &t.periods[at.period]
		r := t.rep(at)
		if at.period > newest && !p.early && r.feeds() && (!t.dynamic || t.at(p) < now) {
			found, newest = r, at.period
		}
	}
	if found == nil {
		return Resource{}, Resource{}
	}
	a := found.address
	if a == nil {
		return Resource{}, Resource{URI: found.base}
	}
	switch {
	case a.init != "":
		init.URI = found.url(a.init, 0, 0)
	case a.initRange.URI == ".":
		init = Resource{URI: found.base, Offset: a.initRange.Offset, Length: a.initRange.Length}
	case a.initRange.URI != "":
		init = a.initRange
		init.URI = resolve(found.base, init.URI)
	}
	if a.kind == single {
		return init, Resource{URI: found.base}
	}
	p := &t.periods[newest]
	total := t.available(p, a, now)
	if total == 0 {
		return init, Resource{}
	}
	// The last segment may be shorter, or a moment too new for a CDN's edge.
	n := max(total-2, 0)
	for i := range a.runs {
		if r := &a.runs[i]; n < r.index+r.n {
			return init, found.segment(n, r.t+(n-r.index)*r.d)
		}
	}
	return init, Resource{}
}

// available is how many segments there are at a time.
func (t *Template) available(p *period, a *address, now int64) int64 {
	last := len(a.runs) - 1
	if last < 0 {
		return 0
	}
	r := &a.runs[last]
	if !a.open {
		return r.index + r.n
	}
	end := now
	if until := t.until(p); until < end {
		// The last segment of a Period may reach past its end.
		end = until + quantity.Micros(0, r.d-1, a.scale)
	}
	n := (quantity.Ticks(end-t.origin, p.start, a.scale) + quantity.Slack(a.scale) + a.offset - r.t) / r.d
	return r.index + min(max(n, 0), r.n)
}

// segment is where segment n of the timeline lies, which begins at a media time.
func (r *representation) segment(n, at int64) Resource {
	a := r.address
	if a.kind == list && int(n) < len(a.urls) {
		u := a.urls[n]
		out := u.at
		out.URI = resolve(r.base, u.media)
		return out
	}
	return Resource{URI: r.url(a.media, a.number+n, at)}
}

func (r *representation) url(text string, number, at int64) string {
	return string(r.fill(nil, resolve(r.base, text), number, at))
}

// fill appends a URL template with its identifiers replaced (ISO/IEC 23009-1
// §5.3.9.4.4).
func (r *representation) fill(dst []byte, text string, number, at int64) []byte {
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 {
			return append(dst, text...)
		}
		end := strings.IndexByte(text[i+1:], '$')
		if end < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		name, format, _ := strings.Cut(text[i+1:i+1+end], "%")
		text = text[i+end+2:]
		switch name {
		case "":
			dst = append(dst, '$')
		case "RepresentationID":
			dst = append(dst, r.id...)
		case "Number":
			dst = appendPadded(dst, number, format)
		case "Bandwidth":
			dst = appendPadded(dst, int64(r.track.Bandwidth), format)
		case "Time":
			dst = appendPadded(dst, at, format)
		case "SubNumber":
			dst = appendPadded(dst, 1, format)
		}
	}
}

// appendPadded writes a number by a format "0<width>d".
func appendPadded(dst []byte, n int64, format string) []byte {
	const widest = 20
	width := min(atoi(strings.TrimRight(strings.TrimLeft(format, "0"), "du")), widest)
	digits := strconv.AppendInt(make([]byte, 0, widest), n, 10)
	for range width - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}
