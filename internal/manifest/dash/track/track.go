package track

import (
	"strconv"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// Schemes of descriptors that tell what a set is.
const (
	schemeTrick   = "http://dashif.org/guidelines/trickmode"
	schemeThumbs  = "http://dashif.org/guidelines/thumbnail_tile"
	schemeThumbs2 = "http://dashif.org/thumbnail_tile"
	schemeCICP    = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
)

// ChannelScheme is the scheme of AudioChannelConfiguration whose values are those of
// ISO/IEC 23091-3.
const ChannelScheme = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"

// Track describes a Representation, with what it inherits from its AdaptationSet.
type Track struct {
	// ID is Representation@id; Set is the index of its AdaptationSet in the Period.
	ID  string
	Set int
	// Kind is "video", "audio", "text", "image", or "trick" for a video in trick
	// mode.
	Kind     string
	MimeType string
	Codecs   string
	Language string
	// Role is the value of the first Role, Label the text of the first Label.
	Role, Label string
	Bandwidth   int
	// Width and Height are in pixels, SampleRate in Hz; 0 is unknown.
	Width, Height, SampleRate, Channels int
	FrameRate                           avail.Ratio
	// Timescale is that of the segment addresses.
	Timescale int64
	// Protected is whether ContentProtection applies.
	Protected bool
	// Container is "mp4", "webm", "mp2t", "" for plain files (WebVTT, TTML,
	// images).
	Container string
	// Dependent is whether it needs another Representation (dependencyId).
	Dependent bool
}

// Of is what the elements of a Representation and of its AdaptationSet say; Set and
// Timescale are 0.
func Of(set, rep *markup.Node) Track {
	get := func(name string) string {
		if v, ok := rep.Attr(name); ok {
			return v
		}
		return set.Get(name)
	}
	t := Track{
		ID: rep.Get("id"), MimeType: get("mimeType"), Codecs: get("codecs"),
		Language: set.Get("lang"), Bandwidth: quantity.Atoi(rep.Get("bandwidth")),
		Width: quantity.Atoi(get("width")), Height: quantity.Atoi(get("height")), SampleRate: quantity.Atoi(strings.Fields(get("audioSamplingRate") + " 0")[0]),
		FrameRate: parseRatio(get("frameRate")), Dependent: rep.Find("dependencyId") != nil,
	}
	if role := set.Child("Role"); role != nil {
		t.Role = role.Get("value")
	}
	if label := set.Child("Label"); label != nil {
		t.Label = label.Text()
	} else {
		t.Label = set.Get("label")
	}
	for _, n := range []*markup.Node{set, rep} {
		if x := n.Child("AudioChannelConfiguration"); x != nil {
			t.Channels = channels(x.Get("schemeIdUri"), x.Get("value"))
		}
		t.Protected = t.Protected || n.Child("ContentProtection") != nil
	}
	t.Kind = KindOf(set, rep, t.MimeType, t.Codecs)
	t.Container = container(t.MimeType)
	return t
}

// channels is the number of channels of a configuration, 0 is unknown.
func channels(scheme, value string) int {
	n := quantity.Atoi(value)
	if scheme != ChannelScheme && scheme != schemeCICP {
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

// KindOf is what a Representation is to a player.
func KindOf(set, rep *markup.Node, mime, codecs string) string {
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
