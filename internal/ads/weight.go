package ads

import "stitcher/internal/avail"

// Limits on what a decision keeps of what ad servers wrote, in bytes. A session
// has its decisions in the store for as long as it lives, and the trackers of one
// wrapper are those of every ad behind it.
const (
	// maxPodWeight is for one pod, maxWeight for all those of an asset: breaks
	// repeat, each time with all that their ads have.
	maxPodWeight = 1 << 20
	maxWeight    = 4 << 20
	// perURL is what a URL weighs beside its length: each is called, and what was
	// tried is kept until it is delivered.
	perURL = 256
	// maxSkipID is for the names of an ad that is not shown.
	maxSkipID = 256
	// maxSkipURL is for the URL of its media file.
	maxSkipURL = 2 << 10
)

// bear adds what is kept of an ad to the pod's weight; false is that it is too
// much.
func (p *pod) bear(ad *avail.Ad) bool {
	w := weight(ad)
	if p.weight+w > maxPodWeight {
		return false
	}
	p.weight += w
	return true
}

// weight is about how much is kept of an ad.
func weight(ad *avail.Ad) int {
	w := len(ad.ID) + len(ad.System) + len(ad.Title) + len(ad.Advertiser) + len(ad.Campaign) + len(ad.CreativeID) + len(ad.UniversalID) +
		len(ad.ServingID) + len(ad.MediaURL) + len(ad.Raw)
	for event, urls := range ad.Tracking {
		w += len(event)
		for _, u := range urls {
			w += perURL + len(u)
		}
	}
	return w
}

// weightOf is that of all ads of a decision.
func weightOf(d *avail.Decision) int {
	w := 0
	for i := range d.Items {
		if ad := d.Items[i].Ad; ad != nil {
			w += weight(ad)
		}
	}
	return w
}
