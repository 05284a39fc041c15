package pod

import "stitcher/internal/avail"

// Limits on what a pod keeps of what ad servers wrote, in bytes. A session
// has its decisions in the store for as long as it lives, and the trackers of one
// wrapper are those of every ad behind it.
const (
	// maxWeight is for one pod.
	maxWeight = 1 << 20
	// perURL is what a URL weighs beside its length: each is called, and what was
	// tried is kept until it is delivered.
	perURL = 256
)

// bear adds what is kept of an ad to the pod's weight; false is that it is too
// much.
func (p *Pod) bear(ad *avail.Ad) bool {
	w := weight(ad)
	if p.weight+w > maxWeight {
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

// Weight is about how much a decision keeps of its ads, in bytes.
func Weight(d *avail.Decision) int {
	w := 0
	for i := range d.Items {
		if ad := d.Items[i].Ad; ad != nil {
			w += weight(ad)
		}
	}
	return w
}
