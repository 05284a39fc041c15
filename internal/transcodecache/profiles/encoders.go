package profiles

import (
	"slices"

	"stitcher/internal/transcodecache/encode"
)

// Encoders are the video encoders of ffmpeg that the profiles in memory need, sorted.
func (ps *Profiles) Encoders() []string {
	ps.mu.RLock()
	defer ps.mu.RUnlock()
	var needed []string
	for _, p := range ps.known {
		for i := range p.Renditions {
			if v := p.Renditions[i].Video; v != nil && !slices.Contains(needed, encode.VideoEncoder(v.Codec)) {
				needed = append(needed, encode.VideoEncoder(v.Codec))
			}
		}
	}
	slices.Sort(needed)
	return needed
}
