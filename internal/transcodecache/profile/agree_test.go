package profile

import (
	"errors"
	"testing"

	"stitcher/internal/transcodecache/ffmpeg"
)

// A sample that is not what the manifest says of its rendition is not what ads are
// made to: hls.js#7646 and videojs/http-streaming#725 have recordings whose last
// segment lacks the picture, and live encoders send another size for a while.
func TestAgrees(t *testing.T) {
	avc := &ffmpeg.Stream{Codec: "h264", Width: 1280, Height: 720}
	hevc := &ffmpeg.Stream{Codec: "hevc", Width: 1280, Height: 720}
	aac, dolby := &ffmpeg.Stream{Codec: "aac"}, &ffmpeg.Stream{Codec: "eac3"}
	both := Content{Kind: VideoKind, Codecs: "avc1.64001f,mp4a.40.2", Width: 1280, Height: 720}
	demuxed := both
	demuxed.Demuxed = true
	sound := Content{Kind: AudioKind, Codecs: "avc1.64001f,mp4a.40.2", Demuxed: true}
	for _, test := range []struct {
		name         string
		content      Content
		video, audio *ffmpeg.Stream
		want         error
	}{
		{"as declared", both, avc, aac, nil},
		{"no picture", both, nil, aac, ErrContradiction},
		{"no picture, RESOLUTION alone", Content{Kind: VideoKind, Width: 1280, Height: 720}, nil, aac, ErrContradiction},
		{"no sound", both, avc, nil, ErrContradiction},
		{"no sound where it is demuxed", demuxed, avc, nil, nil},
		{"another video codec", both, hevc, aac, ErrContradiction},
		{"another audio codec", both, avc, dolby, ErrContradiction},
		{"another audio codec in an audio rendition", sound, nil, dolby, ErrContradiction},
		{"an audio rendition as declared", sound, nil, aac, nil},
		{"another size", both, &ffmpeg.Stream{Codec: "h264", Width: 640, Height: 360}, aac, ErrSize},
		{"a macroblock more", both, &ffmpeg.Stream{Codec: "h264", Width: 1280, Height: 736}, aac, nil},
		{"RESOLUTION is what is shown", Content{Kind: VideoKind, Width: 512, Height: 288}, &ffmpeg.Stream{Codec: "h264", Width: 352, Height: 288, Aspect: "16:11"}, aac, nil},
		{"RESOLUTION is what is coded", Content{Kind: VideoKind, Width: 352, Height: 288}, &ffmpeg.Stream{Codec: "h264", Width: 352, Height: 288, Aspect: "16:11"}, aac, nil},
		{"nothing is declared", Content{Kind: VideoKind}, nil, aac, nil},
		{"an audio-only variant", Content{Kind: VideoKind, Codecs: "mp4a.40.2"}, nil, aac, nil},
	} {
		if err := test.content.agrees(test.video, test.audio); !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

// Only where the manifest says enough is one sample enough.
func TestDeclares(t *testing.T) {
	for _, test := range []struct {
		content Content
		want    bool
	}{
		{Content{Kind: VideoKind}, false},
		{Content{Kind: VideoKind, Width: 640, Height: 360}, false},
		{Content{Kind: VideoKind, Codecs: "mp4a.40.2", Width: 640, Height: 360}, false},
		{Content{Kind: VideoKind, Codecs: "mp4a.40.2"}, true},
		{Content{Kind: VideoKind, Codecs: "avc1.64001f,mp4a.40.2"}, true},
		{Content{Kind: AudioKind}, false},
		{Content{Kind: AudioKind, Codecs: "avc1.64001f,mp4a.40.2", Demuxed: true}, true},
		{Content{Kind: TextKind}, true},
	} {
		if got := test.content.Declares(); got != test.want {
			t.Errorf("%+v: %t, want %t", test.content, got, test.want)
		}
	}
}
