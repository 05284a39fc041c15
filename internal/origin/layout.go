package origin

// Kind says what a rendition carries.
type Kind string

// The kinds of rendition that a session can play.
const (
	Video    Kind = "video"
	Audio    Kind = "audio"
	Subtitle Kind = "subtitles"
)

// Layout says which n of a session's URLs is which rendition of the origin. It
// is fixed when a session starts: a multivariant playlist that changes makes a
// new layout for new sessions.
type Layout struct {
	// ID is a hash of all that follows.
	ID string
	// Timed is whether the renditions are Representations of one MPD: they have one
	// timeline, whose positions are times.
	Timed bool
	// Stream is the id of the stream whose ledger holds.
	Stream     string
	Renditions []Rendition
	// Reference is the index of the rendition that feeds the timeline first, if the
	// origin serves it: the first video, or the first.
	Reference int
}

// Rendition is one media playlist of a layout.
type Rendition struct {
	// Name is what the ledger calls it: a hash of its URL.
	Name string
	// URL is where the origin has it.
	URL  string
	Kind Kind
	// Track is the name of the matching rendition in assets, such as "v0".
	Track string
}

// Feeders are the renditions that can feed the stream's timeline, in the order in
// which they are tried: the reference, the other videos, sound.
func (l *Layout) Feeders() []int {
	list := []int{l.Reference}
	for _, kind := range []Kind{Video, Audio} {
		for n := range l.Renditions {
			if l.Renditions[n].Kind == kind && n != l.Reference {
				list = append(list, n)
			}
		}
	}
	return list
}
