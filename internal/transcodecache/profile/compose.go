package profile

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Compose makes the profile of a content whose EXT-X-TARGETDURATION (or largest
// segment) is target microseconds long from what its renditions are like, specs[i]
// being that of contents[i]. It gives the profile and, for each rendition, the
// name of its Spec in it.
//
// The profile is canonical: it does not depend on the order in which a manifest
// names its renditions, on how many of them are equal, or on whether BANDWIDTH
// includes the sound. So the same content has one profile, and one set of assets,
// in HLS and in DASH.
func Compose(contents []Content, specs []Spec, target int64) (Profile, []string, error) {
	p := Profile{Segment: segmentLength(target)}
	own := slices.Clone(specs)
	for i := range own {
		if v := own[i].Video; v != nil {
			fitted := *v
			fitted.Bitrate = videoBitrate(contents[i].Bandwidth, v.Height, soundOf(contents, specs, i))
			own[i].Video = &fitted
		}
	}
	p.Renditions = slices.Clone(own)
	slices.SortFunc(p.Renditions, (Spec).compare)
	p.Renditions = slices.CompactFunc(p.Renditions, func(a, b Spec) bool { return a.compare(b) == 0 })
	letters := map[Kind]string{VideoKind: "v", AudioKind: "a", TextKind: "t"}
	count := map[Kind]int{}
	for i := range p.Renditions {
		s := &p.Renditions[i]
		s.Name = letters[s.Kind] + strconv.Itoa(count[s.Kind])
		count[s.Kind]++
	}
	tracks := make([]string, len(own))
	for i := range own {
		n, _ := slices.BinarySearchFunc(p.Renditions, own[i], (Spec).compare)
		tracks[i] = p.Renditions[n].Name
	}
	if err := p.Validate(); err != nil {
		return Profile{}, nil, fmt.Errorf("profile of the content: %w", err)
	}
	return p, tracks, nil
}

// soundOf is the bit rate of the sound that the BANDWIDTH of rendition i includes:
// its own, or that of the ads in the largest rendition of its audio group (RFC
// 8216bis §4.4.6.2).
func soundOf(contents []Content, specs []Spec, i int) int {
	if a := specs[i].Audio; a != nil {
		return a.Bitrate
	}
	most := 0
	for j := range specs {
		if specs[j].Kind == AudioKind && contents[i].Group != "" && contents[j].Group == contents[i].Group {
			most = max(most, specs[j].Audio.Bitrate)
		}
	}
	return most
}

// compare orders specs by kind, codec and size, then by all else but their names.
func (s Spec) compare(o Spec) int {
	kinds := []Kind{VideoKind, AudioKind, TextKind}
	if c := cmp.Or(
		cmp.Compare(slices.Index(kinds, s.Kind), slices.Index(kinds, o.Kind)),
		cmp.Compare(s.Kind, o.Kind),
	); c != 0 {
		return c
	}
	var v, w Video
	if s.Video != nil {
		v = *s.Video
	}
	if o.Video != nil {
		w = *o.Video
	}
	var a, b Audio
	if s.Audio != nil {
		a = *s.Audio
	}
	if o.Audio != nil {
		b = *o.Audio
	}
	var t, u Text
	if s.Text != nil {
		t = *s.Text
	}
	if o.Text != nil {
		u = *o.Text
	}
	return cmp.Or(
		cmp.Compare(v.Codec, w.Codec), cmp.Compare(a.Codec, b.Codec),
		cmp.Compare(t.Codec, u.Codec), cmp.Compare(t.Language, u.Language),
		cmp.Compare(v.Height, w.Height), cmp.Compare(v.Width, w.Width), cmp.Compare(v.Bitrate, w.Bitrate),
		v.Rate.compare(w.Rate), v.Aspect.compare(w.Aspect),
		cmp.Compare(v.Profile, w.Profile), cmp.Compare(v.Level, w.Level), cmp.Compare(v.PixFmt, w.PixFmt),
		cmp.Compare(a.Channels, b.Channels), cmp.Compare(a.SampleRate, b.SampleRate), cmp.Compare(a.Bitrate, b.Bitrate),
		cmp.Compare(s.Container, o.Container),
	)
}

func (r Ratio) compare(o Ratio) int {
	return cmp.Or(cmp.Compare(r.Num*o.Den, o.Num*r.Den), cmp.Compare(r.Num, o.Num), cmp.Compare(r.Den, o.Den))
}

// videoBitrate is what a variant's BANDWIDTH leaves for its video beside sound of
// some bit rate. BANDWIDTH is the peak of any segment (RFC 8216 §4.3.4.2): 15 % of
// the rest stays for the container and for peaks within a segment.
func videoBitrate(bandwidth, height, sound int) int {
	const least, most = 50_000, 20_000_000
	if bandwidth <= 0 {
		bandwidth = height * height * 5 // 2.6 Mb/s at 720 lines
	}
	return rungOf(min(max(int(float64(bandwidth-sound)*0.85), least), most))
}

// rungSteps are the rungs of a decade, about a tenth apart: E24 of IEC 60063.
var rungSteps = []int{10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91, 100}

// rungOf rounds a bit rate to the nearest rung, so that near-equal ladders share
// assets and an MPD's bandwidth gives what HLS's BANDWIDTH gives.
func rungOf(bits int) int {
	unit := 1
	for bits/unit >= 100 {
		unit *= 10
	}
	best := rungSteps[0]
	for _, step := range rungSteps {
		if math.Abs(math.Log(float64(bits)/float64(step*unit))) < math.Abs(math.Log(float64(bits)/float64(best*unit))) {
			best = step
		}
	}
	return best * unit
}

// Like is whether two samples can be of one rendition: the tracks, their codecs and
// their shape. Rates and levels vary a little from segment to segment.
func (s *Spec) Like(o *Spec) bool {
	if s.Kind != o.Kind || s.Container != o.Container || (s.Video == nil) != (o.Video == nil) || (s.Audio == nil) != (o.Audio == nil) {
		return false
	}
	if v, w := s.Video, o.Video; v != nil && (v.Codec != w.Codec || v.PixFmt != w.PixFmt || v.Width != w.Width || v.Height != w.Height) {
		return false
	}
	a, b := s.Audio, o.Audio
	return a == nil || a.Codec == b.Codec && a.SampleRate == b.SampleRate && a.Channels == b.Channels
}
