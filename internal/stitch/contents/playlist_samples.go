package contents

import (
	"strings"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/transcodecache/profile"
)

// playlistSamples are the segments of a media playlist.
type playlistSamples struct{ *hls.Template }

func (t playlistSamples) encrypted(i int) bool          { return t.EncryptedAt(i) }
func (t playlistSamples) init(i int) manifest.Resource  { return t.Init(i) }
func (t playlistSamples) media(i int) manifest.Resource { return t.Resource(i) }
func (t playlistSamples) target() int64                 { return t.TargetDuration }

// places are the segments to look at, the most typical first: the newest of
// a live playlist, which the origin certainly has, and the middle of a title, far
// from its opening and its end. Gaps and slivers are no samples. Clear segments
// show more than encrypted ones and come first.
func (t playlistSamples) places() []int {
	var plain, encrypted []int
	for i := range t.Segments {
		switch {
		case t.Gap(i) || t.Segments[i].Duration < sliverSegment:
		case t.EncryptedAt(i):
			encrypted = append(encrypted, i)
		default:
			plain = append(plain, i)
		}
	}
	list := plain
	if len(list) == 0 {
		list = encrypted
	}
	n := len(list)
	if n == 0 {
		return nil
	}
	order := []int{n - 1, n / 2, n / 4, 0}
	if t.Ended {
		order = []int{n / 2, n / 4, 3 * n / 4, 0}
	}
	var places []int
	for _, at := range order {
		i := list[min(at, n-1)]
		known := false
		for _, p := range places {
			known = known || p == i
		}
		if !known && len(places) < maxPlaces {
			places = append(places, i)
		}
	}
	return places
}

// container is what a segment's name and map say of it.
func container(t *hls.Template) profile.Container {
	if t.Mapped {
		return profile.FMP4
	}
	if len(t.Segments) == 0 {
		return ""
	}
	path, _, _ := strings.Cut(t.URI(len(t.Segments)-1), "?")
	if strings.HasSuffix(path, ".aac") {
		return profile.ADTS
	}
	return profile.TS
}
