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
		Language: s.node.Get("lang"), Bandwidth: quantity.Atoi(r.node.Get("bandwidth")),
		Width: quantity.Atoi(get("width")), Height: quantity.Atoi(get("height")), SampleRate: quantity.Atoi(strings.Fields(get("audioSamplingRate") + " 0")[0]),
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
	t.Timescale = r.address.Scale()
	t.Kind = kindOf(s.node, r.node, t.MimeType, t.Codecs)
	t.Container = container(t.MimeType)
	r.kind, r.track = t.Kind, t
}

// channels is the number of channels of a configuration, 0 is unknown.
func channels(scheme, value string) int {
	n := quantity.Atoi(value)
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
