package avail

import (
	"maps"
	"slices"
)

// TellBreaks returns the items of a pod with all breakStart URLs on the first ad and all
// breakEnd URLs on the last (VMAP 1.0.1 §2.3.3), because pods may be joined and ads may be
// left out. The items that it is given do not change.
func TellBreaks(items []Item, left ...Item) []Item {
	first, last := -1, -1
	for i := range items {
		if items[i].Ad == nil {
			continue
		}
		if last = i; first < 0 {
			first = i
		}
	}
	out := items
	tell := func(event string, at int) {
		var urls []string
		for _, list := range [][]Item{items, left} {
			for i := range list {
				if list[i].Ad != nil {
					urls = append(urls, list[i].Ad.Tracking[event]...)
				}
			}
		}
		for i := range items {
			var want []string
			if i == at {
				want = urls
			}
			if items[i].Ad == nil || slices.Equal(items[i].Ad.Tracking[event], want) {
				continue
			}
			if &out[0] == &items[0] {
				out = slices.Clone(items)
			}
			out[i].Ad = out[i].Ad.telling(event, want)
		}
	}
	tell("breakStart", first)
	tell("breakEnd", last)
	return out
}

// telling is the ad with other URLs of an event.
func (a *Ad) telling(event string, urls []string) *Ad {
	other := *a
	other.Tracking = map[string][]string{}
	maps.Copy(other.Tracking, a.Tracking)
	delete(other.Tracking, event)
	other.Track(event, urls)
	return &other
}
