package sizing

import (
	"context"
	"fmt"
	"os"
	"path"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/playback/prefetch"
	"stitcher/internal/transcodecache/profile"
)

// shelf has every creative prepared.
type shelf map[string]*avail.Asset

func newShelf() shelf {
	s := shelf{}
	for ad := range adsPerBreak {
		a := &avail.Asset{ID: fmt.Sprintf("00112233445566778899aabbccddee%02x", ad), Duration: adLength.Microseconds()}
		r := avail.AssetRendition{Name: "v0"}
		left := adLength
		for i := range segmentsPerAd {
			r.Segments = append(r.Segments, avail.AssetSegment{Name: fmt.Sprintf("v0-%05d.ts", i), Duration: min(left, segment).Microseconds()})
			left -= segment
		}
		a.Renditions = []avail.AssetRendition{r}
		s[a.ID], s[fmt.Sprintf("%d.mp4", ad)] = a, a
	}
	return s
}

// Asset implements stitch.Assets.
func (s shelf) Asset(_ context.Context, id string) (*avail.Asset, error) { return s[id], nil }

// Lookup implements ads.Renditions.
func (s shelf) Lookup(_ context.Context, _ string, c avail.Creative) (*avail.Asset, avail.Reason) {
	return s[path.Base(c.URL)], ""
}

// Alike implements stitch.Profiles.
func (s shelf) Alike(_ context.Context, p profile.Profile) (profile.Profile, error) { return p, nil }

// AddProfile implements stitch.Profiles.
func (s shelf) AddProfile(context.Context, profile.Profile) error { return nil }

// Open implements viewer.Files.
func (s shelf) Open(context.Context, string, string) (*os.File, error) { return nil, os.ErrNotExist }

// noSchedules are no prefetch schedules.
type noSchedules struct{}

// Active implements stitch.Schedules.
func (noSchedules) Active(string, string, time.Time) []*prefetch.Schedule { return nil }

// Schedule implements stitch.Schedules.
func (noSchedules) Schedule(string, string) (*prefetch.Schedule, error) {
	return nil, prefetch.ErrNotFound
}

// noMacros leaves URLs as they are.
type noMacros struct{}

// Tracking implements tracking.Macros.
func (noMacros) Tracking(url, _ string, _ *avail.Ad, _ *playback.Session, _ int64) string { return url }

// Error implements tracking.Macros.
func (noMacros) Error(url string, _ *avail.AdError, _ *playback.Session) string { return url }
