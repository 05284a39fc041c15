package pod

import (
	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
	"stitcher/internal/vast"
)

const (
	// maxSkipID is for the names of an ad that is not shown, in bytes.
	maxSkipID = 256
	// maxSkipURL is for the URL of its media file.
	maxSkipURL = 2 << 10
)

// skip notes that an ad is not shown.
func (p *Pod) skip(ad *vast.Ad, reason avail.Reason) {
	var server string
	if reason.Unready() {
		server = ad.Creative().AdServer
	}
	p.skips = append(p.skips, avail.Skip{
		AdServer: server,
		AdID:     redact.Clip(ad.ID, maxSkipID), CreativeID: redact.Clip(ad.Linear.ID, maxSkipID), UniversalID: redact.Clip(ad.UniversalID(), maxSkipID),
		System: redact.Clip(ad.System, maxSkipID), Advertiser: redact.Clip(ad.Advertiser, maxSkipID), Campaign: redact.Clip(ad.Campaign, maxSkipID),
		MediaURL: mediaOf(ad), Duration: ad.Linear.Duration, Reason: reason, Fault: ad.Fault, Streaming: ad.Streaming,
	})
}

// mediaOf is the URL of an ad's media file; "" is that it has none, or too long a
// one to be kept.
func mediaOf(ad *vast.Ad) string {
	if len(ad.Media.URL) > maxSkipURL {
		return ""
	}
	return ad.Media.URL
}

// commonest is the reason that most skips have, the first of equals. OutOfSequence counts
// only if there is no other reason, because such ads would not have been shown anyway.
func commonest(skips []avail.Skip) avail.Reason {
	count := make(map[avail.Reason]int)
	for _, s := range skips {
		count[s.Reason]++
	}
	if n := count[avail.OutOfSequence]; n < len(skips) {
		delete(count, avail.OutOfSequence)
	}
	var best avail.Reason
	for _, s := range skips {
		if best == "" || count[s.Reason] > count[best] {
			best = s.Reason
		}
	}
	return best
}
