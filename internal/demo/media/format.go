package media

// Names within a format.
const (
	AudioName = "audio"
	InitName  = "init.mp4"
)

// Format is a way in which the channel is packed.
type Format struct {
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

// Formats are the channel's two ways: MPEG-TS with picture and sound in one
// segment, and fMP4 with the sound in a rendition of its own.
func Formats() []Format {
	var video []string
	for _, r := range Rungs() {
		video = append(video, r.Name)
	}
	return []Format{
		{Name: "ts", Renditions: video, SegmentType: "mpegts", Ext: ".ts", Type: "video/mp2t"},
		{Name: "cmaf", Renditions: append(video[:len(video):len(video)], AudioName), SegmentType: "fmp4", Ext: ".m4s", Type: "video/iso.segment"},
	}
}

// Muxed is whether a segment holds both picture and sound.
func (f Format) Muxed() bool { return f.SegmentType == "mpegts" }

// FindFormat finds a format by its name.
func FindFormat(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}
