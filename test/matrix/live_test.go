package matrix

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/hls/check/rule"
)

// audio is a demuxed rendition whose segments end elsewhere than video's.
func audio(name string) *rendition { return lay(name, "audio", 300*sec, 1920*ms, 2005*ms) }

// cut makes a boundary of a rendition at a time, as packagers do that cut at
// the splice.
func (r *rendition) cut(at time.Duration) *rendition {
	for i := range r.segments {
		s := r.segments[i]
		if s.start >= at || s.end <= at {
			continue
		}
		head, rest := s, s
		head.end, rest.start = at, at
		rest.uri = strings.Replace(s.uri, "_", "_b", 1)
		r.segments = append(append(r.segments[:i:i], head, rest), r.segments[i+1:]...)
		for k := i + 1; k < len(r.segments); k++ {
			r.segments[k].sequence = r.segments[k-1].sequence + 1
		}
		return r
	}
	return r
}

// discontinue puts a discontinuity at a time, the date stepping by jump.
func discontinue(at, jump time.Duration, rs ...*rendition) {
	for _, r := range rs {
		s := r.near(at)
		s.disc, s.jump = true, jump
	}
}

// undate takes the dates away.
func undate(rs ...*rendition) []*rendition {
	for _, r := range rs {
		r.undated = true
	}
	return rs
}

// TestLive: live origins with all that they get wrong. A case is done when the
// wanted seconds of ads were listed in every rendition and no rule was broken.
func TestLive(t *testing.T) {
	t.Parallel()
	one := func(r ...*rendition) []*rendition { return r }
	for _, c := range []struct {
		name string
		make func(w *world) []*rendition
		edge func(r *rendition, n int) time.Duration
		ads  float64
		// from is when the player comes, until when it leaves.
		from, until time.Duration
		excuse      []string
		calls       int
	}{
		{
			name: "stale edge", ads: 20, // B-7
			make: func(*world) []*rendition { return one(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")) },
			edge: func(_ *rendition, n int) time.Duration { return time.Duration(n%2) * 8 * sec },
		},
		{
			name: "growing TARGETDURATION", ads: 20, excuse: []string{rule.TargetDurationChanged, rule.TargetDurationDiffers, rule.WindowTooShort},
			make: func(*world) []*rendition {
				v, a := video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")
				for _, r := range one(v, a) {
					r.target = func(at time.Duration) int {
						if at > 122*sec {
							return 7
						}
						return 4
					}
				}
				return one(v, a)
			},
		},
		{
			name: "date steps at a discontinuity", ads: 20,
			make: func(*world) []*rendition {
				v, w := video("v0.m3u8").avail(140*sec, 20*sec), video("v1.m3u8")
				discontinue(120*sec, 30*sec, v, w)
				return one(v, w)
			},
		},
		{
			name: "date steps at a discontinuity inside the avail", ads: 12, // the leap ends it
			make: func(*world) []*rendition {
				v, w := video("v0.m3u8").avail(120*sec, 20*sec), video("v1.m3u8")
				discontinue(132*sec, 30*sec, v, w)
				return one(v, w)
			},
		},
		{
			name: "date steps without a discontinuity", ads: 20, excuse: []string{rule.PDTStep},
			make: func(*world) []*rendition {
				v, w := video("v0.m3u8").avail(140*sec, 20*sec), video("v1.m3u8")
				for _, r := range one(v, w) {
					r.near(120 * sec).jump = 700 * ms
				}
				return one(v, w)
			},
		},
		{
			name: "date steps back without a discontinuity", ads: 20, excuse: []string{rule.PDTStep},
			make: func(*world) []*rendition {
				v, w := video("v0.m3u8").avail(140*sec, 20*sec), video("v1.m3u8")
				for _, r := range one(v, w) {
					r.near(120 * sec).jump = -1500 * ms
				}
				return one(v, w)
			},
		},
		{
			name: "one event id for every avail", ads: 40, until: 120 * sec, // B-31
			make: func(*world) []*rendition {
				v := video("v0.m3u8")
				for _, at := range []time.Duration{120 * sec, 172 * sec} {
					v.tag(at, `#EXT-X-CUE-OUT:DURATION=20,BREAKID="1"`).tag(at+20*sec, "#EXT-X-CUE-IN")
				}
				return one(v, audio("a0.m3u8"))
			},
		},
		{
			name: "avails back to back under one id", ads: 40, until: 120 * sec,
			make: func(*world) []*rendition {
				v := video("v0.m3u8")
				for _, at := range []time.Duration{120 * sec, 140 * sec} {
					v.tag(at, `#EXT-X-CUE-OUT:DURATION=20,BREAKID="1"`)
				}
				return one(v.tag(160*sec, "#EXT-X-CUE-IN"), audio("a0.m3u8"))
			},
		},
		{
			name: "marker late by one refresh", ads: 15, // 4 s are content
			make: func(*world) []*rendition { return one(late(video("v0.m3u8"), 4*sec), audio("a0.m3u8")) },
		},
		{
			name: "marker late by three refreshes", ads: 5, // 12 s are content
			make: func(*world) []*rendition { return one(late(video("v0.m3u8"), 12*sec), audio("a0.m3u8")) },
		},
		{
			name: "audio ahead of video", ads: 20,
			make: func(*world) []*rendition {
				v, a := video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")
				v.delay, a.window = 5*sec, 20
				return one(v, a)
			},
		},
		{
			name: "audio behind video", ads: 20,
			make: func(*world) []*rendition {
				v, a := video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")
				a.delay, a.window = 6*sec, 20
				return one(v, a)
			},
		},
		{
			name: "audio in long segments", ads: 20,
			make: func(*world) []*rendition {
				return one(video("v0.m3u8").avail(120*sec, 20*sec), lay("a0.m3u8", "audio", 300*sec, 5800*ms, 6200*ms))
			},
		},
		{
			name: "cut at the splice", ads: 15, until: 90 * sec,
			make: func(*world) []*rendition {
				v, w, a := video("v0.m3u8"), video("v1.m3u8"), audio("a0.m3u8")
				for _, r := range one(v, w, a) {
					r.cut(122200 * ms).cut(139200 * ms)
				}
				return one(v.avail(122200*ms, 17*sec), w.avail(122200*ms, 17*sec), a)
			},
			excuse: []string{rule.SegmentTooShort},
		},
		{
			name: "muxed ladder without dates", ads: 20,
			make: func(*world) []*rendition {
				return undate(video("v0.m3u8").avail(120*sec, 20*sec), video("v1.m3u8").avail(120*sec, 20*sec))
			},
		},
		{
			name: "no dates, markers in the reference only, own numbers", ads: 20,
			make: func(*world) []*rendition {
				return undate(video("v0.m3u8").avail(120*sec, 20*sec), video("v1.m3u8"))
			},
		},
		{
			name: "demuxed audio without dates, equal durations", ads: 20,
			make: func(*world) []*rendition {
				return undate(video("v0.m3u8").avail(120*sec, 20*sec), lay("a0.m3u8", "audio", 300*sec, 4*sec))
			},
		},
		{
			name: "demuxed audio without dates, other durations", ads: 0, // rendition_unmappable
			make: func(*world) []*rendition {
				return undate(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8"))
			},
		},
		{
			name: "audio alone without dates", ads: 0, // rendition_unmappable
			make: func(*world) []*rendition {
				v, a := video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")
				return one(v, undate(a)[0])
			},
			excuse: []string{rule.PDTInSome},
		},
		{
			name: "audio only", ads: 20,
			make: func(*world) []*rendition {
				return one(lay("a0.m3u8", "video", 300*sec, 1920*ms, 2005*ms).avail(120*sec, 20*sec))
			},
		},
		{
			name: "subtitles", ads: 20,
			make: func(*world) []*rendition {
				return one(video("v0.m3u8").avail(120*sec, 20*sec), lay("t0.m3u8", "text", 300*sec, 4*sec))
			},
		},
		{
			name: "early CUE-IN", ads: 8,
			make: func(*world) []*rendition {
				return one(video("v0.m3u8").tag(120*sec, "#EXT-X-CUE-OUT:20").tag(128*sec, "#EXT-X-CUE-IN"), audio("a0.m3u8"))
			},
		},
		{
			name: "no duration, CUE-IN after 20 s", ads: 20,
			make: func(*world) []*rendition {
				return one(video("v0.m3u8").tag(120*sec, "#EXT-X-CUE-OUT").tag(140*sec, "#EXT-X-CUE-IN"), audio("a0.m3u8"))
			},
		},
		{
			name: "no duration, never a CUE-IN", ads: 76, until: 100 * sec,
			make: func(*world) []*rendition {
				return one(video("v0.m3u8").tag(120*sec, "#EXT-X-CUE-OUT"), audio("a0.m3u8"))
			},
		},
		{
			name: "join in the middle", ads: 20, from: 70 * sec, until: 120 * sec, calls: 1, // the first is content
			make: func(*world) []*rendition {
				return one(video("v0.m3u8").avail(120*sec, 52*sec).avail(184*sec, 20*sec), audio("a0.m3u8"))
			},
		},
		{
			name: "join in the middle, with the start in the window", ads: 20, from: 30 * sec,
			make: func(*world) []*rendition { return one(video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")) },
		},
		{
			name: "several avails in the first window", ads: 60, from: 150 * sec, until: 160 * sec, calls: 3,
			make: func(*world) []*rendition {
				v, a := video("v0.m3u8").avail(120*sec, 20*sec).avail(160*sec, 20*sec).avail(200*sec, 20*sec), audio("a0.m3u8")
				v.window, a.window = 60, 120
				return one(v, a)
			},
		},
		{
			name: "restart of the numbers", ads: 40, until: 150 * sec, excuse: []string{rule.WindowTooShort},
			make: func(*world) []*rendition {
				v, w := video("v0.m3u8").avail(120*sec, 20*sec), video("v1.m3u8").avail(120*sec, 20*sec)
				for _, r := range one(v, w) {
					r.avail(200*sec, 20*sec)
					for k := range r.segments {
						if s := &r.segments[k]; s.start >= 172*sec {
							s.sequence -= 1040
							s.uri = "r" + s.uri
						}
					}
					r.restart(172 * sec)
				}
				return one(v, w)
			},
		},
		{
			name: "discontinuities inside the avail", ads: 20,
			make: func(*world) []*rendition {
				v, w := video("v0.m3u8").avail(120*sec, 20*sec), video("v1.m3u8").avail(120*sec, 20*sec)
				discontinue(120*sec, 0, v, w)
				discontinue(128*sec, 0, v, w)
				discontinue(140*sec, 0, v, w)
				return one(v, w)
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				o := w.newChannel(c.make(w)...)
				o.edge = c.edge
				o.serve("origin.example")
				w.until(c.from)
				p := w.join("master.m3u8").excuse(c.excuse...)
				if c.until == 0 {
					c.until = 80 * sec
				}
				p.follow(c.until)
				p.wantAds(c.ads)
				if got := w.ads.total(); c.calls > 0 && got != c.calls {
					t.Errorf("%d ad requests, want %d", got, c.calls)
				}
				if t.Failed() {
					t.Logf("listed: %s", strings.Join(p.order[0], "\n"))
				}
			})
		})
	}
}

// late is a rendition with an avail whose marker comes late.
func late(r *rendition, by time.Duration) *rendition {
	s := r.near(120 * sec)
	s.tags = append(s.tags, tag{text: "#EXT-X-CUE-OUT:20", after: by})
	return r.tag(140*sec, "#EXT-X-CUE-IN")
}

// restart makes the window begin anew at a time.
func (r *rendition) restart(at time.Duration) { r.anew = at }

// TestDialects: every marker dialect of field failure B-30 fills the avail.
func TestDialects(t *testing.T) {
	t.Parallel()
	const (
		out = "/DAlAAAAAAAAAP/wFAUAAAABf+/+AAAAAH4AG3dAAAEAAAAAqbXWLw=="
		hex = "0xFC302000000000000000FFF00F05000000017FFFFE001B77400001000000003F7A1B0E"
	)
	began := func(w *world) string {
		return w.began.Add(-ago + 120*sec).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	over := func(w *world) string {
		return w.began.Add(-ago + 140*sec).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	for _, c := range []struct {
		name    string
		out, in func(w *world) []string
	}{
		{"CUE-OUT with DURATION", lines("#EXT-X-CUE-OUT:DURATION=20.0"), lines("#EXT-X-CUE-IN")},
		{"OATCLS", lines("#EXT-OATCLS-SCTE35:"+out, "#EXT-X-CUE-OUT:20"), lines("#EXT-X-CUE-IN")},
		{"OATCLS with ASSET", lines("#EXT-OATCLS-SCTE35:"+out, `#EXT-X-ASSET:CAID=0x0,DURATION=20`, "#EXT-X-CUE-OUT:20"), lines("#EXT-X-CUE-IN")},
		{"SPLICEPOINT", lines("#EXT-X-SPLICEPOINT-SCTE35:"+out, "#EXT-X-CUE-OUT:20"), lines("#EXT-X-CUE-IN")},
		{"EXT-X-SCTE35", lines(`#EXT-X-SCTE35:CUE="` + out + `",CUE-OUT=YES,TIME=0,ID="7",DURATION=20`), lines(`#EXT-X-SCTE35:CUE="` + out + `",CUE-IN=YES,ID="7"`)},
		{
			"DATERANGE", func(w *world) []string {
				return []string{fmt.Sprintf(`#EXT-X-DATERANGE:ID="7",START-DATE=%q,PLANNED-DURATION=20.0,SCTE35-OUT=%s`, began(w), hex)}
			},
			func(w *world) []string {
				return []string{fmt.Sprintf(`#EXT-X-DATERANGE:ID="7",START-DATE=%q,END-DATE=%q,SCTE35-IN=%s`, began(w), over(w), hex)}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				v := video("v0.m3u8")
				for _, l := range c.out(w) {
					v.tag(120*sec, l)
				}
				for _, l := range c.in(w) {
					v.tag(140*sec, l)
				}
				w.newChannel(v, audio("a0.m3u8")).serve("origin.example")
				p := w.join("master.m3u8").excuse(rule.DateRangeDiffers, rule.DateRangeChanged).follow(80 * sec)
				p.wantAds(20)
			})
		})
	}
}

func lines(l ...string) func(*world) []string {
	return func(*world) []string { return slices.Clone(l) }
}
