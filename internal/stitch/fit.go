package stitch

import (
	"maps"
	"slices"

	"stitcher/internal/avail"
)

// fit drops the items that no longer fit whole into what is left, and gives them
// with the reason. The slate under an ad of the player is one with it.
func fit(d *avail.Decision, left int64, late bool) (dropped []avail.Item, reason avail.Reason) {
	reason = avail.AdTooLong
	if late {
		reason = avail.AdsLate
	}
	kept := make([]avail.Item, 0, len(d.Items))
	for i := 0; i < len(d.Items); {
		it, n, length := &d.Items[i], 1, d.Items[i].Duration
		for ; it.Kind == avail.PlayerItem && i+n < len(d.Items); n++ {
			if next := &d.Items[i+n]; next.Kind != avail.PlayerItem || next.Ad != nil {
				break
			}
			length += d.Items[i+n].Duration
		}
		i += n
		if length <= left+fitSlack {
			left -= length
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
	handOver(dropped, kept)
	d.Items = kept
	return dropped, reason
}

// handOver gives what dropped ads were to tell of their break's beginning and end
// to the first and the last ad that are kept. These become others: the answer that
// they are from stays as it was.
func handOver(dropped, kept []avail.Item) {
	var begun, over []string
	for _, it := range dropped {
		if it.Ad != nil {
			begun, over = append(begun, it.Ad.Tracking["breakStart"]...), append(over, it.Ad.Tracking["breakEnd"]...)
		}
	}
	first, last := -1, -1
	for i := range kept {
		if kept[i].Ad == nil {
			continue
		}
		if last = i; first < 0 {
			first = i
		}
	}
	if first < 0 {
		return
	}
	track := func(i int, event string, urls []string) {
		if len(urls) > 0 {
			ad := *kept[i].Ad
			ad.Tracking = map[string][]string{}
			maps.Copy(ad.Tracking, kept[i].Ad.Tracking)
			ad.Tracking[event] = slices.Concat(ad.Tracking[event], urls)
			kept[i].Ad = &ad
		}
	}
	track(first, "breakStart", begun)
	track(last, "breakEnd", over)
}
