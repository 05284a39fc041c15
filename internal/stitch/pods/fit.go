package pods

import (
	"slices"

	"stitcher/internal/avail"
)

// Overdue is the part of a drift that a pod must be shorter by. Up to avail.MaxSlack
// nothing is subtracted: after one spot that is a frame too long, a spot of the
// avail's whole length would never fit again. The drift stays bounded all the same,
// because an ad segment whose middle lies past the avail's end is not listed.
func Overdue(drift int64) int64 {
	if drift > 0 {
		return max(0, drift-avail.MaxSlack)
	}
	return drift
}

// Fit drops the items that do not fit whole into what is left, with avail.Slack for
// each, and gives them with the reason. An ad of the player and the slate under it
// count as one item. Where only bumpers are left the pod is empty, for that reason.
func Fit(d *avail.Decision, left int64, late bool) (dropped []avail.Item, reason avail.Reason) {
	reason = avail.AdTooLong
	if late {
		reason = avail.AdsLate
	}
	kept, slack := make([]avail.Item, 0, len(d.Items)), int64(0)
	for i := 0; i < len(d.Items); {
		it, n, length := &d.Items[i], 1, d.Items[i].Duration
		for ; it.Kind == avail.PlayerItem && i+n < len(d.Items); n++ {
			if next := &d.Items[i+n]; next.Kind != avail.PlayerItem || next.Ad != nil {
				break
			}
			length += d.Items[i+n].Duration
		}
		i += n
		if own := avail.Slack(length); length <= left+min(slack+own, avail.MaxSlack) {
			left, slack = left-length, slack+own
			kept = append(kept, d.Items[i-n:i]...)
			continue
		}
		dropped = append(dropped, d.Items[i-n])
		d.Skips = append(d.Skips, it.Ad.Skip(length, reason))
		if d.Reason == "" {
			d.Reason = reason
		}
	}
	if len(d.Items) > 0 && d.Slate == nil && !slices.ContainsFunc(kept, func(it avail.Item) bool { return it.Kind != avail.BumperItem }) {
		kept, d.Reason = nil, reason
	}
	d.Items = avail.TellBreaks(kept, dropped...)
	return dropped, reason
}

// minPeriod is how long a Period with an ad is at least, in microseconds: dash.js and
// shaka-player stall on shorter ones (dash.js#2946, shaka-player#797).
const minPeriod = 2_000_000

// DropShort drops the items of a pod that are too short for a Period of their own, and gives
// them.
func DropShort(d *avail.Decision) (dropped []avail.Item) {
	kept := make([]avail.Item, 0, len(d.Items))
	for _, it := range d.Items {
		if it.Duration >= minPeriod {
			kept = append(kept, it)
			continue
		}
		dropped = append(dropped, it)
		skip := avail.Skip{Duration: it.Duration, Reason: avail.AdTooShort}
		if it.Ad != nil {
			skip.AdID, skip.CreativeID = it.Ad.ID, it.Ad.CreativeID
		}
		d.Skips = append(d.Skips, skip)
		if d.Reason == "" {
			d.Reason = avail.AdTooShort
		}
	}
	if len(dropped) > 0 {
		d.Items = avail.TellBreaks(kept, dropped...)
	}
	return dropped
}
