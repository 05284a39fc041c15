package trackdoc

// Last is the start of the last event of an avail, in microseconds of the presentation;
// of one without events it is its own start.
func (a *Avail) Last() int64 {
	last := a.StartTimeInSeconds
	for i := range a.Ads {
		for k := range a.Ads[i].TrackingEvents {
			last = max(last, a.Ads[i].TrackingEvents[k].StartTimeInSeconds)
		}
	}
	return int64(last)
}

// After leaves the events that start after a time. An ad before it without any is left
// out (reference §6.3).
func (a *Avail) After(at int64) Avail {
	out := *a
	out.Ads = []Ad{}
	for i := range a.Ads {
		ad := a.Ads[i]
		ad.TrackingEvents = []TrackingEvent{}
		for k := range a.Ads[i].TrackingEvents {
			if e := &a.Ads[i].TrackingEvents[k]; int64(e.StartTimeInSeconds) > at {
				ad.TrackingEvents = append(ad.TrackingEvents, *e)
			}
		}
		if len(ad.TrackingEvents) > 0 || int64(ad.StartTimeInSeconds) > at {
			out.Ads = append(out.Ads, ad)
		}
	}
	return out
}
