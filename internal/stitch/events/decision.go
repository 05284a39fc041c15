package events

import (
	"cmp"
	"fmt"
	"log/slog"
	"strings"

	"stitcher/internal/ads/adserver"
	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/eventlog"
	"stitcher/internal/stitch/records"
)

// tell writes an event unless the session does not log it.
type tell func(e eventlog.Event, text string, attrs ...slog.Attr)

// Decision logs how a decision came about, with the events that MediaTailor has for it. It runs
// behind the answers.
func (l *Logger) Decision(r *stitch.DecisionRequest, record *records.DecisionRecord) {
	if !l.Log.Chosen(r.Session) {
		return
	}
	c, err := l.Configurations.Configuration(r.Session.Configuration)
	if err != nil {
		return // it was deleted, and with it what is to be logged
	}
	// MediaTailor's requestId tells which lines belong to one decision.
	id := slog.String("requestId", r.Avail.Key.String())
	told := *record
	told.Answer = redact.Decision(record.Answer, r.Session)
	decisionEvents(r, &told, func(e eventlog.Event, text string, attrs ...slog.Attr) {
		if l.Log.Wants(c, r.Session, e) {
			l.Log.Write(r.Session, e, text, append(attrs, id)...)
		}
	})
}

// decisionEvents are the events of a decision in the order in which they happened. No
// part of record holds a secret.
func decisionEvents(r *stitch.DecisionRequest, record *records.DecisionRecord, write tell) {
	request, answer := &record.Request, &record.Answer
	if !r.PreRoll && !r.Avail.Unmarked {
		write(eventlog.AdMarkerFound, "", slog.Any("avail", loggedAvailOf(r, &avail.Decision{})))
	}
	if len(request.Empty) > 0 {
		write(eventlog.SubstitutionFailed, "variables without a value: "+strings.Join(request.Empty, ", "))
	}
	if request.URL != "" {
		asked := []slog.Attr{slog.String("adsRequestUrl", request.URL)}
		if record.Prefetch != "" {
			asked = append(asked, slog.String("prefetchScheduleName", record.Prefetch))
		}
		write(eventlog.MakingAdsRequest, "", asked...)
		write(eventlog.RawAdsRequest, "", append(asked, slog.String("method", request.Method), slog.Any("requestHeaders", request.Headers))...)
	}
	for i := range request.Hops {
		hopEvents(&request.Hops[i], request.Hops[i].URL == request.URL, write)
	}
	answerEvents(r, request, answer, write)
}

// hopEvents are the events of one request: to the ad decision server, or to the server
// that a wrapper names.
func hopEvents(h *adserver.Hop, first bool, write tell) {
	url := slog.String("adsRequestUrl", h.URL)
	if !first {
		write(eventlog.VASTRedirect, "", url)
	}
	if h.Fault != "" {
		write(faultEvent(h.Fault, first), h.Error, url, slog.Int("status", h.Status))
		return
	}
	event := eventlog.VASTResponse
	switch {
	case first && h.Bytes == 0:
		event = eventlog.EmptyVASTResponse
	case !first && h.Bytes == 0:
		event = eventlog.ErrorRedirectEmpty
	case !first:
		event = eventlog.RedirectedVASTResponse
	}
	write(event, "", url, slog.Int("status", h.Status), slog.Int64("milliseconds", h.Took/1000), slog.Int("bytes", h.Bytes))
	write(eventlog.RawAdsResponse, "", url, slog.String("body", h.Body[:min(len(h.Body), eventlog.MaxText)]))
}

// faultEvent is the event of a request that failed.
func faultEvent(f adserver.Fault, first bool) eventlog.Event {
	switch f {
	case adserver.FaultBlocked:
		return eventlog.ErrorDisallowedHost
	case adserver.FaultHost:
		return eventlog.ErrorUnknownHost
	}
	if !first {
		return eventlog.ErrorRedirectFailed
	}
	switch f {
	case adserver.FaultTimeout, adserver.FaultBusy:
		return eventlog.ErrorAdsTimeout
	case adserver.FaultStatus:
		return eventlog.ErrorAdsInvalid
	}
	return eventlog.ErrorAdsIO
}

// answerEvents are the events of what was decided.
func answerEvents(r *stitch.DecisionRequest, request *adserver.Trace, d *avail.Decision, write tell) {
	switch {
	case request.Fault == adserver.FaultRoot:
		write(eventlog.ErrorAdsRoot, request.Error)
	case d.Reason == avail.VASTInvalid && request.Error != "":
		write(eventlog.ErrorAdsParse, request.Error)
	case d.Reason == avail.AdsEmpty && len(request.Hops) > 0 && request.Hops[0].Bytes > 0 && d.OfferedAds == 0:
		event := eventlog.EmptyVASTResponse
		if strings.Contains(request.Hops[0].Body, "VMAP") {
			event = eventlog.EmptyVMAPResponse
		}
		write(event, "")
	case d.Reason == avail.InternalError:
		write(eventlog.ErrorUnknown, request.Error)
	}
	skipEvents(d, write)
	plan := loggedAvailOf(r, d)
	shown := plan.NumAds > 0 || d.Slate != nil || len(d.Breaks) > 0
	for i := range d.Breaks[:min(len(d.Breaks), maxLoggedAds)] {
		b := &d.Breaks[i]
		write(eventlog.VODPlanOffset, "", slog.Float64("vodVastResponseTimeOffset", seconds(b.At)), slog.Any("avail", loggedAvailOf(r, &b.Decision)))
	}
	switch {
	case r.Avail.Unmarked && shown:
		write(eventlog.VODPlanSuccess, "", slog.Any("avail", plan), slog.Any("offsets", offsetsOf(d)))
	case r.Avail.Unmarked:
		write(eventlog.VODPlanEmpty, string(d.Reason), slog.Any("avail", plan))
	case r.Overlay && shown:
		write(eventlog.FilledOverlay, "", slog.Any("avail", plan))
	case shown:
		// It is the plan: what is filled in the end is the account of the avail.
		write(eventlog.FilledAvail, string(d.Reason), slog.Any("avail", plan))
	default:
		write(eventlog.NoAdvertisements, string(d.Reason), slog.Any("avail", plan))
	}
}

// ofReason and ofFault are the events of ads that are not shown, in order.
var (
	ofReason = []struct {
		reason avail.Reason
		event  eventlog.Event
	}{
		{avail.FrameworkRequired, eventlog.VPAIDAdDropped}, {avail.ImpressionInvalid, eventlog.ErrorMissingImpression},
		{avail.NotOverlay, eventlog.ErrorMissingOverlays},
	}
	ofFault = []struct {
		fault avail.Fault
		event eventlog.Event
	}{
		{avail.NoCreatives, eventlog.ErrorMissingCreatives}, {avail.NoMediaFiles, eventlog.ErrorMissingMediaFiles},
		{avail.BadMediaFile, eventlog.ErrorMediaFile}, {avail.BadTagURI, eventlog.ErrorTagURI},
		{avail.SeveralAds, eventlog.ErrorSeveralAds},
	}
)

// skipEvents are the events of the ads that a decision does not show: one of each kind.
func skipEvents(d *avail.Decision, write tell) {
	count := func(e eventlog.Event, is func(s *avail.Skip) bool) {
		n := 0
		for _, pod := range podsOf(d) {
			for i := range pod.Skips {
				if is(&pod.Skips[i]) {
					n++
				}
			}
		}
		if n > 0 {
			write(e, fmt.Sprintf("%d ads", n))
		}
	}
	for _, x := range ofReason {
		count(x.event, func(s *avail.Skip) bool { return s.Reason == x.reason })
	}
	for _, x := range ofFault {
		count(x.event, func(s *avail.Skip) bool { return s.Fault == x.fault })
	}
}

// offsetsOf are the times of the breaks of a title without markers, in seconds.
func offsetsOf(d *avail.Decision) []float64 {
	var at []float64
	if len(d.Items) > 0 {
		at = append(at, 0)
	}
	for i := range d.Breaks {
		at = append(at, seconds(d.Breaks[i].At))
	}
	return at[:min(len(at), maxLoggedAds)]
}

// maxLoggedAds bounds the ads of a log line.
const maxLoggedAds = 50

// The avail as MediaTailor's schema of log events has it. Durations are in seconds.
type (
	loggedAvail struct {
		AvailID             string       `json:"availId"`
		OriginAvailDuration float64      `json:"originAvailDuration"`
		FilledDuration      float64      `json:"filledDuration"`
		FillRate            float64      `json:"fillRate"`
		NumAds              int          `json:"numAds"`
		CreativeAds         []loggedAd   `json:"creativeAds"`
		SkippedAds          []loggedSkip `json:"skippedAds,omitempty"`
		SlateAd             *loggedAd    `json:"slateAd,omitempty"`
	}
	loggedAd struct {
		CreativeUniqueID     string  `json:"creativeUniqueId"`
		URI                  string  `json:"uri,omitempty"`
		TranscodedAdDuration float64 `json:"transcodedAdDuration"`
		VASTDuration         float64 `json:"vastDuration,omitempty"`
	}
	loggedSkip struct {
		CreativeUniqueID string  `json:"creativeUniqueId"`
		AdMezzanineURL   string  `json:"adMezzanineUrl"`
		SkippedReason    string  `json:"skippedReason"`
		VASTDuration     float64 `json:"vastDuration"`
	}
)

// loggedAvailOf is an avail with what a decision shows in it.
func loggedAvailOf(r *stitch.DecisionRequest, d *avail.Decision) loggedAvail {
	a := loggedAvail{
		AvailID: r.Avail.Key.String(), OriginAvailDuration: seconds(r.Avail.Duration), CreativeAds: []loggedAd{},
	}
	filled := int64(0)
	for _, pod := range podsOf(d) {
		for i := range pod.Items {
			item := &pod.Items[i]
			if item.Ad == nil || item.Kind != avail.AdItem && item.Kind != avail.OverlayItem {
				continue
			}
			a.NumAds++
			filled += item.Duration
			if len(a.CreativeAds) < maxLoggedAds {
				a.CreativeAds = append(a.CreativeAds, adOf(item))
			}
		}
		for i := range pod.Skips {
			if skip := &pod.Skips[i]; len(a.SkippedAds) < maxLoggedAds {
				a.SkippedAds = append(a.SkippedAds, loggedSkip{
					CreativeUniqueID: cmp.Or(skip.CreativeID, skip.MediaURL), AdMezzanineURL: skip.MediaURL,
					SkippedReason: skip.MediaTailor(), VASTDuration: seconds(skip.Duration),
				})
			}
		}
	}
	if d.Slate != nil {
		slate := adOf(d.Slate)
		a.SlateAd = &slate
	}
	a.FilledDuration = seconds(filled)
	if r.Avail.Duration > 0 {
		a.FillRate = min(1, float64(filled)/float64(r.Avail.Duration))
	}
	return a
}

// podsOf are the pods of a decision: its own and those of its breaks.
func podsOf(d *avail.Decision) []*avail.Decision {
	list := []*avail.Decision{d}
	for i := range d.Breaks {
		list = append(list, &d.Breaks[i].Decision)
	}
	return list
}

func adOf(item *avail.Item) loggedAd {
	a := loggedAd{CreativeUniqueID: item.Asset, TranscodedAdDuration: seconds(item.Duration)}
	if ad := item.Ad; ad != nil {
		a.CreativeUniqueID = cmp.Or(ad.CreativeID, ad.MediaURL, item.Asset)
		a.URI, a.VASTDuration = ad.MediaURL, seconds(ad.Duration)
	}
	return a
}

func seconds(us int64) float64 { return float64(us) / 1e6 }
