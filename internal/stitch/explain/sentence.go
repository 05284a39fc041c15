package explain

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"stitcher/internal/avail"
)

// phrases say in words why an ad or a part of an avail was not shown.
var phrases = map[avail.Reason]string{
	avail.CreativeNew:          "its creative was seen for the first time",
	avail.CreativeTranscoding:  "still transcoding",
	avail.TranscodeFailed:      "its transcode failed",
	avail.CreativeUnfetchable:  "its creative could not be fetched",
	avail.RenditionMissing:     "a rendition is missing",
	avail.ContainerMismatch:    "its container differs from the content's",
	avail.SegmentTooLong:       "a segment is longer than the target duration",
	avail.AdTooLong:            "longer than what was left",
	avail.RepeatedInPod:        "already in the pod",
	avail.CategoryBlocked:      "its category is blocked",
	avail.NotLinear:            "not linear",
	avail.NotOverlay:           "without an overlay",
	avail.AdsLate:              "the decision was late",
	avail.AdsTimeout:           "the ad server timed out",
	avail.AdsError:             "the ad server failed",
	avail.AdsEmpty:             "the ad server returned no ads",
	avail.VASTInvalid:          "the VAST document is invalid",
	avail.WrapperLimit:         "too many wrappers",
	avail.WrapperInvalid:       "a wrapper is invalid",
	avail.PodShort:             "the ads are shorter than the avail",
	avail.BelowThreshold:       "the ads fill less than the threshold",
	avail.Suppressed:           "the avail is suppressed",
	avail.JoinedMidBreak:       "the session began in the avail",
	avail.EarlyReturn:          "the avail ended early",
	avail.MarkerLate:           "the marker was late",
	avail.TooClose:             "too close to another avail",
	avail.RenditionUnmappable:  "a rendition could not be aligned",
	avail.OriginRestart:        "the origin restarted",
	avail.InternalError:        "an internal error",
	avail.LeftToPlayer:         "left to the player",
	avail.MarkerUnreadable:     "the marker could not be read",
	avail.ImpressionInvalid:    "its impressions cannot be sent",
	avail.FrameworkRequired:    "it needs an API framework",
	avail.RenditionUnavailable: "the origin does not serve a rendition",
	avail.ContentUnknown:       "the content's profile is not known",
	avail.OutOfSequence:        "out of sequence",
	avail.StoreAway:            "the store was away",
	avail.StoreFull:            "the store had no room for the session",
	avail.AdTooShort:           "too short for a Period",
	avail.ContentUnsupported:   "the content's codec is not supported",
}

// maxTold is how many skipped ads a sentence names.
const maxTold = 5

// sentence tells what became of an avail: "28.0 of 30.0 s filled; ad b skipped: still
// transcoding, ready at 14:03:10; 2.0 s slate: the ads are shorter than the avail". a is nil
// while the avail is not over, d while it is not decided; ready is when skipped ads became
// ready, as far as that is known.
func sentence(a *avail.Account, d *avail.Decision, ready []time.Time) string {
	var parts []string
	switch {
	case a != nil:
		parts = append(parts, fmt.Sprintf("%s of %s s filled", inSeconds(a.Filled), inSeconds(a.Duration)))
	case d == nil:
		return "not decided"
	case len(d.Items) > 0:
		parts = append(parts, fmt.Sprintf("not over; %s s planned", inSeconds(d.Length())))
	default:
		parts = append(parts, "not over; no ads: "+phrase(d.Reason))
	}
	if d != nil {
		parts = append(parts, skipped(d, ready)...)
	}
	if a != nil {
		parts = append(parts, left(a)...)
	}
	return strings.Join(parts, "; ")
}

func skipped(d *avail.Decision, ready []time.Time) []string {
	var parts []string
	list := d.Skips
	for i := range list[:min(len(list), maxTold)] {
		part := fmt.Sprintf("ad %s skipped: %s", cmp.Or(list[i].AdID, list[i].CreativeID, "without an id"), phrase(list[i].Reason))
		if i < len(ready) && !ready[i].IsZero() {
			layout := time.TimeOnly
			if ready[i].Format(time.DateOnly) != time.UnixMicro(d.Decided).UTC().Format(time.DateOnly) {
				layout = time.DateTime
			}
			part += ", ready at " + ready[i].Format(layout)
		}
		parts = append(parts, part)
	}
	if more := len(list) - maxTold; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more ads skipped", more))
	}
	return parts
}

// left tells of the time without ads: how much of it was slate, and the reasons for all of
// it.
func left(a *avail.Account) []string {
	var unfilled int64
	var why []string
	for _, s := range a.Unfilled {
		unfilled += s.Duration
		why = append(why, phrase(s.Reason))
	}
	var parts []string
	if a.Slate > 0 {
		parts = append(parts, inSeconds(a.Slate)+" s slate")
	}
	if content := unfilled - a.Slate; content > 0 {
		parts = append(parts, inSeconds(content)+" s content")
	}
	if len(parts) > 0 {
		parts[len(parts)-1] += ": " + strings.Join(why, ", ")
	}
	return parts
}

func phrase(r avail.Reason) string { return cmp.Or(phrases[r], string(r), "no reason is recorded") }

func inSeconds(us int64) string { return fmt.Sprintf("%.1f", float64(us)/1e6) }
