package multivariant

// Kind says what a rendition of a multivariant playlist carries.
type Kind uint8

// The kinds of Rendition.
const (
	// Video has video, alone or with audio.
	Video Kind = iota + 1
	// Audio has audio alone.
	Audio
	// Subtitles has text alone.
	Subtitles
)

// String is the kind as a word.
func (k Kind) String() string {
	switch k {
	case Video:
		return "video"
	case Audio:
		return "audio"
	case Subtitles:
		return "subtitles"
	}
	return "unknown"
}

// Rendition is one media playlist that a multivariant playlist names.
type Rendition struct {
	// Index is its place in order of first appearance, the n of its URL.
	Index int
	Kind  Kind
	// URI is absolute.
	URI string
	// Variant is whether EXT-X-STREAM-INF names it, not EXT-X-MEDIA alone.
	Variant bool
	// Group, Name, Language, Channels, Default and Forced are EXT-X-MEDIA's
	// GROUP-ID, NAME, LANGUAGE, CHANNELS, DEFAULT and FORCED.
	Group, Name, Language, Channels string
	Default, Forced                 bool
	// Bandwidth and AverageBandwidth are in bits per second, those of the
	// first variant that names the rendition; 0 is unknown.
	Bandwidth, AverageBandwidth int64
	// Codecs is CODECS as written.
	Codecs string
	// Width and Height are RESOLUTION, 0 is unknown.
	Width, Height int
	// FrameRate is FRAME-RATE in frames per second, 0 is unknown.
	FrameRate float64
	// AudioGroup, SubtitlesGroup and VideoGroup are the groups of a variant.
	AudioGroup, SubtitlesGroup, VideoGroup string
}
