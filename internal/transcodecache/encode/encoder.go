package encode

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/profile"
)

// startTime is the time stamp, in seconds, at which the transport streams of an
// asset start: far enough from zero that no decoding time is negative, and the
// same in all renditions, so that they line up.
const startTime = 10

// tsDelay is how long, in milliseconds, the muxer of transport streams may gather
// audio: without any, each frame of AAC fills a PES packet of its own, and 64 kb/s
// of sound take 170 kb/s. The muxer adds twice as much to all its time stamps.
const tsDelay = 400

// muxArgs place a rendition at startTime.
func muxArgs(c profile.Container) []string {
	offset, delay := startTime*1000, 0
	if c == profile.TS {
		offset, delay = offset-2*tsDelay, tsDelay
	}
	ms := func(n int) string { return fmt.Sprintf("%d.%03d", n/1000, n%1000) }
	return []string{"-output_ts_offset", ms(offset), "-muxdelay", ms(delay), "-muxpreload", "0"}
}

// startTicks is startTime on the 90 kHz clock of MPEG-2.
const startTicks = startTime * 90_000

// videoEncoders names ffmpeg's encoder of each codec.
var videoEncoders = map[string]string{"h264": "libx264", "hevc": "libx265"}

// VideoEncoder names ffmpeg's encoder of a codec.
func VideoEncoder(codec string) string { return videoEncoders[codec] }

// encodeArgs are the arguments of the one ffmpeg run that makes all renditions
// of a creative. It runs in src.dir; outDir and listDir lie in there.
func encodeArgs(p profile.Profile, pl Plan, src *Source, target float64, threads int) []string {
	n := strconv.Itoa(threads)
	args := slices.Concat(
		[]string{"-nostdin", "-hide_banner", "-nostats", "-loglevel", "error", "-threads", n, "-filter_complex_threads", n},
		ffmpeg.InputArgs("file", src.demuxer),
		[]string{"-i", "file:" + src.file, "-filter_complex", graph(p, pl, src, target)})
	for i, s := range pl.firsts(p) {
		if s.Kind != profile.TextKind {
			args = append(args, outputArgs(s, pl.grids[i], n)...)
		}
	}
	return args
}

// outputArgs are the arguments of one rendition. The segment muxer cuts at
// frame numbers, so counts and lengths are the plan's and nothing is left to
// rounded times.
func outputArgs(s *profile.Spec, g Grid, threads string) []string {
	args := []string{"-map_metadata", "-1", "-map_chapters", "-1"}
	if s.Video != nil {
		args = append(args, "-map", "["+s.Name+"v]")
		args = append(args, videoArgs(s, g, threads)...)
	}
	if s.Audio != nil {
		args = append(args, "-map", "["+s.Name+"a]")
		args = append(args, audioArgs(s)...)
	}
	args = append(args, muxArgs(s.Container)...)
	args = append(args, "-f", "segment", "-individual_header_trailer", "0")
	switch s.Container {
	case profile.FMP4:
		args = append(args, "-segment_format", "mp4", "-segment_header_filename", OutDir+"/"+InitName(s),
			"-segment_format_options", "movflags=+frag_custom+cmaf+empty_moov+skip_trailer+skip_sidx:video_track_timescale="+timescale(s))
	case profile.ADTS:
		args = append(args, "-segment_format", "adts")
	default:
		args = append(args, "-segment_format", "mpegts")
	}
	if cuts := g.Cuts[1 : len(g.Cuts)-1]; len(cuts) > 0 {
		args = append(args, "-segment_frames", join(cuts))
	} else {
		args = append(args, "-segment_time", "86400")
	}
	return append(args, "-segment_list", listDir+"/"+s.Name+".m3u8", "-segment_list_type", "m3u8",
		OutDir+"/"+s.Name+"-%05d"+extension(s.Container))
}

// videoArgs make each cut an IDR picture, and no other: closed GOPs, aligned in
// all renditions.
func videoArgs(s *profile.Spec, g Grid, threads string) []string {
	v := s.Video
	keys := make([]string, len(g.Cuts)-1)
	for i, c := range g.Cuts[:len(g.Cuts)-1] {
		// A quarter of a frame early: a time that is rounded up past its frame
		// would make the next one the key frame.
		keys[i] = seconds(max(0, g.Time(c)-second*v.Rate.Den/v.Rate.Num/4))
	}
	// A segment can have the buffer's size more than the highest bit rate allows: a
	// quarter of a segment bounds it to a quarter more at worst.
	args := []string{
		"-c:v", videoEncoders[v.Codec], "-preset", "veryfast", "-threads", threads, "-pix_fmt", v.PixFmt,
		"-b:v", strconv.Itoa(v.Bitrate * 9 / 10), "-maxrate", strconv.Itoa(v.Bitrate), "-bufsize", strconv.FormatInt(int64(v.Bitrate)*g.duration(0)/4/second, 10),
		"-force_key_frames", strings.Join(keys, ","), "-forced-idr", "1", "-g", "100000",
	}
	if s.Container == profile.FMP4 {
		// Sample entries avc1 and hvc1 hold the parameter sets; pictures
		// mustn't (ISO/IEC 14496-15 §5.3.2).
		args = append(args, "-flags", "+cgop+global_header")
	} else {
		args = append(args, "-flags", "+cgop")
	}
	if v.Codec == "hevc" {
		params := "log-level=error:scenecut=0:open-gop=0:keyint=100000:min-keyint=1:pools=" + threads
		if v.Level > 0 {
			params += ":high-tier=0:level-idc=" + level(v.Level)
		}
		args = append(args, "-profile:v", v.Profile, "-x265-params", params)
		if s.Container == profile.FMP4 {
			args = append(args, "-tag:v", "hvc1") // Apple's players refuse hev1
		}
		return args
	}
	args = append(args, "-profile:v", v.Profile, "-sc_threshold", "0", "-keyint_min", "1")
	if v.Level > 0 {
		args = append(args, "-level", level(v.Level))
	}
	return args
}

// audioArgs drop the packet before time zero: the encoder's priming. With it
// the sound of every ad would begin a frame before its picture.
func audioArgs(s *profile.Spec) []string {
	return []string{
		"-c:a", "aac", "-b:a", strconv.Itoa(s.Audio.Bitrate), "-ar", strconv.Itoa(s.CodedRate()),
		"-bsf:a", `noise=drop=lt(pts\,0)`,
	}
}

// level writes a level as the encoders read it.
func level(n int) string {
	if n == 9 {
		return "1b"
	}
	return fmt.Sprintf("%d.%d", n/10, n%10)
}

// timescale is one in which every frame has a whole number of ticks.
func timescale(s *profile.Spec) string {
	if s.Video == nil {
		return "0"
	}
	return strconv.FormatInt(videoTimescale(s.Video.Rate), 10)
}

func videoTimescale(r profile.Ratio) int64 {
	const usual = 90_000
	if usual*r.Den%r.Num == 0 {
		return usual
	}
	ticks := r.Num
	for ticks < 10_000 {
		ticks *= 2
	}
	return ticks
}

func join(cuts []int64) string {
	text := make([]string, len(cuts))
	for i, c := range cuts {
		text[i] = strconv.FormatInt(c, 10)
	}
	return strings.Join(text, ",")
}
