package twins

import (
	"bytes"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/presentation"
)

// builder makes a Text.
type builder struct {
	t      *presentation.Presentation
	p      *presentation.Period
	asset  *avail.Asset
	tracks map[string]string
	text   bytes.Buffer
	out    Text
}

func (b *builder) flush() {
	b.out.parts = append(b.out.parts, part{text: bytes.Clone(b.text.Bytes())})
	b.text.Reset()
}

// mirrored are the elements of the content's AdaptationSet that the ad's has, too:
// what players choose tracks by. Those of protection, events, clocks and of the
// content's segments are not true of an ad (U11 to U14).
var mirrored = map[string]bool{
	"FramePacking": true, "Accessibility": true, "Role": true, "Rating": true, "Viewpoint": true,
	"Label": true, "GroupLabel": true, "BaseURL": true, "EssentialProperty": true, "SupplementalProperty": true,
	"ContentComponent": true, "Switching": false,
}

// untrue are the attributes of an AdaptationSet that are about its segments.
var untrue = map[string]bool{
	"maxWidth": true, "minWidth": true, "maxHeight": true, "minHeight": true, "minBandwidth": true, "maxBandwidth": true,
	"minFrameRate": true, "maxFrameRate": true, "bitstreamSwitching": true, "subsegmentAlignment": true,
	"subsegmentStartsWithSAP": true, "maximumSAPPeriod": true, "codecs": true, "width": true, "height": true,
	"frameRate": true, "audioSamplingRate": true, "sar": true, "segmentProfiles": true, "profiles": true,
	"containerProfiles": true, "initializationSetRef": true, "initializationPrincipal": true, "supplementalCodecs": true,
}

// untrueSchemes are descriptors that are not true of an ad: continuity with the
// content (U12), and properties of its pictures.
func untrueScheme(uri string) bool {
	return strings.HasPrefix(uri, "urn:mpeg:dash:period-con") || strings.HasPrefix(uri, "urn:dvb:dash:period_con") ||
		strings.HasPrefix(uri, "urn:mpeg:dash:ssr:") || strings.HasPrefix(uri, "urn:mpeg:dash:chaining:")
}

// set writes the twin of an AdaptationSet.
func (b *builder) set(s *presentation.Set) {
	reps := b.reps(s)
	if len(reps) == 0 {
		return
	}
	b.out.playable = b.out.playable || s.Kind == "video" || s.Kind == "audio"
	b.open(s.Node)
	b.mirror(s.Node)
	for i := range reps {
		b.rep(&reps[i])
	}
	b.text.WriteString("</" + b.t.Prefix + "AdaptationSet>")
}

// open writes the start tag of the twin of an AdaptationSet.
func (b *builder) open(n *markup.Node) {
	b.text.WriteString("<" + b.t.Prefix + "AdaptationSet")
	for i := range n.Attrs {
		a := &n.Attrs[i]
		if !untrue[a.Name] && !strings.HasPrefix(a.Name, "xlink:") {
			b.text.Write(b.t.Written(a.Whole))
		}
	}
	if _, ok := n.Attr("segmentAlignment"); !ok {
		b.text.WriteString(` segmentAlignment="true"`)
	}
	b.text.WriteByte('>')
}

// declare copies the declarations of namespaces, because what is mirrored may need them.
func (b *builder) declare(n *markup.Node) {
	for _, d := range n.Declarations() {
		b.text.Write(b.t.Written(d))
	}
}

func (b *builder) mirror(n *markup.Node) {
	for _, child := range n.Children {
		if child.Prefix == n.Prefix && mirrored[child.Name] && !untrueScheme(child.Get("schemeIdUri")) {
			b.text.Write(b.t.Written(child.Span))
		}
	}
}

// twin is a Representation and the rendition that stands in for it.
type twin struct {
	*presentation.Representation
	rendition *avail.AssetRendition
}

// reps finds the renditions for the Representations of a set; none where the set is
// left out.
func (b *builder) reps(s *presentation.Set) []twin {
	out := make([]twin, 0, len(s.Reps))
	found := false
	for i := range s.Reps {
		r := &s.Reps[i]
		name := b.tracks[r.Track.ID]
		b.out.tracks[r.Track.ID] = name
		rendition := b.asset.Rendition(name)
		found = found || rendition != nil
		out = append(out, twin{r, rendition})
	}
	if !found && s.Kind != "video" && s.Kind != "audio" {
		return nil
	}
	kept := out[:0]
	for _, x := range out {
		if x.rendition == nil {
			x.rendition = b.nearest(s, x.Representation)
		}
		if x.rendition != nil {
			kept = append(kept, x)
		}
	}
	return kept
}

// nearest is the rendition of the track of the same kind that is nearest in
// bandwidth: of the same set, else of any.
func (b *builder) nearest(s *presentation.Set, r *presentation.Representation) *avail.AssetRendition {
	var best *avail.AssetRendition
	least := 0
	look := func(o *presentation.Set) {
		for i := range o.Reps {
			x := b.asset.Rendition(b.tracks[o.Reps[i].Track.ID])
			if x == nil || o.Kind != s.Kind {
				continue
			}
			d := o.Reps[i].Track.Bandwidth - r.Track.Bandwidth
			if d = max(d, -d); best == nil || d < least {
				best, least = x, d
			}
		}
	}
	look(s)
	for i := range b.p.Sets {
		if best != nil {
			break
		}
		look(&b.p.Sets[i])
	}
	return best
}
