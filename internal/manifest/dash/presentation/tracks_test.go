package presentation

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/addressing"
	"stitcher/internal/manifest/dash/track"
)

var testBase = &url.URL{Scheme: "https", Host: "origin.example", Path: "/live/a/manifest.mpd", RawQuery: "token=1"}

// TestTracks: what an MPD says of its Representations, those of all Periods once.
func TestTracks(t *testing.T) {
	src := `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT20S">
<Period duration="PT10S">
<AdaptationSet mimeType="video/mp4" frameRate="30000/1001" width="640"><Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011"/>
<SegmentTemplate timescale="30000" duration="60060" media="$RepresentationID$-$Number%03d$-$Bandwidth$-$$.m4s" initialization="$RepresentationID$.mp4" startNumber="0"/>
<Representation id="v" bandwidth="1000000" codecs="avc1.64001f" height="360"/></AdaptationSet>
<AdaptationSet contentType="audio" mimeType="audio/mp4" lang="en" label="old"><Label>English</Label>
<SegmentList duration="5"><Initialization sourceURL="a.mp4" range="0-99"/><SegmentURL mediaRange="100-199"/><SegmentURL media="a.mp4" mediaRange="200-299"/></SegmentList>
<Representation id="a" bandwidth="96000" codecs="ec-3" audioSamplingRate="48000"><BaseURL>sub/a.mp4</BaseURL><AudioChannelConfiguration schemeIdUri="urn:mpeg:mpegB:cicp:ChannelConfiguration" value="12"/></Representation></AdaptationSet>
<AdaptationSet mimeType="application/ttml+xml" lang="de"><Representation id="t" bandwidth="1"><BaseURL>t.ttml</BaseURL></Representation></AdaptationSet>
<AdaptationSet mimeType="video/mp4"><EssentialProperty schemeIdUri="http://dashif.org/guidelines/trickmode" value="1"/><SegmentBase indexRange="100-200"><Initialization range="0-99"/></SegmentBase><Representation id="k" bandwidth="1" codecs="avc1.64001f" frameRate="0.5"><BaseURL>https://cdn.example/k.mp4</BaseURL></Representation></AdaptationSet>
</Period>
<Period><AdaptationSet mimeType="video/webm"><Representation id="v" bandwidth="2"/><Representation id="w" bandwidth="3" codecs="vp9" dependencyId="v"/></AdaptationSet></Period>
</MPD>`
	tpl, err := Read([]byte(src), Options{Base: testBase})
	if err != nil {
		t.Fatal(err)
	}
	want := []track.Track{
		{ID: "v", Kind: "video", MimeType: "video/mp4", Codecs: "avc1.64001f", Role: "main", Bandwidth: 1_000_000, Width: 640, Height: 360, FrameRate: avail.Ratio{Num: 30000, Den: 1001}, Timescale: 30_000, Protected: true, Container: "mp4"},
		{ID: "a", Set: 1, Kind: "audio", MimeType: "audio/mp4", Codecs: "ec-3", Language: "en", Label: "English", Bandwidth: 96_000, SampleRate: 48_000, Channels: 8, Timescale: 1, Container: "mp4"},
		{ID: "t", Set: 2, Kind: "text", MimeType: "application/ttml+xml", Language: "de", Bandwidth: 1, Timescale: 1},
		{ID: "k", Set: 3, Kind: "trick", MimeType: "video/mp4", Codecs: "avc1.64001f", Bandwidth: 1, FrameRate: avail.Ratio{Num: 1, Den: 2}, Timescale: 1, Container: "mp4"},
		{ID: "w", Kind: "video", MimeType: "video/webm", Codecs: "vp9", Bandwidth: 3, Timescale: 1, Container: "webm", Dependent: true},
	}
	got := tpl.Tracks()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("tracks are\n%+v\nwant\n%+v", got, want)
	}
	const base = "https://origin.example/live/a/"
	samples := map[string][2]addressing.Resource{
		"a": {{URI: base + "sub/a.mp4", Length: 100}, {URI: base + "sub/a.mp4", Offset: 100, Length: 100}},
		"t": {{}, {URI: base + "t.ttml"}},
		"k": {{URI: "https://cdn.example/k.mp4", Length: 100}, {URI: "https://cdn.example/k.mp4"}},
	}
	for i, x := range got {
		if s, ok := samples[x.ID]; ok {
			if init, media := tpl.Sample(i, 0); init != s[0] || media != s[1] {
				t.Errorf("sample of %s is %+v, %+v", x.ID, init, media)
			}
		}
	}
	// Of the first Period only, v is addressed by a template.
	first, _, _ := strings.Cut(src, "<Period><Adap")
	if tpl, err = Read([]byte(first+"</MPD>"), Options{Base: testBase}); err != nil {
		t.Fatal(err)
	}
	init, media := tpl.Sample(0, 0)
	if init.URI != base+"v.mp4" || media.URI != base+"v-003-1000000-$.m4s" {
		t.Errorf("sample of v is %+v, %+v", init, media)
	}
}
