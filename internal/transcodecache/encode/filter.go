package encode

import (
	"fmt"
	"math"
	"strings"

	"stitcher/internal/transcodecache/profile"
)

// graph is the filter graph of a profile: one decode, a branch a rendition.
// Output pads are called <rendition>v and <rendition>a.
func graph(p profile.Profile, pl Plan, src *Source, target float64) string {
	var g []string
	g = append(g, videoBranches(p, pl, src)...)
	g = append(g, audioBranches(p, pl, src, target)...)
	return strings.Join(g, ";")
}

// videoBranches makes the picture: constant frame rate from the first to the
// last frame of the plan (a source that starts late or ends early stands
// still), and one scaled copy a rendition. What lessens the number of pictures comes
// before scaling, what raises it after: a film of one huge picture a second would
// otherwise be scaled fifty times a second.
func videoBranches(p profile.Profile, pl Plan, src *Source) []string {
	type shared struct {
		rate   profile.Ratio
		frames int64
	}
	byRate := map[shared][]int{}
	var order []shared
	for i, s := range pl.firsts(p) {
		if v := s.Video; v != nil {
			k := shared{v.Rate, pl.grids[i].Total()}
			if byRate[k] == nil {
				order = append(order, k)
			}
			byRate[k] = append(byRate[k], i)
		}
	}
	if len(order) == 0 {
		return nil
	}
	var g []string
	in := fmt.Sprintf("[0:%d]yadif=deint=interlaced,split=%d", src.video, len(order))
	for i := range order {
		in += fmt.Sprintf("[r%d]", i)
	}
	g = append(g, in)
	for i, k := range order {
		members := byRate[k]
		pace := fmt.Sprintf("fps=fps=%s:start_time=0,tpad=stop_mode=clone:stop=-1,trim=end_frame=%d", k.rate, k.frames)
		before, after := pace+",", ""
		if src.Pictures < k.frames {
			before, after = "", ","+pace
		}
		chain := fmt.Sprintf("[r%d]%ssplit=%d", i, before, len(members))
		for _, m := range members {
			chain += fmt.Sprintf("[%sx]", p.Renditions[m].Name)
		}
		g = append(g, chain)
		for _, m := range members {
			s := &p.Renditions[m]
			g = append(g, fmt.Sprintf("[%sx]%s%s[%sv]", s.Name, scale(s), after, s.Name))
		}
	}
	return g
}

// scale fits the picture into the rendition's, with bars where the shapes
// differ. dar is the shape that the source's picture is shown in, so its
// pixels need not be square.
func scale(s *profile.Spec) string {
	v := s.Video
	pixel := v.Aspect
	if pixel.Num == 0 {
		pixel = profile.Ratio{Num: 1, Den: 1}
	}
	shape := fmt.Sprintf("(%d*%d/(%d*%d))", int64(v.Width), pixel.Num, int64(v.Height), pixel.Den)
	return fmt.Sprintf("scale=w='if(gte(dar,%s),%d,max(2,2*trunc(%d*dar*%d/%d/2)))':h='if(gte(dar,%s),max(2,2*trunc(%d*%d/%d/dar/2)),%d)':eval=init,"+
		"pad=%d:%d:(ow-iw)/2:(oh-ih)/2,setsar=%d/%d,format=%s",
		shape, v.Width, v.Height, pixel.Den, pixel.Num,
		shape, v.Width, pixel.Num, pixel.Den, v.Height,
		v.Width, v.Height, pixel.Num, pixel.Den, v.PixFmt)
}

// audioBranches makes the sound: silence where the creative has none (field
// failure B-25), each at the rendition's rate and layout, and exactly as long
// as the plan says.
func audioBranches(p profile.Profile, pl Plan, src *Source, target float64) []string {
	byChannels := map[int][]int{}
	var order []int
	for i, s := range pl.firsts(p) {
		if a := s.Audio; a != nil {
			if byChannels[a.Channels] == nil {
				order = append(order, a.Channels)
			}
			byChannels[a.Channels] = append(byChannels[a.Channels], i)
		}
	}
	if len(order) == 0 {
		return nil
	}
	var g []string
	if src.audio >= 0 {
		in := fmt.Sprintf("[0:%d]asplit=%d", src.audio, len(order))
		for _, c := range order {
			in += fmt.Sprintf("[c%d]", c)
		}
		g = append(g, in)
	}
	for _, c := range order {
		members := byChannels[c]
		chain := fmt.Sprintf("[c%d]%s", c, soundIn(c))
		if src.audio < 0 {
			chain = fmt.Sprintf("anullsrc=r=48000:cl=%s", profile.ChannelLayout(c))
		} else if l, ok := src.Loudness[c]; ok && l.audible() {
			chain += "," + l.filter(target) + "," + meter(c)
		}
		chain += fmt.Sprintf(",asplit=%d", len(members))
		for _, m := range members {
			chain += fmt.Sprintf("[%sy]", p.Renditions[m].Name)
		}
		g = append(g, chain)
		for _, m := range members {
			s := &p.Renditions[m]
			g = append(g, fmt.Sprintf("[%sy]aresample=%d,apad,atrim=end_sample=%d,aformat=channel_layouts=%s[%sa]",
				s.Name, s.CodedRate(), pl.sound[m]*profile.FrameSize, profile.ChannelLayout(c), s.Name))
		}
	}
	return g
}

// soundIn is the head of every audio chain, of the measuring pass too: gaps
// are filled, a late start is silence, and the channels are as they will be.
func soundIn(channels int) string {
	return "aresample=48000:async=1000:first_pts=0,aformat=channel_layouts=" + profile.ChannelLayout(channels)
}

// finite is whether a measured value can be used in an expression.
func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
