package check

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/dash/check/listing"
	"stitcher/internal/manifest/dash/check/rule"
	"stitcher/test/corpus"
)

// checkSound is an MPD of a stitcher's that keeps every rule: content, an ad that is
// over, and content that is back.
const checkSound = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:xlink="http://www.w3.org/1999/xlink" id="m" type="dynamic" profiles="p" availabilityStartTime="2026-01-01T00:00:00Z" publishTime="2026-01-01T00:00:30Z" minimumUpdatePeriod="PT2S" timeShiftBufferDepth="PT60S" suggestedPresentationDelay="PT6S" minBufferTime="PT2S">
<Location>https://s.example/v1/dash/h/c/m.mpd?aws.sessionId=1</Location>
<BaseURL serviceLocation="a">https://cdn.example/live/</BaseURL>
<Period id="p" start="PT0S" duration="PT10S">
<EventStream schemeIdUri="urn:x" value="1"><Event id="e" presentationTime="4"/></EventStream>
<AdaptationSet id="1" contentType="video" mimeType="video/mp4" selectionPriority="2">
<ContentProtection schemeIdUri="urn:c" value="k"/>
<SegmentTemplate timescale="1000" media="$RepresentationID$/$Number%05d$.m4s" initialization="$RepresentationID$/i.mp4"><SegmentTimeline><S t="0" d="2000" r="4"/></SegmentTimeline></SegmentTemplate>
<Representation id="v" bandwidth="1000" codecs="avc1.64001f" width="640" height="360" frameRate="30000/1001"/>
<Representation id="w" bandwidth="2000" codecs="avc1.64001f" width="640" height="360" frameRate="30000/1001"/>
</AdaptationSet>
<AdaptationSet id="2" contentType="audio" mimeType="audio/mp4" lang="en">
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
<SegmentTemplate timescale="48000" media="a/$Time$.m4s" initialization="a/i.mp4"><SegmentTimeline><S t="0" d="96000" r="4"/></SegmentTimeline></SegmentTemplate>
<Representation id="a" bandwidth="100" codecs="mp4a.40.2" audioSamplingRate="48000"/>
</AdaptationSet>
<AdaptationSet id="3" contentType="text" mimeType="application/mp4" codecs="wvtt" lang="en">
<SegmentTemplate timescale="1000" media="t/$Time$.m4s" initialization="t/i.mp4"><SegmentTimeline><S t="0" d="2000" r="4"/></SegmentTimeline></SegmentTemplate>
<Representation id="t" bandwidth="10"/>
</AdaptationSet>
</Period>
<Period id="x_1" start="PT10S">
<AdaptationSet id="1" contentType="video" mimeType="video/mp4" selectionPriority="2">
<SegmentTemplate timescale="90000" media="https://s.example/v1/dashsegment/h/c/s/x/v/$Number$.m4s" initialization="https://s.example/v1/dashsegment/h/c/s/x/v/init.mp4"><SegmentTimeline><S t="0" d="180000" r="2"/></SegmentTimeline></SegmentTemplate>
<Representation id="v" bandwidth="900" codecs="avc1.640020" width="640" height="360" frameRate="30"/>
<Representation id="w" bandwidth="1900" codecs="avc1.640020" width="640" height="360" frameRate="30"/>
</AdaptationSet>
<AdaptationSet id="2" contentType="audio" mimeType="audio/mp4" lang="en">
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
<SegmentTemplate timescale="48000" media="https://s.example/v1/dashsegment/h/c/s/x/a/$Number$.m4s" initialization="https://s.example/v1/dashsegment/h/c/s/x/a/init.mp4"><SegmentTimeline><S t="0" d="96000" r="2"/></SegmentTimeline></SegmentTemplate>
<Representation id="a" bandwidth="90" codecs="mp4a.40.2" audioSamplingRate="48000"/>
</AdaptationSet>
<AdaptationSet id="3" contentType="text" mimeType="application/mp4" codecs="wvtt" lang="en">
<SegmentTemplate timescale="1000" media="https://s.example/v1/dashsegment/h/c/s/x/t/$Number$.m4s" initialization="https://s.example/v1/dashsegment/h/c/s/x/t/init.mp4"><SegmentTimeline><S t="0" d="2000" r="2"/></SegmentTimeline></SegmentTemplate>
<Representation id="t" bandwidth="10"/>
</AdaptationSet>
</Period>
<Period id="p_x" start="PT16S">
<AdaptationSet id="1" contentType="video" mimeType="video/mp4" selectionPriority="2">
<ContentProtection schemeIdUri="urn:c" value="k"/>
<SegmentTemplate timescale="1000" presentationTimeOffset="16000" startNumber="9" media="$RepresentationID$/$Number%05d$.m4s" initialization="$RepresentationID$/i.mp4"><SegmentTimeline><S t="16000" d="2000" r="2"/><S d="1500"/><S d="2000" r="2"/></SegmentTimeline></SegmentTemplate>
<Representation id="v" bandwidth="1000" codecs="avc1.64001f" width="640" height="360" frameRate="30000/1001"/>
<Representation id="w" bandwidth="2000" codecs="avc1.64001f" width="640" height="360" frameRate="30000/1001"/>
</AdaptationSet>
<AdaptationSet id="2" contentType="audio" mimeType="audio/mp4" lang="en">
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
<SegmentTemplate timescale="48000" presentationTimeOffset="768000" media="a/$Time$.m4s" initialization="a/i.mp4"><SegmentTimeline><S t="720000" d="96000" r="7"/></SegmentTimeline></SegmentTemplate>
<Representation id="a" bandwidth="100" codecs="mp4a.40.2" audioSamplingRate="48000"/>
</AdaptationSet>
<AdaptationSet id="3" contentType="text" mimeType="application/mp4" codecs="wvtt" lang="en">
<SegmentTemplate timescale="1000" presentationTimeOffset="16000" media="t/$Time$.m4s" initialization="t/i.mp4"><SegmentTimeline><S t="16000" d="2000" r="2"/></SegmentTimeline></SegmentTemplate>
<Representation id="t" bandwidth="10"/>
</AdaptationSet>
</Period>
<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="https://time.example"/>
</MPD>
`

var checkOptions = listing.Options{Base: &url.URL{Scheme: "https", Host: "s.example", Path: "/v1/dash/h/c/m.mpd"}}

// checkEdit changes the n-th place of a text that has what is before "|" to what is
// behind it; n is the number that the edit begins with, 1 if none. A "+" joins edits.
func checkEdit(t *testing.T, text, edits string) string {
	t.Helper()
	for edit := range strings.SplitSeq(edits, " + ") {
		n := 1
		if len(edit) > 2 && edit[1] == ':' && edit[0] >= '1' && edit[0] <= '9' {
			n, edit = int(edit[0]-'0'), edit[2:]
		}
		before, after, ok := strings.Cut(edit, "|")
		at := -1
		for range n {
			next := strings.Index(text[at+1:], before)
			if !ok || next < 0 {
				t.Fatalf("no place for %q", edit)
			}
			at += 1 + next
		}
		text = text[:at] + after + text[at+len(before):]
	}
	return text
}

func checkAll(text string) (*listing.Listing, []rule.Violation) {
	l, found := listing.Read([]byte(text), checkOptions)
	return l, append(found, MPD(l)...)
}

// checkListingCases have, for every rule of one MPD, an edit of the sound one that
// breaks it.
var checkListingCases = []struct{ rule, edit string }{
	{rule.MPDMalformed, "</MPD>|"},
	{rule.MPDMalformed, "<Location>|<x>&nothing;</x><Location>"},
	{rule.AttributeMalformed, `"PT60S"|"60"`},
	{rule.AttributeMalformed, `timescale="1000"|timescale="0"`},
	{rule.AttributeMalformed, `startNumber="9"|startNumber="99999999999999999999"`},
	{rule.AttributeMissing, ` publishTime="2026-01-01T00:00:30Z"|`},
	{rule.AttributeMissing, ` profiles="p"|`},
	{rule.AttributeMissing, ` id="x_1"|`},
	{rule.AttributeMissing, ` bandwidth="10"|`},
	{rule.AttributeMissing, ` mimeType="audio/mp4"|`},
	{rule.IDRepeated, `id="p_x"|id="p"`},
	{rule.IDRepeated, `id="w"|id="v"`},
	{rule.IDRepeated, `<AdaptationSet id="2"|<AdaptationSet id="1"`},
	{rule.TimelineMalformed, `<S t="0" d="2000" r="4"/>|<S t="0" d="0" r="4"/>`},
	{rule.TimeTooLarge, `d="1500"/>|d="1500"/><S t="9007199254740992" d="5"/>`},

	{rule.PeriodOrder, `start="PT16S"|start="PT9S"`},
	{rule.PeriodDuration, `duration="PT10S"|duration="PT9.9S"`},
	{rule.PeriodEmpty, `</Period>|</Period><Period id="q" start="PT9S"></Period>`},
	{rule.SetEmpty, `<AdaptationSet id="2"|<AdaptationSet id="9" contentType="audio" mimeType="audio/mp4"/><AdaptationSet id="2"`},
	{rule.RepresentationEmpty, `3:<Representation id="t" bandwidth="10"/>|<Representation id="z" bandwidth="10"><SegmentTemplate timescale="1" media="z"><SegmentTimeline/></SegmentTemplate></Representation>`},
	{rule.RepresentationDuplicate, `bandwidth="2000"|bandwidth="1000"`},
	{rule.SegmentOutside, `<S t="720000" d="96000" r="7"/>|<S t="672000" d="96000" r="8"/>`},
	{rule.SegmentOutside, `<S t="0" d="96000" r="4"/>|<S t="0" d="96000" r="5"/>`},
	{rule.TimelineGap, `<S d="1500"/>|<S t="22100" d="1500"/>`},
	{rule.TimelineOverlap, `<S d="1500"/>|<S t="21900" d="1500"/>`},
	{rule.HeadMissing, `<S t="720000" d="96000" r="7"/>|<S t="816000" d="96000" r="6"/>`},
	{rule.TailMissing, `<S t="0" d="96000" r="4"/>|<S t="0" d="96000" r="3"/>`},
	{rule.StaticOpen, `dynamic|static`},
	{rule.ContinuityFalse, `3:<AdaptationSet id="1" contentType="video" mimeType="video/mp4" selectionPriority="2">|<AdaptationSet id="1" contentType="video" mimeType="video/mp4" selectionPriority="2"><SupplementalProperty schemeIdUri="urn:mpeg:dash:period-continuity:2015" value="p"/>`},

	{rule.PatchLocation, `<Location>|<PatchLocation>p</PatchLocation><Location>`},
	{rule.LocationRelative, `https://s.example/v1/dash/|/v1/dash/`},
	{rule.Xlink, `id="p_x"|id="p_x" xlink:href="https://x.example"`},
	{rule.InbandMPDEvents, `<Role |<InbandEventStream schemeIdUri="urn:mpeg:dash:event:2012" value="1"/><Role `},
	{rule.UpdatePeriod, ` minimumUpdatePeriod="PT2S"|`},
	{rule.UpdatePeriod, `"PT2S"|"PT0S"`},
	{rule.UpdatePeriod, checkLastAd + ` + "PT2S"|"PT4S"`},
	{rule.ProtectionDiffers, `2:value="k"|value="l"`},
	{rule.AdDurationEarly, checkLastAd + ` + start="PT10S"|start="PT10S" duration="PT6S"`},
	{rule.AdPeriodShort, `3:<Period|<Period id="x_2" start="PT16S"><AdaptationSet id="2" contentType="audio" mimeType="audio/mp4"><SegmentTemplate media="/v1/dashsegment/$Number$"><SegmentTimeline><S d="1"/></SegmentTimeline></SegmentTemplate><Representation id="a" bandwidth="1"/></AdaptationSet></Period><Period + start="PT16S">` + "\n" + `|start="PT17S">`},
	{rule.AdStartsDiffer, `<S t="0" d="96000" r="2"/>|<S t="4800" d="96000" r="2"/>`},
	{rule.AdEndsDiffer, `<S t="0" d="96000" r="2"/>|<S t="0" d="96000" r="1"/>`},
	{rule.AdNotTimeline, `<SegmentTimeline><S t="0" d="96000" r="2"/></SegmentTimeline>| + 2:timescale="48000"|timescale="48000" duration="96000"`},
	{rule.AdTimelineOpen, checkLastAd + ` + <S t="0" d="96000" r="2"/>|<S t="0" d="96000" r="-1"/>`},
	{rule.AdForeignElement, `2:<Role |<Resync/><Role `},
	{rule.AdAsset, `start="PT10S">|start="PT10S"><AssetIdentifier schemeIdUri="urn:a"/>`},
	{rule.AdContinuity, `2:<Role |<SupplementalProperty schemeIdUri="urn:mpeg:dash:period-continuity:2015" value="gone"/><Role `},
	{rule.TwinMissing, `<Representation id="w" bandwidth="1900"|<Representation id="y" bandwidth="1900"`},
	{rule.TwinBase, `start="PT10S">|start="PT10S"><BaseURL>https://s.example/ads/</BaseURL>`},
	{rule.TwinCodecs, `avc1.640020|avc3.640020`},
	{rule.TwinCodecs, `2:mp4a.40.2|mp4a.40.5`},
	{rule.TwinAudio, `2:audioSamplingRate="48000"|audioSamplingRate="44100"`},
	{rule.TwinFrameRate, `frameRate="30"|frameRate="25"`},
	{rule.TwinDynamicRange, `avc1.64001f" width="640" height="360" frameRate="30000/1001"/>|avc1.64001f" width="640" height="360" frameRate="30000/1001"><EssentialProperty schemeIdUri="urn:mpeg:mpegB:cicp:TransferCharacteristics" value="16"/></Representation>`},
	{rule.TrackMissing, `2:lang="en"|lang="en" + 3:lang="en"|lang="fr"`},
	{rule.TrackMissing, `2:value="main"|value="commentary"`},
	{rule.TrickInSome, `</Period>|<AdaptationSet id="8" mimeType="video/mp4"><EssentialProperty schemeIdUri="http://dashif.org/guidelines/trickmode" value="1"/><Representation id="k" bandwidth="7"><BaseURL>k.mp4</BaseURL></Representation></AdaptationSet></Period>`},
	{rule.SetOrder, `2:<AdaptationSet id="1"|<AdaptationSet id="7"`},
	{rule.SetOrder, `2:selectionPriority="2"|selectionPriority="1"`},
	{rule.BitstreamSwitching, `2:<AdaptationSet id="1"|<AdaptationSet bitstreamSwitching="true" id="1"`},
}

// checkLastAd takes away the content that is back.
const checkLastAd = `<Period id="p_x" start="PT16S">|<!-- + </Period>` + "\n<UTC|--><UTC"

// TestCheckListing: every rule of one MPD is found where it is broken.
func TestCheckListing(t *testing.T) {
	for _, c := range checkListingCases {
		text := checkEdit(t, checkSound, c.edit)
		_, found := checkAll(text)
		if !slices.ContainsFunc(found, func(v rule.Violation) bool { return v.Rule == c.rule }) {
			t.Errorf("%s: %q finds %v", c.rule, c.edit, found)
		}
		for _, v := range found {
			if v.Section == "" || v.Detail == "" || !strings.Contains(v.String(), v.Section) {
				t.Errorf("violation %q", v)
			}
		}
	}
}

// checkUpdateCases have, for every rule of an update, an edit of the sound MPD that
// makes the first version, and one that makes the next.
var checkUpdateCases = []struct{ rule, before, after string }{
	{rule.AvailabilityStart, "", `availabilityStartTime="2026-01-01T00:00:00Z"|availabilityStartTime="2026-01-01T00:00:00.001Z"`},
	{rule.MPDID, "", `id="m"|id="n"`},
	{rule.ClockChanged, "", `https://time.example|https://clock.example`},
	{rule.DelayChanged, "", `"PT6S"|"PT8S"`},
	{rule.PublishTimeFell, "", `00:00:30Z|00:00:29Z`},
	{rule.PublishTimeSame, "", `<S d="2000" r="2"/>|<S d="2000" r="3"/>`},
	{rule.StaticRetracted, `dynamic|static`, ""},
	{rule.StaticUpdates, "", `dynamic|static`},
	{rule.PeriodLate, `id="x_1"|id="x_2"`, ""},
	{rule.PeriodMoved, "", `start="PT16S"|start="PT16.001S"`},
	{rule.PeriodRemoved, "", `<Period id="p" |<!-- + </Period>|-->`},
	{rule.PeriodRemoved, "", `<Period id="x_1" |<!-- + 2:</Period>|-->`},
	{rule.PeriodReopened, "", checkLastAd},
	{rule.PeriodAnnounced, checkLastAd, ""},
	{rule.NoOverlap, checkLastAd, `id="p" |id="q"  + id="x_1"|id="y_1"`},
	{rule.SetChanged, "", `<AdaptationSet id="2"|<AdaptationSet id="5"`},
	{rule.SetChanged, "", `id="w"|id="y"`},
	{rule.TrackChanged, "", `avc1.64001f|avc1.640020`},
	{rule.OffsetChanged, "", `presentationTimeOffset="768000"|presentationTimeOffset="768001"`},
	{rule.InitChanged, "", `x/a/init.mp4|y/a/init.mp4`},
	{rule.ProtectionChanged, "", `2:value="k"|value="l"`},
	{rule.ProtectionVanished, "", `<ContentProtection schemeIdUri="urn:c" value="k"/>| + <ContentProtection schemeIdUri="urn:c" value="k"/>|`},
	{rule.SegmentChanged, "", `<S d="1500"/>|<S d="1501"/>`},
	{rule.SegmentChanged, "", `startNumber="9"|startNumber="8"`},
	{rule.SegmentChanged, "", `<S t="720000" d="96000" r="7"/>|<S t="720001" d="96000" r="7"/>`},
	{rule.SegmentURLChanged, "", `2:a/$Time$|b/$Time$`},
	{rule.SegmentURLChanged, "", `/x/v/$Number$|/y/v/$Number$`},
	{rule.SegmentURLQuery, "", `a/$Time$.m4s|a/$Time$.m4s?token=2`},
	{rule.SegmentRetracted, "", `<S d="2000" r="2"/>|<S d="2000" r="1"/>`},
	{rule.SegmentRemoved, "", `<S t="0" d="96000" r="4"/>|<S t="96000" d="96000" r="3"/>`},
	{rule.EdgeFell, "", `<S t="720000" d="96000" r="7"/>|<S t="720000" d="96000" r="6"/> + <S d="2000" r="2"/>|<S d="2000" r="1"/>`},
	{rule.EventChanged, "", `presentationTime="4"|presentationTime="5"`},
}

// TestCheckUpdate: every rule of an update is found where it is broken.
func TestCheckUpdate(t *testing.T) {
	for _, c := range checkUpdateCases {
		texts := [2]string{checkSound, checkSound}
		for i, edit := range []string{c.before, c.after} {
			if edit != "" {
				texts[i] = checkEdit(t, checkSound, edit)
			}
		}
		prev, _ := checkAll(texts[0])
		next, _ := checkAll(texts[1])
		found := Update(prev, next)
		if !slices.ContainsFunc(found, func(v rule.Violation) bool { return v.Rule == c.rule }) {
			t.Errorf("%s: %q to %q finds %v", c.rule, c.before, c.after, found)
		}
	}
}

// TestCheckSound: what keeps the rules is silent, alone and as an update.
func TestCheckSound(t *testing.T) {
	sound := func(text string) *listing.Listing {
		l, found := checkAll(text)
		for _, v := range append(found, Start(l)...) {
			t.Error(v)
		}
		return l
	}
	l := sound(checkSound)
	if l.Edge() != 31_000_000 || !l.Stitched || !l.Periods[1].Ad || l.Periods[0].Ad {
		t.Errorf("edge %d, stitched %v", l.Edge(), l.Stitched)
	}
	_, v := l.Periods[2].Representation("v")
	if got := v.URL(9, 16000); got != "https://cdn.example/live/v/00009.m4s" {
		t.Errorf("the URL of a segment is %q", got)
	}
	for name, edits := range map[string][2]string{
		"the same":        {"", ""},
		"ad grows":        {checkLastAd + ` + <S t="0" d="96000" r="2"/>|<S t="0" d="96000" r="1"/>`, checkLastAd + ` + 00:00:30Z|00:00:31Z`},
		"content is back": {checkLastAd + ` + 00:00:30Z|00:00:16Z`, ""},
		// P10: it had been listed to 18 s.
		"early return":                 {checkLastAd + ` + 00:00:30Z|00:00:16Z + <S t="0" d="180000" r="2"/>|<S t="0" d="180000" r="3"/>`, ""},
		"the window moves on":          {"", `00:00:30Z|00:01:10Z + <Period id="p" |<!-- + </Period>|--> + <S d="2000" r="2"/>|<S d="2000" r="22"/> + <S t="720000" d="96000" r="7"/>|<S t="720000" d="96000" r="27"/>`},
		"runs are written otherwise":   {"", `00:00:30Z|00:00:31Z + <S t="0" d="96000" r="4"/>|<S t="0" d="96000" r="1"/><S t="192000" d="96000" r="2"/>`},
		"head leaves with its numbers": {"", `00:00:30Z|00:01:22Z + <S t="16000" d="2000" r="2"/>|<S t="20000" d="2000"/> + startNumber="9"|startNumber="11"`},
	} {
		t.Run(name, func(t *testing.T) {
			var versions [2]*listing.Listing
			for i, edit := range edits {
				text := checkSound
				if edit != "" {
					text = checkEdit(t, text, edit)
				}
				versions[i], _ = checkAll(text)
			}
			for _, v := range Update(versions[0], versions[1]) {
				t.Error(v)
			}
		})
	}
}

// TestCheckOpenList: a list without an end that gets one keeps what was there when it was
// answered.
func TestCheckOpenList(t *testing.T) {
	read := func(now int64, edits string) *listing.Listing {
		o := checkOptions
		o.Now = 1_767_225_600_000_000 + now
		l, _ := listing.Read([]byte(checkEdit(t, checkSound, edits)), o)
		return l
	}
	const open, short = `<S d="2000" r="2"/>|<S d="2000" r="-1"/>`, `<S d="2000" r="2"/>|<S d="2000" r="1"/>`
	for now, want := range map[int64]bool{29_000_000: false, 29_400_000: false, 29_500_000: true, 33_000_000: true} {
		found := Update(read(now, open), read(now+2_000_000, short))
		if got := slices.ContainsFunc(found, func(v rule.Violation) bool { return v.Rule == rule.SegmentRetracted }); got != want {
			t.Errorf("answered at %d: %v", now, found)
		}
	}
}

// TestCheckStart: a session of encrypted content does not start in a clear ad (K2).
func TestCheckStart(t *testing.T) {
	const ad = `<Period id="p" |<!-- + </Period>|-->`
	l, _ := checkAll(checkEdit(t, checkSound, ad))
	if found := Start(l); len(found) != 1 || found[0].Rule != rule.StartClear {
		t.Errorf("clear ad first: %v", found)
	}
	l, _ = checkAll(checkEdit(t, checkSound, ad+` + <Location>|<ContentProtection schemeIdUri="urn:c"><pssh>AAAA</pssh></ContentProtection><Location>`))
	if found := Start(l); len(found) > 0 {
		t.Errorf("with the keys' data in the MPD: %v", found)
	}
}

// TestCheckGap: a live MPD that stands still is found after one and a half segments and
// minimumUpdatePeriod; one whose segments are counted by @duration never stands still.
func TestCheckGap(t *testing.T) {
	l, _ := checkAll(checkSound)
	if found := Gap(0, 5_000_000, l); len(found) > 0 {
		t.Errorf("in time: %v", found)
	}
	if found := Gap(0, 5_000_001, l); len(found) != 1 || found[0].Rule != rule.UpdateLate {
		t.Errorf("late: %v", found)
	}
	l, _ = checkAll(checkEdit(t, checkSound, `dynamic|static`))
	if found := Gap(0, 1<<40, l); len(found) > 0 {
		t.Errorf("static: %v", found)
	}
}

// TestCheckEveryRule: every rule is broken by a test.
func TestCheckEveryRule(t *testing.T) {
	tested := map[string]bool{rule.StartClear: true, rule.UpdateLate: true}
	for _, c := range checkListingCases {
		tested[c.rule] = true
	}
	for _, c := range checkUpdateCases {
		tested[c.rule] = true
	}
	for _, rule := range rule.Rules() {
		if !tested[rule] {
			t.Errorf("%s is not broken by any test", rule)
		}
	}
}

// FuzzCheck: nothing that is called an MPD stops the checks, and each is an update of
// itself.
func FuzzCheck(f *testing.F) {
	corpus.Seeds(f, "../testdata/*/*.txtar", "origin")
	f.Add([]byte(checkSound))
	f.Add([]byte(strings.ReplaceAll(checkSound, `r="4"`, `r="2305843009213693951"`)))
	f.Fuzz(func(t *testing.T, src []byte) {
		l, found := listing.Read(src, checkOptions)
		found = append(found, MPD(l)...)
		found = append(found, Start(l)...)
		closed := rule.Rules()
		for _, v := range found {
			if _, ok := slices.BinarySearch(closed, v.Rule); !ok {
				t.Fatalf("rule %q is not in the set", v.Rule)
			}
		}
		if found := Update(l, l); len(found) > 0 {
			t.Fatalf("an MPD against itself: %v", found)
		}
		Gap(0, 1<<60, l)
	})
}

// TestListedBeforeThePeriod: with eptDelta, the first segment of a template that states a
// duration begins before its Period, as one that straddles a break does.
func TestListedBeforeThePeriod(t *testing.T) {
	l, _ := listing.Read([]byte(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z" minimumUpdatePeriod="PT2S" minBufferTime="PT2S" profiles="urn:mpeg:dash:profile:isoff-live:2011">
<Period id="p_1" start="PT489.292S"><AdaptationSet contentType="video" mimeType="video/mp4"><Representation id="v" bandwidth="1" codecs="avc1.42c01e">
<SegmentTemplate timescale="1000" duration="2000" presentationTimeOffset="489292" eptDelta="-1292" startNumber="245" media="$Number$.m4s"/></Representation></AdaptationSet></Period></MPD>`), listing.Options{})
	run := l.Periods[0].Sets[0].Representations[0].Runs[0]
	if run.Time != 488_000 || run.Number != 245 {
		t.Errorf("segment %d begins at %d, want 245 at 488000", run.Number, run.Time)
	}
}
