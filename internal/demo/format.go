package demo

// Names within a format.
const (
	audioName = "audio"
	initName  = "init.mp4"
)

// format is a way in which the channel is packed.
type format struct {
	// Name is what the format is called in paths.
	Name string
	// Renditions are its media playlists: the rungs and, where the audio has a
	// playlist of its own, the audio.
	Renditions []string
	// SegmentType and Ext are ffmpeg's name for the container and the file
	// extension of a segment.
	SegmentType, Ext string
	// Type is the media type of a segment.
	Type string
}

// formats are the channel's two ways: MPEG-TS with picture and sound in one
// segment, and fMP4 with the sound in a rendition of its own.
func formats() []format {
	var video []string
	for _, r := range rungs() {
		video = append(video, r.Name)
	}
	return []format{
		{Name: "ts", Renditions: video, SegmentType: "mpegts", Ext: ".ts", Type: "video/mp2t"},
		{Name: "cmaf", Renditions: append(video[:len(video):len(video)], audioName), SegmentType: "fmp4", Ext: ".m4s", Type: "video/iso.segment"},
	}
}

// muxed is whether a segment holds both picture and sound.
func (f format) muxed() bool { return f.SegmentType == "mpegts" }

// findFormat finds a format by its name.
func findFormat(name string) (format, bool) {
	for _, f := range formats() {
		if f.Name == name {
			return f, true
		}
	}
	return format{}, false
}
