package multivariant

import (
	"bytes"
	"net/url"
	"strings"

	"stitcher/internal/manifest/hls/syntax"
)

// Omit gives a multivariant playlist without the renditions that unfit names: an
// EXT-X-MEDIA that is unfit, a variant that is, the variants that use a group of
// which nothing is left, and the groups that only such variants use. It also gives
// what it left out. Where no variant would be left, nothing is left out: a playlist
// without variants can't be played.
//
// unfit sees each tag's rendition by itself, its URI absolute.
func Omit(src []byte, base *url.URL, unfit func(r *Rendition) bool) ([]byte, []Rendition) {
	f := readNamed(src, base)
	for i := range f.tags {
		t := &f.tags[i]
		t.gone = unfit(&t.Rendition)
	}
	emptied := f.emptied()
	left := false
	for i := range f.tags {
		if t := &f.tags[i]; t.Variant {
			t.gone = t.gone || emptied[group{Audio, t.AudioGroup}] || emptied[group{Subtitles, t.SubtitlesGroup}] || emptied[group{Video, t.VideoGroup}]
			left = left || !t.gone
		}
	}
	if !left {
		return src, nil
	}
	used, unused := map[group]bool{}, map[group]bool{}
	for i := range f.tags {
		t := &f.tags[i]
		for _, g := range t.uses() {
			if t.gone {
				unused[g] = true
			} else {
				used[g] = true
			}
		}
	}
	drop := map[int]bool{}
	var omitted []Rendition
	for i := range f.tags {
		t := &f.tags[i]
		if g := (group{t.Kind, t.Group}); !t.Variant && unused[g] && !used[g] {
			t.gone = true
		}
		if t.gone {
			drop[t.line], drop[t.uriLine] = true, true
			omitted = append(omitted, t.Rendition)
		}
	}
	if len(omitted) == 0 {
		return src, nil
	}
	out := make([]byte, 0, len(src))
	n := 0
	for line := range bytes.Lines(src) {
		if !drop[n] {
			out = append(out, line...)
		}
		n++
	}
	return out, omitted
}

// group is a group of renditions of one type.
type group struct {
	kind Kind
	id   string
}

// streamTag is an EXT-X-STREAM-INF or an EXT-X-MEDIA and the lines it takes.
type streamTag struct {
	Rendition
	line, uriLine int
	gone          bool
}

// uses are the groups that a variant names.
func (t *streamTag) uses() []group {
	if !t.Variant {
		return nil
	}
	return []group{{Audio, t.AudioGroup}, {Subtitles, t.SubtitlesGroup}, {Video, t.VideoGroup}}
}

// namedRenditions is the tags of a multivariant playlist that name renditions.
type namedRenditions struct{ tags []streamTag }

func readNamed(src []byte, base *url.URL) namedRenditions {
	var f namedRenditions
	r := syntax.NewResolver(base, "", "", "")
	vars := syntax.NewVariables(base, nil)
	n, pending := -1, -1
	for raw := range bytes.Lines(src) {
		n++
		text := bytes.TrimSpace(vars.Substitute(raw))
		name, list, _ := bytes.Cut(text, []byte(":"))
		switch {
		case len(text) == 0:
		case text[0] != '#':
			if pending >= 0 {
				t := &f.tags[pending]
				t.uriLine, t.URI = n, string(r.Absolute(nil, text))
				pending = -1
			}
		case string(name) == "#EXT-X-DEFINE":
			vars.Define(list)
		case string(name) == "#EXT-X-STREAM-INF":
			t := streamTag{line: n, uriLine: n, Rendition: Rendition{Variant: true}}
			t.readStream(list)
			pending = len(f.tags)
			f.tags = append(f.tags, t)
		case string(name) == "#EXT-X-MEDIA":
			t := streamTag{line: n, uriLine: n}
			if uri := t.readMedia(list); len(uri.Value) > 0 {
				t.URI = string(r.Absolute(nil, uri.Value))
			}
			f.tags = append(f.tags, t)
		}
	}
	return f
}

// emptied are the groups all of whose members are gone.
func (f *namedRenditions) emptied() map[group]bool {
	members, gone := map[group]int{}, map[group]int{}
	for i := range f.tags {
		if t := &f.tags[i]; !t.Variant && t.Kind != 0 {
			g := group{t.Kind, t.Group}
			members[g]++
			if t.gone {
				gone[g]++
			}
		}
	}
	out := map[group]bool{}
	for g, n := range gone {
		out[g] = n == members[g]
	}
	return out
}

// GroupCodecs is CODECS of the first variant that uses an audio group: EXT-X-MEDIA
// has no such attribute.
func (m *Playlist) GroupCodecs(id string) string {
	for i := range m.Renditions {
		if r := &m.Renditions[i]; r.Variant && r.AudioGroup == id && strings.TrimSpace(r.Codecs) != "" {
			return r.Codecs
		}
	}
	return ""
}
