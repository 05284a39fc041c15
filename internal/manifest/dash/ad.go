package dash

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
	"github.com/zencoder/go-dash/v3/mpd"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/quantity"
)

// mostAds bounds the texts of ads that are kept.
const mostAds = 1024

// adCache has the texts of ads. It goes from one state of an MPD to the next.
type adCache struct {
	known atomic.Pointer[map[adKey]*adText]
}

// adKey is what the text of an ad depends on, but for the tracks: they are checked
// against those that it was made with.
type adKey struct {
	asset    string
	segments int
	layout   uint64
}

// adText is the AdaptationSets of an ad, with places for what differs between
// viewers and refreshes.
type adText struct {
	parts []adPart
	// length is the playing time of the first n segments, by n.
	length []int64
	// tracks are the renditions that were chosen, by Representation id.
	tracks map[string]string
}

// adPart is text, and what stands behind it.
type adPart struct {
	text []byte
	// media is whether the URL of the item's media follows.
	media bool
	// line, if there is one, is the rendition whose segments follow.
	line *avail.AssetRendition
}

// Like lets a template use the texts of ads that were made for another one, an earlier
// state of the same MPD. It must be called before others see the template.
func (t *Template) Like(earlier *Template) { t.ads = earlier.ads }

// ad is the text of an ad among the content of a Period.
func (t *Template) ad(period int, it *Item) *adText {
	key := adKey{asset: it.Asset.ID, layout: t.periods[period].layout}
	if len(it.Asset.Renditions) > 0 {
		key.segments = len(it.Asset.Renditions[0].Segments)
	}
	for {
		known := t.ads.known.Load()
		if known != nil {
			if a := (*known)[key]; a != nil && a.suits(it.Tracks) {
				return a
			}
		}
		a := t.makeAd(period, it)
		next := map[adKey]*adText{key: a}
		if known != nil && len(*known) < mostAds {
			maps.Copy(next, *known)
			next[key] = a
		}
		if t.ads.known.CompareAndSwap(known, &next) {
			return a
		}
	}
}

// layoutOf is a hash of what the texts of ads take from a Period.
func (t *Template) layoutOf(p *period) uint64 {
	b := adBuilder{t: t, p: p}
	for i := range p.sets {
		s := &p.sets[i]
		b.open(s.node)
		b.mirror(s.node)
		for k := range s.reps {
			r := &s.reps[k]
			fmt.Fprintf(&b.text, "\n%q%d%q%q%q", r.id, r.track.Bandwidth, r.track.Codecs, r.track.MimeType, s.kind)
			b.mirror(r.node)
			b.configuration(r.node)
		}
		b.configuration(s.node)
	}
	return xxhash.Sum64(b.text.Bytes())
}

// suits is whether the text was made with the same tracks.
func (a *adText) suits(tracks map[string]string) bool {
	for id, name := range a.tracks {
		if tracks[id] != name {
			return false
		}
	}
	return true
}

func (t *Template) makeAd(period int, it *Item) *adText {
	b := adBuilder{t: t, p: &t.periods[period], asset: it.Asset, tracks: it.Tracks}
	b.out.tracks = map[string]string{}
	b.out.length = make([]int64, it.Asset.Segments()+1)
	for n := range b.out.length {
		b.out.length[n] = it.Asset.Through(n)
	}
	for i := range b.p.sets {
		b.set(&b.p.sets[i])
	}
	b.flush()
	return &b.out
}

// adBuilder makes an adText.
type adBuilder struct {
	t      *Template
	p      *period
	asset  *avail.Asset
	tracks map[string]string
	text   bytes.Buffer
	out    adText
}

func (b *adBuilder) flush() {
	b.out.parts = append(b.out.parts, adPart{text: bytes.Clone(b.text.Bytes())})
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
func (b *adBuilder) set(s *adaptation) {
	reps := b.reps(s)
	if len(reps) == 0 {
		return
	}
	b.open(s.node)
	b.mirror(s.node)
	for i := range reps {
		b.rep(&reps[i])
	}
	b.text.WriteString("</" + b.t.prefix + "AdaptationSet>")
}

// open writes the start tag of the twin of an AdaptationSet.
func (b *adBuilder) open(n *markup.Node) {
	b.text.WriteString("<" + b.t.prefix + "AdaptationSet")
	for i := range n.Attrs {
		a := &n.Attrs[i]
		if !untrue[a.Name] && !strings.HasPrefix(a.Name, "xlink:") {
			b.text.Write(b.t.written(a.Whole))
		}
	}
	if _, ok := n.Attr("segmentAlignment"); !ok {
		b.text.WriteString(` segmentAlignment="true"`)
	}
	b.text.WriteByte('>')
}

// written is what the body has of a stretch of the source.
func (t *Template) written(s markup.Span) []byte { return t.body[t.where(s.From):t.where(s.To)] }

func (b *adBuilder) mirror(n *markup.Node) {
	for _, child := range n.Children {
		if child.Prefix == n.Prefix && mirrored[child.Name] && !untrueScheme(child.Get("schemeIdUri")) {
			b.text.Write(b.t.written(child.Span))
		}
	}
}

// twin is a Representation and the rendition that stands in for it.
type twin struct {
	*representation
	rendition *avail.AssetRendition
}

// reps finds the renditions for the Representations of a set; none where the set is
// left out.
func (b *adBuilder) reps(s *adaptation) []twin {
	out := make([]twin, 0, len(s.reps))
	found := false
	for i := range s.reps {
		r := &s.reps[i]
		name := b.tracks[r.id]
		b.out.tracks[r.id] = name
		rendition := b.asset.Rendition(name)
		found = found || rendition != nil
		out = append(out, twin{r, rendition})
	}
	if !found && s.kind != "video" && s.kind != "audio" {
		return nil
	}
	kept := out[:0]
	for _, x := range out {
		if x.rendition == nil {
			x.rendition = b.nearest(s, x.representation)
		}
		if x.rendition != nil {
			kept = append(kept, x)
		}
	}
	return kept
}

// nearest is the rendition of the track of the same kind that is nearest in
// bandwidth: of the same set, else of any.
func (b *adBuilder) nearest(s *adaptation, r *representation) *avail.AssetRendition {
	var best *avail.AssetRendition
	least := 0
	look := func(o *adaptation) {
		for i := range o.reps {
			x := b.asset.Rendition(b.tracks[o.reps[i].id])
			if x == nil || o.kind != s.kind {
				continue
			}
			d := o.reps[i].track.Bandwidth - r.track.Bandwidth
			if d = max(d, -d); best == nil || d < least {
				best, least = x, d
			}
		}
	}
	look(s)
	for i := range b.p.sets {
		if best != nil {
			break
		}
		look(&b.p.sets[i])
	}
	return best
}

// Placeholders for what is not known yet. No URL of ours and no number has them.
const (
	mediaHere = "{media}"
	lineHere  = 1<<53 - 1
)

// rep writes the twin of a Representation; go-dash models what is ours in it.
func (b *adBuilder) rep(x *twin) {
	a, track := x.rendition, &x.track
	out := mpd.Representation{ID: &x.id}
	bandwidth := int64(a.Bandwidth)
	if bandwidth == 0 || b.shared(x) {
		bandwidth = int64(track.Bandwidth)
	}
	out.Bandwidth = &bandwidth
	codecs := a.Codecs
	if codecs == "" {
		codecs = track.Codecs
	}
	text := func(s string) *string {
		if s == "" || s == "0" {
			return nil
		}
		return &s
	}
	if codecs != "" {
		out.Codecs = &codecs
	}
	if x.node.Find("mimeType") != nil {
		out.MimeType = text(track.MimeType)
	}
	number := func(n int) *int64 {
		if n == 0 {
			return nil
		}
		v := int64(n)
		return &v
	}
	out.Width, out.Height = number(a.Width), number(a.Height)
	out.FrameRate = text(rate(a.FrameRate))
	out.AudioSamplingRate = number(a.SampleRate)
	out.SegmentTemplate = b.segments(a)
	body, err := xml.Marshal(&out)
	if err != nil {
		return // all of its values can be written
	}
	b.place(x, body)
}

// shared is whether another Representation of the asset's set has the rendition, so
// that bandwidths have to tell them apart (T4).
func (b *adBuilder) shared(x *twin) bool {
	n := 0
	for i := range b.p.sets {
		s := &b.p.sets[i]
		for k := range s.reps {
			if name := b.tracks[s.reps[k].id]; s.index == x.track.Set && (name == x.rendition.Name || b.asset.Rendition(name) == nil) {
				n++
			}
		}
	}
	return n > 1
}

// rate is a frame rate as MPDs have it.
func rate(r avail.Ratio) string {
	switch {
	case r.Num <= 0 || r.Den <= 0:
		return ""
	case r.Den == 1:
		return strconv.FormatInt(r.Num, 10)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

func (b *adBuilder) segments(a *avail.AssetRendition) *mpd.SegmentTemplate {
	scale := timescale(a)
	start := int64(1)
	media := mediaHere + "/" + a.Name + "/$Number$" + extension(a)
	out := &mpd.SegmentTemplate{Timescale: &scale, Media: &media, StartNumber: &start, SegmentTimeline: &mpd.SegmentTimeline{
		Segments: []*mpd.SegmentTimelineSegment{{Duration: lineHere}},
	}}
	if a.Init != "" {
		init := mediaHere + "/" + a.Name + "/init" + a.Init[max(strings.LastIndexByte(a.Init, '.'), 0):]
		out.Initialization = &init
	}
	return out
}

func extension(a *avail.AssetRendition) string {
	if len(a.Segments) == 0 {
		return ""
	}
	name := a.Segments[0].Name
	return name[max(strings.LastIndexByte(name, '.'), 0):]
}

// timescale is that of the rendition's lengths; microseconds where it has none.
func timescale(a *avail.AssetRendition) int64 {
	if a.Timescale > 0 {
		return a.Timescale
	}
	return 1_000_000
}

// place takes the placeholders out of a Representation.
func (b *adBuilder) place(x *twin, body []byte) {
	line := fmt.Sprintf(`<S d="%d"></S>`, int64(lineHere))
	if p := b.t.prefix; p != "" {
		body = prefixed(body, p)
		line = string(prefixed([]byte(line), p))
	}
	open := bytes.IndexByte(body, '>') + 1
	b.text.Write(body[:open])
	b.channels(x)
	b.mirror(x.node)
	body = body[open:]
	for {
		media, list := bytes.Index(body, []byte(mediaHere)), bytes.Index(body, []byte(line))
		switch {
		case media >= 0 && (list < 0 || media < list):
			b.text.Write(body[:media])
			b.flush()
			b.out.parts[len(b.out.parts)-1].media = true
			body = body[media+len(mediaHere):]
		case list >= 0:
			b.text.Write(body[:list])
			b.flush()
			b.out.parts[len(b.out.parts)-1].line = x.rendition
			body = body[list+len(line):]
		default:
			b.text.Write(body)
			return
		}
	}
}

// channels writes the ad's own channel configuration, or the content's where it is
// not known.
func (b *adBuilder) channels(x *twin) {
	if n := x.rendition.Channels; n > 0 {
		value := n
		if n == 8 {
			value = 12 // ISO/IEC 23091-3: 7.1
		}
		fmt.Fprintf(&b.text, `<%sAudioChannelConfiguration schemeIdUri="%s" value="%d"/>`, b.t.prefix, schemeChannels, value)
		return
	}
	for _, n := range []*markup.Node{x.node, b.p.sets[x.track.Set].node} {
		if b.configuration(n) {
			return
		}
	}
}

// configuration copies the channel configuration of the content.
func (b *adBuilder) configuration(n *markup.Node) bool {
	c := n.Child("AudioChannelConfiguration")
	if c != nil {
		b.text.Write(b.t.written(c.Span))
	}
	return c != nil
}

// prefixed gives the elements of a text a namespace prefix.
func prefixed(text []byte, prefix string) []byte {
	text = bytes.ReplaceAll(text, []byte("</"), []byte("\x00"))
	text = bytes.ReplaceAll(text, []byte("<"), []byte("<"+prefix))
	return bytes.ReplaceAll(text, []byte("\x00"), []byte("</"+prefix))
}

// item writes the Period of an item, if it has not left the window.
func (w *writer) item(b *Break, i int) {
	it := &b.Items[i]
	n := w.layout(b.Start)
	if it.Segments <= 0 || n < 0 {
		return
	}
	a := w.t.ad(n, it)
	if end := it.Start + a.length[min(it.Segments, len(a.length)-1)]; w.t.dynamic && end <= w.v.Sequence {
		return
	}
	w.follows = false
	w.flush()
	g := w.t.periods[n].gap
	w.copy(span{max(blank(w.t.body, g.to), g.from), g.to})
	w.flush()
	dst := append(append(append(w.dst, '<'), w.t.prefix...), `Period id="`...)
	dst = markup.Append(dst, b.ID)
	dst = append(dst, '_')
	dst = strconv.AppendInt(dst, int64(i+1), 10)
	dst = append(dst, `" start="`...)
	dst = quantity.AppendDuration(dst, it.Start-w.t.origin+w.moved)
	if !w.t.dynamic {
		// Only where its successor is known for good (P3).
		dst = append(dst, `" duration="`...)
		dst = quantity.AppendDuration(dst, b.until(i, a)-it.Start)
	}
	dst = append(dst, `">`...)
	for _, base := range w.t.periods[n].bases {
		dst = append(dst, w.t.body[base.from:base.to]...)
	}
	for k := range a.parts {
		part := &a.parts[k]
		dst = append(dst, part.text...)
		if part.media {
			dst = markup.Append(dst, it.Media)
		}
		if part.line != nil {
			dst = w.line(dst, part.line, it.Segments)
		}
	}
	w.dst = append(append(append(dst, "</"...), w.t.prefix...), "Period>"...)
}

// until is where item i ends: at the next, at the return, or with its segments.
func (b *Break) until(i int, a *adText) int64 {
	switch it := &b.Items[i]; {
	case i+1 < len(b.Items):
		return b.Items[i+1].Start
	case b.Return > b.Start:
		return b.Return
	default:
		return it.Start + a.length[min(it.Segments, len(a.length)-1)]
	}
}

// layout is the Period whose AdaptationSets ads at a time have: the one that the
// break begins in, else the first that has segments.
func (w *writer) layout(at int64) int {
	found := -1
	for i := range w.t.periods {
		p := &w.t.periods[i]
		if p.early || p.reference == nil {
			continue
		}
		if found < 0 || w.t.at(p) <= at {
			found = i
		}
	}
	return found
}

// line writes the S elements of the first n segments.
func (w *writer) line(dst []byte, a *avail.AssetRendition, n int) []byte {
	ticks := func(i int) int64 {
		if a.Timescale > 0 {
			return a.Segments[i].Ticks
		}
		return a.Segments[i].Duration
	}
	n = min(n, len(a.Segments))
	for i := 0; i < n; {
		k := i + 1
		for k < n && ticks(k) == ticks(i) {
			k++
		}
		dst = append(append(append(dst, '<'), w.t.prefix...), "S "...)
		if i == 0 {
			dst = append(dst, `t="0" `...)
		}
		dst = append(dst, `d="`...)
		dst = strconv.AppendInt(dst, ticks(i), 10)
		if k > i+1 {
			dst = append(dst, `" r="`...)
			dst = strconv.AppendInt(dst, int64(k-i-1), 10)
		}
		dst = append(dst, `"/>`...)
		i = k
	}
	return dst
}
