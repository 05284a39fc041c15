package events

import (
	"encoding/json"
	"log/slog"
	"slices"
	"testing"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/eventlog"
	"stitcher/internal/stitch/records"
)

func TestDecisionEvents(t *testing.T) {
	const url, wrapped = "https://ads.example/vast", "https://other.example/vast"
	ok := adserver.Hop{URL: url, Status: 200, Bytes: 900, Body: "<VAST"}
	ad := avail.Item{Asset: "a1", Duration: 15_000_000, Ad: &avail.Ad{CreativeID: "c1", MediaURL: "https://cdn.example/1.mp4", Duration: 15_000_000}}
	filled := avail.Decision{Items: []avail.Item{ad}, OfferedAds: 1}
	live := avail.Avail{Duration: 30_000_000}
	failed := func(f adserver.Fault) adserver.Trace {
		return adserver.Trace{URL: url, Hops: []adserver.Hop{{URL: url, Fault: f}}}
	}
	redirected := func(h adserver.Hop) adserver.Trace { return adserver.Trace{URL: url, Hops: []adserver.Hop{ok, h}} }
	for name, c := range map[string]struct {
		avail   avail.Avail
		preRoll bool
		record  records.DecisionRecord
		want    []eventlog.Event
	}{
		"filled": {live, false, records.DecisionRecord{Request: adserver.Trace{URL: url, Hops: []adserver.Hop{ok}}, Answer: filled}, []eventlog.Event{
			eventlog.AdMarkerFound, eventlog.MakingAdsRequest, eventlog.RawAdsRequest, eventlog.VASTResponse, eventlog.RawAdsResponse, eventlog.FilledAvail,
		}},
		"pre-roll": {live, true, records.DecisionRecord{Answer: filled}, []eventlog.Event{eventlog.FilledAvail}},
		"no variable": {live, false, records.DecisionRecord{Request: adserver.Trace{Empty: []string{"avail.index"}}, Answer: filled}, []eventlog.Event{
			eventlog.AdMarkerFound, eventlog.SubstitutionFailed, eventlog.FilledAvail,
		}},
		"wrapper": {live, false, records.DecisionRecord{Request: redirected(adserver.Hop{URL: wrapped, Bytes: 1}), Answer: filled}, []eventlog.Event{
			eventlog.AdMarkerFound, eventlog.MakingAdsRequest, eventlog.RawAdsRequest, eventlog.VASTResponse, eventlog.RawAdsResponse,
			eventlog.VASTRedirect, eventlog.RedirectedVASTResponse, eventlog.RawAdsResponse, eventlog.FilledAvail,
		}},
		"wrapper fails": {live, false, records.DecisionRecord{Request: redirected(adserver.Hop{URL: wrapped, Fault: adserver.FaultStatus}), Answer: avail.Decision{Reason: avail.AdsError}}, []eventlog.Event{
			eventlog.AdMarkerFound, eventlog.MakingAdsRequest, eventlog.RawAdsRequest, eventlog.VASTResponse, eventlog.RawAdsResponse,
			eventlog.VASTRedirect, eventlog.ErrorRedirectFailed, eventlog.NoAdvertisements,
		}},
		"wrapper without a body": {live, false, records.DecisionRecord{Request: redirected(adserver.Hop{URL: wrapped, Status: 204}), Answer: avail.Decision{}}, []eventlog.Event{
			eventlog.AdMarkerFound, eventlog.MakingAdsRequest, eventlog.RawAdsRequest, eventlog.VASTResponse, eventlog.RawAdsResponse,
			eventlog.VASTRedirect, eventlog.ErrorRedirectEmpty, eventlog.RawAdsResponse, eventlog.NoAdvertisements,
		}},
		"time-out": {live, false, records.DecisionRecord{Request: failed(adserver.FaultTimeout), Answer: avail.Decision{Reason: avail.AdsTimeout}}, requested(eventlog.ErrorAdsTimeout)},
		"busy":     {live, false, records.DecisionRecord{Request: failed(adserver.FaultBusy), Answer: avail.Decision{Reason: avail.AdsTimeout}}, requested(eventlog.ErrorAdsTimeout)},
		"blocked":  {live, false, records.DecisionRecord{Request: failed(adserver.FaultBlocked), Answer: avail.Decision{Reason: avail.AdsError}}, requested(eventlog.ErrorDisallowedHost)},
		"no host":  {live, false, records.DecisionRecord{Request: failed(adserver.FaultHost), Answer: avail.Decision{Reason: avail.AdsError}}, requested(eventlog.ErrorUnknownHost)},
		"status":   {live, false, records.DecisionRecord{Request: failed(adserver.FaultStatus), Answer: avail.Decision{Reason: avail.AdsError}}, requested(eventlog.ErrorAdsInvalid)},
		"reset":    {live, false, records.DecisionRecord{Request: failed(adserver.FaultIO), Answer: avail.Decision{Reason: avail.AdsError}}, requested(eventlog.ErrorAdsIO)},
		"not VAST": {live, false, records.DecisionRecord{Request: adserver.Trace{URL: url, Hops: []adserver.Hop{ok}, Error: "no"}, Answer: avail.Decision{Reason: avail.VASTInvalid}}, requested(
			eventlog.VASTResponse, eventlog.RawAdsResponse, eventlog.ErrorAdsParse)},
		"HTML": {live, false, records.DecisionRecord{Request: adserver.Trace{URL: url, Hops: []adserver.Hop{ok}, Error: "no", Fault: adserver.FaultRoot}, Answer: avail.Decision{Reason: avail.VASTInvalid}}, requested(
			eventlog.VASTResponse, eventlog.RawAdsResponse, eventlog.ErrorAdsRoot)},
		"faults": {live, false, records.DecisionRecord{Answer: avail.Decision{Skips: []avail.Skip{{Fault: avail.NoCreatives}, {Fault: avail.NoMediaFiles}, {Fault: avail.BadMediaFile}, {Fault: avail.BadTagURI}, {Fault: avail.SeveralAds}}}}, []eventlog.Event{
			eventlog.AdMarkerFound, eventlog.ErrorMissingCreatives, eventlog.ErrorMissingMediaFiles, eventlog.ErrorMediaFile, eventlog.ErrorTagURI, eventlog.ErrorSeveralAds, eventlog.NoAdvertisements,
		}},
		"title with breaks": {avail.Avail{Unmarked: true}, false, records.DecisionRecord{Answer: avail.Decision{Breaks: []avail.Break{{At: 1}, {At: 2}}}}, []eventlog.Event{
			eventlog.VODPlanOffset, eventlog.VODPlanOffset, eventlog.VODPlanSuccess,
		}},
		"empty": {live, false, records.DecisionRecord{Request: adserver.Trace{URL: url, Hops: []adserver.Hop{ok}}, Answer: avail.Decision{Reason: avail.AdsEmpty}}, requested(
			eventlog.VASTResponse, eventlog.RawAdsResponse, eventlog.EmptyVASTResponse)},
		"empty VMAP": {live, false, records.DecisionRecord{Request: adserver.Trace{URL: url, Hops: []adserver.Hop{{URL: url, Bytes: 10, Body: "<vmap:VMAP/>"}}}, Answer: avail.Decision{Reason: avail.AdsEmpty}}, requested(
			eventlog.VASTResponse, eventlog.RawAdsResponse, eventlog.EmptyVMAPResponse)},
		"VPAID": {live, false, records.DecisionRecord{Answer: avail.Decision{Skips: []avail.Skip{{Reason: avail.FrameworkRequired}, {Reason: avail.ImpressionInvalid}}}}, []eventlog.Event{
			eventlog.AdMarkerFound, eventlog.VPAIDAdDropped, eventlog.ErrorMissingImpression, eventlog.NoAdvertisements,
		}},
		"internal": {live, false, records.DecisionRecord{Answer: avail.Decision{Reason: avail.InternalError}}, []eventlog.Event{
			eventlog.AdMarkerFound, eventlog.ErrorUnknown, eventlog.NoAdvertisements,
		}},
		"title":             {avail.Avail{Unmarked: true}, false, records.DecisionRecord{Answer: filled}, []eventlog.Event{eventlog.VODPlanSuccess}},
		"title without ads": {avail.Avail{Unmarked: true}, false, records.DecisionRecord{}, []eventlog.Event{eventlog.VODPlanEmpty}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []eventlog.Event
			r := &stitch.DecisionRequest{Session: &playback.Session{}, Avail: c.avail, PreRoll: c.preRoll}
			decisionEvents(r, &c.record, func(e eventlog.Event, _ string, _ ...slog.Attr) { got = append(got, e) })
			if !slices.Equal(got, c.want) {
				t.Errorf("events %v\nwant   %v", got, c.want)
			}
		})
	}
}

// requested are the events of a live avail whose request came to this.
func requested(e ...eventlog.Event) []eventlog.Event {
	all := append([]eventlog.Event{eventlog.AdMarkerFound, eventlog.MakingAdsRequest, eventlog.RawAdsRequest}, e...)
	return append(all, eventlog.NoAdvertisements)
}

func TestLoggedAvail(t *testing.T) {
	d := avail.Decision{
		Items: []avail.Item{
			{Kind: avail.BumperItem, Asset: "b", Duration: 1_000_000},
			{Asset: "a1", Duration: 15_000_000, Ad: &avail.Ad{CreativeID: "c1", MediaURL: "https://cdn.example/1.mp4", Duration: 15_010_000}},
		},
		Slate: &avail.Item{Kind: avail.SlateItem, Asset: "s", Duration: 5_000_000},
		Skips: []avail.Skip{{MediaURL: "https://cdn.example/2.mp4", Duration: 20_000_000, Reason: avail.CreativeTranscoding}},
	}
	r := &stitch.DecisionRequest{Avail: avail.Avail{Key: avail.Key{Epoch: 0, Sequence: 42}, Duration: 20_000_000}}
	got, err := json.Marshal(loggedAvailOf(r, &d))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"availId":"0.42","originAvailDuration":20,"filledDuration":15,"fillRate":0.75,"numAds":1,` +
		`"creativeAds":[{"creativeUniqueId":"c1","uri":"https://cdn.example/1.mp4","transcodedAdDuration":15,"vastDuration":15.01}],` +
		`"skippedAds":[{"creativeUniqueId":"https://cdn.example/2.mp4","adMezzanineUrl":"https://cdn.example/2.mp4","skippedReason":"TRANSCODE_IN_PROGRESS","vastDuration":20}],` +
		`"slateAd":{"creativeUniqueId":"s","transcodedAdDuration":5}}`
	if string(got) != want {
		t.Errorf("avail %s\nwant  %s", got, want)
	}
	d.Items = slices.Repeat(d.Items, 2*maxLoggedAds)
	if a := loggedAvailOf(r, &d); a.NumAds != 2*maxLoggedAds || len(a.CreativeAds) != maxLoggedAds {
		t.Errorf("%d ads, %d of them told", a.NumAds, len(a.CreativeAds))
	}
}
