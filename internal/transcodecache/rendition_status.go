package transcodecache

import (
	"stitcher/internal/transcodecache/profile"
	"stitcher/internal/transcodecache/stock"
)

// RenditionStatus says how one rendition of a creative stands. The renditions of a creative
// become ready together, because a pod needs all of them.
type RenditionStatus struct {
	// Name is that in the profile: "v0", "a0", "t0".
	Name  string `json:"name"`
	State State  `json:"state"`
	// The others are set when it is ready. Bandwidth is the highest bit rate of a segment
	// in bits per second, Duration is in microseconds, Bytes are those of its files.
	Codecs     string `json:"codecs,omitempty"`
	Bandwidth  int    `json:"bandwidth,omitempty"`
	Width      int    `json:"width,omitempty"`
	Height     int    `json:"height,omitempty"`
	SampleRate int    `json:"sampleRate,omitempty"`
	Channels   int    `json:"channels,omitempty"`
	Segments   int    `json:"segments,omitempty"`
	Duration   int64  `json:"duration,omitempty"`
	Bytes      int64  `json:"bytes,omitempty"`
}

// readyRenditions are those of an asset.
func readyRenditions(r *stock.Record) []RenditionStatus {
	list := make([]RenditionStatus, len(r.Asset.Renditions))
	for i := range list {
		x := &r.Asset.Renditions[i]
		s := RenditionStatus{
			Name: x.Name, State: Ready, Codecs: x.Codecs, Bandwidth: x.Bandwidth, Width: x.Width, Height: x.Height,
			SampleRate: x.SampleRate, Channels: x.Channels, Segments: len(x.Segments), Bytes: r.Files[x.Init],
		}
		for k := range x.Segments {
			s.Duration += x.Segments[k].Duration
			s.Bytes += r.Files[x.Segments[k].Name]
		}
		list[i] = s
	}
	return list
}

// pendingRenditions are those of a profile for which a creative is not ready.
func pendingRenditions(p *profile.Profile, state State) []RenditionStatus {
	list := make([]RenditionStatus, len(p.Renditions))
	for i := range list {
		list[i] = RenditionStatus{Name: p.Renditions[i].Name, State: state}
	}
	return list
}
