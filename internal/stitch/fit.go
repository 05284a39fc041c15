package stitch

import (
	"slices"

	"stitcher/internal/avail"
)

// overdue is how much of a drift a pod has to make up for. What is within
// avail.MaxSlack is left to the return, which lists no segment past the middle of
// it: otherwise one spot that is a frame too long would take the ads from every
// avail after it that the next one fills.
func overdue(drift int64) int64 {
	if drift > 0 {
		return max(0, drift-avail.MaxSlack)
	}
	return drift
}

// fit drops the items that no longer fit whole into what is left, but for what
// each may be too long (avail.Slack), and gives them with the reason. The slate under an ad of the player is one with it. Where clips
// alone are left there is no pod, and that is why nothing is shown.
func fit(d *avail.Decision, left int64, late bool) (dropped []avail.Item, reason avail.Reason) {
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
		skip := avail.Skip{Duration: length, Reason: reason}
		if it.Ad != nil {
			skip.AdID, skip.CreativeID = it.Ad.ID, it.Ad.CreativeID
		}
		d.Skips = append(d.Skips, skip)
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
