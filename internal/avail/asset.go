package avail

// Asset is a creative prepared for one profile: segments on disk for each
// rendition of the content. It never changes once it is ready.
type Asset struct {
	ID       string `json:"id"`
	Creative string `json:"creative"`
	Profile  string `json:"profile"`
	// Duration is the sum of the reference rendition's segments.
	Duration int64 `json:"duration"`
	// Renditions are in the order of the profile; every one has the same
	// number of segments.
	Renditions []AssetRendition `json:"renditions"`
}

// Rendition finds a rendition by name; nil if the asset has none of it.
func (a *Asset) Rendition(name string) *AssetRendition {
	for i := range a.Renditions {
		if a.Renditions[i].Name == name {
			return &a.Renditions[i]
		}
	}
	return nil
}

// AssetRendition is one rendition of an asset.
type AssetRendition struct {
	// Name is the rendition's name in the profile: "v0", "a0", "t0".
	Name string `json:"name"`
	// Init is the file name of the initialization section; "" for TS.
	Init string `json:"init,omitempty"`
	// Codecs is what CODECS has to say of it (RFC 6381); "" is unknown.
	Codecs string `json:"codecs,omitempty"`
	// Bandwidth is the highest bit rate of a segment in bits a second.
	Bandwidth int `json:"bandwidth,omitempty"`
	// Width, Height and FrameRate describe the picture; they are 0 in a rendition without picture.
	Width     int   `json:"width,omitempty"`
	Height    int   `json:"height,omitempty"`
	FrameRate Ratio `json:"frameRate,omitzero"`
	// SampleRate, in Hz, and Channels describe the sound; they are 0 in a rendition without sound.
	SampleRate int `json:"sampleRate,omitempty"`
	Channels   int `json:"channels,omitempty"`
	// Timescale is the number of ticks in a second; 0 where the lengths in ticks
	// are not known. In CMAF it is that of the leading track.
	Timescale int64 `json:"timescale,omitempty"`
	// Start is the media time at which the first segment is shown, Offset that at which
	// the asset begins, in the timescale, or in microseconds without one. They are 0 in
	// what is made here; imported files keep the times that they have.
	Start  int64 `json:"start,omitempty"`
	Offset int64 `json:"offset,omitempty"`
	// Segments in playing order.
	Segments []AssetSegment `json:"segments"`
}

// AssetSegment is one file of an asset's rendition.
type AssetSegment struct {
	Name string `json:"name"`
	// Duration is in microseconds, rounded so that those of an asset add up.
	Duration int64 `json:"duration"`
	// Ticks is the exact length in the rendition's timescale.
	Ticks int64 `json:"ticks,omitempty"`
}

// Ratio is a rational number.
type Ratio struct {
	Num int64 `json:"num"`
	Den int64 `json:"den"`
}

// First is the asset as if it had but its first n segments; all of it where n is
// 0 or more than it has.
func (a *Asset) First(n int) *Asset {
	if n <= 0 || a.Segments() <= n {
		return a
	}
	out := *a
	out.Duration = a.Through(n)
	out.Renditions = make([]AssetRendition, len(a.Renditions))
	for i, r := range a.Renditions {
		r.Segments = r.Segments[:min(n, len(r.Segments))]
		out.Renditions[i] = r
	}
	return &out
}

// Segments is how many segments each rendition has.
func (a *Asset) Segments() int {
	if r := a.reference(); r != nil {
		return len(r.Segments)
	}
	return 0
}

// Through is the playing time of the first n segments.
func (a *Asset) Through(n int) int64 {
	var sum int64
	if r := a.reference(); r != nil {
		for _, s := range r.Segments[:min(n, len(r.Segments))] {
			sum += s.Duration
		}
	}
	return sum
}

// reference is the rendition whose segments add up to the asset's duration: that
// of the reference.
func (a *Asset) reference() *AssetRendition {
	for i := range a.Renditions {
		var sum int64
		for _, s := range a.Renditions[i].Segments {
			sum += s.Duration
		}
		if sum == a.Duration {
			return &a.Renditions[i]
		}
	}
	return nil
}
