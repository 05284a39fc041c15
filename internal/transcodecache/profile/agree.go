package profile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"stitcher/internal/transcodecache/ffmpeg"
)

// ErrContradiction is in the chain of every error that says that a sample is not
// what its manifest says of the rendition.
var ErrContradiction = errors.New("its sample contradicts the manifest")

// ErrSize is in the chain, beside ErrContradiction, where only the size of the
// picture differs from RESOLUTION.
var ErrSize = fmt.Errorf("%w in size", ErrContradiction)

// sizeSlack is by how many pixels a picture may differ from RESOLUTION: a
// macroblock, to which encoders round.
const sizeSlack = 16

// codecFamilies are ffprobe's names of the codecs that a sample entry of RFC 6381
// can stand for.
var codecFamilies = map[string][]string{
	"avc1": {"h264"}, "avc3": {"h264"}, "dva1": {"h264"}, "dvav": {"h264"},
	"hvc1": {"hevc"}, "hev1": {"hevc"}, "dvh1": {"hevc"}, "dvhe": {"hevc"},
	"av01": {"av1"}, "dav1": {"av1"}, "vp08": {"vp8"}, "vp8": {"vp8"}, "vp09": {"vp9"}, "vp9": {"vp9"},
	"mp4v": {"mpeg4", "mpeg2video"}, "vvc1": {"vvc"}, "vvi1": {"vvc"},
	"ac-3": {"ac3"}, "ec-3": {"eac3"}, "ac-4": {"ac4"}, "opus": {"opus"}, "flac": {"flac"}, "alac": {"alac"},
}

// soundObjects are those of mp4a by its object type indication (RFC 6381 §3.3); 40
// is MPEG-4 audio, whose own object type says more.
var soundObjects = map[string][]string{
	"40": {"aac"}, "66": {"aac"}, "67": {"aac"}, "68": {"aac"}, "69": {"mp3"}, "6b": {"mp3"}, "a5": {"ac3"}, "a6": {"eac3"},
	"40.32": {"mp1"}, "40.33": {"mp2"}, "40.34": {"mp3"},
}

// videoFamilies are those of them that are video.
var videoFamilies = map[string]bool{
	"h264": true, "hevc": true, "av1": true, "vp8": true, "vp9": true, "mpeg4": true, "mpeg2video": true, "vvc": true,
}

// families are the codecs of video and audio that CODECS names, as ffprobe calls
// them.
func families(codecs string) (video, audio []string) {
	for item := range strings.SplitSeq(codecs, ",") {
		kind, rest, _ := strings.Cut(strings.ToLower(strings.TrimSpace(item)), ".")
		list := codecFamilies[kind]
		if kind == "mp4a" {
			object, _, _ := strings.Cut(rest, ".")
			if list = soundObjects[rest]; list == nil {
				list = soundObjects[object]
			}
		}
		for _, family := range list {
			if videoFamilies[family] {
				video = append(video, family)
			} else {
				audio = append(audio, family)
			}
		}
	}
	return video, audio
}

// codecs is what CODECS says of this rendition: of an audio rendition, whose
// CODECS is a variant's, only the sound; of a video rendition beside demuxed
// audio, only the picture.
func (c *Content) codecs() string {
	if c.Kind == VideoKind && !c.Demuxed {
		return c.Codecs
	}
	var own []string
	for item := range strings.SplitSeq(c.Codecs, ",") {
		video, audio := families(item)
		if c.Kind == AudioKind && len(audio) > 0 || c.Kind == VideoKind && (len(video) > 0 || c.Width == 0) {
			own = append(own, item)
		}
	}
	return strings.Join(own, ",")
}

// Declares is whether the manifest says enough of the rendition for a sample to be
// held to it. Where it does not, only another sample tells whether one is typical.
func (c *Content) Declares() bool {
	video, audio := families(c.codecs())
	switch c.Kind {
	case VideoKind:
		return len(video) > 0 || c.Width == 0 && len(audio) > 0
	case AudioKind:
		return len(audio) > 0
	}
	return true
}

// agrees holds what a sample shows to what the manifest says. Profiles and levels
// are not compared: CODECS names the highest that occurs.
func (c *Content) agrees(video, audio *ffmpeg.Stream) error {
	wantVideo, wantAudio := families(c.codecs())
	if c.Kind == VideoKind {
		switch {
		case video == nil && (len(wantVideo) > 0 || c.Width > 0):
			return fmt.Errorf("%w: it has no video", ErrContradiction)
		case video != nil && len(wantVideo) > 0 && !slices.Contains(wantVideo, video.Codec):
			return fmt.Errorf("%w: its video is %s, and CODECS is %q", ErrContradiction, video.Codec, c.Codecs)
		case audio == nil && len(wantAudio) > 0 && !c.Demuxed:
			return fmt.Errorf("%w: it has no audio, and CODECS is %q", ErrContradiction, c.Codecs)
		}
	}
	if audio != nil && len(wantAudio) > 0 && (c.Kind == AudioKind || !c.Demuxed) && !slices.Contains(wantAudio, audio.Codec) {
		return fmt.Errorf("%w: its audio is %s, and CODECS is %q", ErrContradiction, audio.Codec, c.Codecs)
	}
	if c.Kind == VideoKind && video != nil {
		return c.agreesInSize(video)
	}
	return nil
}

// agreesInSize compares the picture with RESOLUTION, which is the size that is
// shown (RFC 8216bis §4.4.6.2) or, as many packagers write it, that of the coded
// picture.
func (c *Content) agreesInSize(video *ffmpeg.Stream) error {
	if c.Width == 0 || c.Height == 0 || video.Width == 0 || video.Height == 0 {
		return nil
	}
	shown := video.Width
	if a := aspect(video.Aspect); a.Num > 0 {
		shown = int(int64(video.Width) * a.Num / a.Den)
	}
	near := func(a, b int) bool { return max(a-b, b-a) <= sizeSlack }
	if near(video.Height, c.Height) && (near(video.Width, c.Width) || near(shown, c.Width)) {
		return nil
	}
	return fmt.Errorf("%w: its picture is %dx%d, and RESOLUTION is %dx%d", ErrSize, video.Width, video.Height, c.Width, c.Height)
}
