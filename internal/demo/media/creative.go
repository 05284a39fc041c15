package media

import "time"

// Creative is an ad's media file: a solid colour with a caption, so that a
// glance (or one pixel) tells which ad is on screen.
type Creative struct {
	// ID is the name in URLs, beacons and captions: the colour.
	ID string
	// Title is the caption.
	Title string
	// Colour is as ffmpeg takes it.
	Colour string
	// Duration is whole seconds.
	Duration time.Duration
	// Width, Height and Rate differ from the channel's on purpose: every ad has
	// to be transcoded to be fit for it.
	Width, Height, Rate int
	// Tone is the frequency of its sound in Hz; SampleRate and Channels are of
	// the audio track.
	Tone, SampleRate, Channels int
	// Wrapped puts the ad behind a VAST Wrapper.
	Wrapped bool
	// Segment is the audience it is meant for; "" is all viewers.
	Segment string
}

// Creatives is the ad server's stock. Red, blue and purple fill 30 s to the
// second, and so do orange, red and blue, which sports fans get.
func Creatives() []Creative {
	return []Creative{
		{ID: "red", Title: "RED COLA", Colour: "0xd0202c", Duration: 6 * time.Second,
			Width: 1280, Height: 720, Rate: 30, Tone: 660, SampleRate: 48000, Channels: 2},
		{ID: "blue", Title: "BLUE AIRLINES", Colour: "0x1f4fd0", Duration: 10 * time.Second,
			Width: 1280, Height: 720, Rate: 25, Tone: 550, SampleRate: 44100, Channels: 2, Wrapped: true},
		{ID: "purple", Title: "PURPLE INSURANCE", Colour: "0x8a2be2", Duration: 14 * time.Second,
			Width: 960, Height: 540, Rate: 24, Tone: 330, SampleRate: 48000, Channels: 1},
		{ID: "orange", Title: "ORANGE SPORTS CARS", Colour: "0xff8c00", Duration: 14 * time.Second,
			Width: 640, Height: 480, Rate: 30, Tone: 770, SampleRate: 48000, Channels: 2, Segment: "sports"},
	}
}

// FindCreative finds a creative by its ID.
func FindCreative(id string) (Creative, bool) {
	for _, c := range Creatives() {
		if c.ID == id {
			return c, true
		}
	}
	return Creative{}, false
}
