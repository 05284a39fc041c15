package profile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"stitcher/internal/transcodecache/ffmpeg"
)

// ErrUnsupported is in the chain of every error that says that ads can't be
// made to equal a content.
var ErrUnsupported = errors.New("is not supported")

// aacRates are the sample rates of AAC (ISO/IEC 14496-3 table 1.18).
var aacRates = map[int]bool{
	96000: true, 88200: true, 64000: true, 48000: true, 44100: true, 32000: true,
	24000: true, 22050: true, 16000: true, 12000: true, 11025: true, 8000: true,
}

// channelLayouts are the layouts that ads are mixed to, by channel count.
var channelLayouts = map[int]string{
	1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1",
}

// videoProfile is how a codec profile is named here, and its pixel format.
type videoProfile struct{ codec, name, pixFmt string }

// ChannelLayout names the layout that ads of some number of channels are mixed to,
// as ffmpeg does; "" where there is none.
func ChannelLayout(channels int) string { return channelLayouts[channels] }

// probedProfiles maps ffprobe's "codec/profile".
var probedProfiles = map[string]videoProfile{
	"h264/Constrained Baseline": {"h264", "baseline", "yuv420p"},
	"h264/Baseline":             {"h264", "baseline", "yuv420p"},
	"h264/Main":                 {"h264", "main", "yuv420p"},
	"h264/High":                 {"h264", "high", "yuv420p"},
	"h264/High 10":              {"h264", "high10", "yuv420p10le"},
	"h264/High 4:2:2":           {"h264", "high422", "yuv422p"},
	"hevc/Main":                 {"hevc", "main", "yuv420p"},
	"hevc/Main 10":              {"hevc", "main10", "yuv420p10le"},
}

// avcProfiles maps profile_idc of an avc1 codec string (RFC 6381 §3.3).
var avcProfiles = map[int]string{66: "Baseline", 77: "Main", 100: "High", 110: "High 10", 122: "High 4:2:2"}

// hevcProfiles maps general_profile_idc (ISO/IEC 14496-15 annex E).
var hevcProfiles = map[int]string{1: "Main", 2: "Main 10"}

// Codecs is what a CODECS attribute says; nil where it says nothing of video
// or audio.
type Codecs struct {
	Video *Video
	Audio *Audio
}

// ParseCodecs reads a CODECS attribute. Codecs of other kinds (subtitles) are
// passed over; a video or audio codec that can't be encoded is an error.
func ParseCodecs(attribute string) (Codecs, error) {
	var c Codecs
	for item := range strings.SplitSeq(attribute, ",") {
		item = strings.TrimSpace(item)
		kind, rest, _ := strings.Cut(strings.ToLower(item), ".")
		switch kind {
		case "avc1", "avc3":
			profile, level := avcParameters(rest)
			v, ok := probedProfiles["h264/"+avcProfiles[profile]]
			if !ok {
				return c, fmt.Errorf("video codec %q %w", item, ErrUnsupported)
			}
			c.Video = &Video{Codec: v.codec, Profile: v.name, PixFmt: v.pixFmt, Level: level}
		case "hvc1", "hev1":
			profile, level := hevcParameters(rest)
			v, ok := probedProfiles["hevc/"+hevcProfiles[profile]]
			if !ok {
				return c, fmt.Errorf("video codec %q %w", item, ErrUnsupported)
			}
			c.Video = &Video{Codec: v.codec, Profile: v.name, PixFmt: v.pixFmt, Level: level}
		case "mp4a":
			switch rest {
			case "40.2", "40.02":
				c.Audio = &Audio{Codec: "mp4a.40.2"}
			case "40.5", "40.05", "40.29":
				c.Audio = &Audio{Codec: "mp4a.40.5"}
			default:
				return c, fmt.Errorf("audio codec %q %w", item, ErrUnsupported)
			}
		case "", "stpp", "wvtt", "tx3g":
		default:
			return c, fmt.Errorf("codec %q %w", item, ErrUnsupported)
		}
	}
	return c, nil
}

// Encodable is whether ads can be made in all that a CODECS attribute names.
func Encodable(attribute string) bool {
	_, err := ParseCodecs(attribute)
	return err == nil
}

// CodecOf tells the codec of a stream of video that was probed, and its pixel format;
// "" where no ads can be made in it.
func CodecOf(found *ffmpeg.Stream) (codec, pixFmt string) {
	known := probedProfiles[found.Codec+"/"+found.Profile]
	return known.codec, known.pixFmt
}

// avcParameters reads "64001f" and the older "66.30" of RFC 6381's drafts.
func avcParameters(s string) (profile, level int) {
	if p, l, ok := strings.Cut(s, "."); ok {
		profile, _ = strconv.Atoi(p)
		level, _ = strconv.Atoi(l)
		return profile, level
	}
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil || len(s) != 6 {
		return 0, 0
	}
	return int(n >> 16), int(n & 0xFF)
}

// hevcParameters reads "1.6.L93.B0": profile, compatibility, tier and level.
func hevcParameters(s string) (profile, level int) {
	parts := strings.Split(s, ".")
	profile, _ = strconv.Atoi(strings.TrimLeft(parts[0], "abc"))
	if len(parts) > 2 && len(parts[2]) > 1 {
		level, _ = strconv.Atoi(parts[2][1:])
	}
	return profile, level / 3
}
