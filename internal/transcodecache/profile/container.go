package profile

import "fmt"

// listable reports content whose segments are of a container that its playlist
// does not list as such: MPEG-2 TS below an EXT-X-MAP (RFC 8216bis §3.1.2), or
// fragmented MP4 without one. Ads of the segments' container have a MAP where the
// content has none, or the reverse, and nothing ends a MAP (§4.4.4.5).
func (c *Content) listable(segments Container) error {
	if c.Container == "" || (c.Container == FMP4) == (segments == FMP4) {
		return nil
	}
	return fmt.Errorf("a playlist of container %q with segments of %q %w", c.Container, segments, ErrUnsupported)
}
