package profile

import "reflect"

const (
	// videoSlack and audioSlack are by what factor bit rates may differ, in percent.
	videoSlack = 130
	audioSlack = 200
)

// Alike is whether the profiles differ in bit rates only, by little.
func (p Profile) Alike(q Profile) bool {
	if p.Segment != q.Segment || len(p.Renditions) != len(q.Renditions) {
		return false
	}
	for i := range p.Renditions {
		a, b := p.Renditions[i], q.Renditions[i]
		if (a.Video == nil) != (b.Video == nil) || (a.Audio == nil) != (b.Audio == nil) {
			return false
		}
		if a.Video != nil {
			if !near(a.Video.Bitrate, b.Video.Bitrate, videoSlack) {
				return false
			}
			v := *b.Video
			v.Bitrate = a.Video.Bitrate
			b.Video = &v
		}
		if a.Audio != nil {
			if !near(a.Audio.Bitrate, b.Audio.Bitrate, audioSlack) {
				return false
			}
			s := *b.Audio
			s.Bitrate = a.Audio.Bitrate
			b.Audio = &s
		}
		if !reflect.DeepEqual(a, b) {
			return false
		}
	}
	return true
}

func near(a, b, percent int) bool { return a*100 <= b*percent && b*100 <= a*percent }
