package vast

import "slices"

// extend adds to an ad's creatives what extensions say of them. The VAST CTV
// Addendum 2024 puts there, in VAST 2 and 3, what VAST 4 has under Creative
// and MediaFiles.
func extend(creatives []LinearCreative, extensions []rawExtension) {
	for i := range extensions {
		x := &extensions[i]
		within := creatives
		if x.creative >= 0 {
			k := slices.IndexFunc(creatives, func(c LinearCreative) bool { return c.place == x.creative })
			if k < 0 {
				continue
			}
			within = creatives[k : k+1]
		}
		if len(within) == 0 {
			continue
		}
		for _, n := range x.node.each("UniversalAdId") {
			c := named(within, n.attribute("creativeId"))
			c.UniversalIDs = append(c.UniversalIDs, UniversalID{Registry: n.attribute("idRegistry"), Value: n.text})
		}
		c := named(within, x.node.first("CreativeId").text)
		for _, n := range x.node.each("Mezzanine") {
			c.Mezzanines = append(c.Mezzanines, mediaFile(n))
		}
	}
}

// named is the creative of an id, the first where there is none or it matches
// none.
func named(creatives []LinearCreative, id string) *LinearCreative {
	for i := range creatives {
		if id != "" && creatives[i].ID == id {
			return &creatives[i]
		}
	}
	return &creatives[0]
}

// mediaFile reads a file from its element.
func mediaFile(n *node) MediaFile {
	return MediaFile{
		URL: n.link(), Type: n.attribute("type"), Delivery: n.attribute("delivery"), API: n.attribute("apiFramework"),
		Bitrate: max(number(n.attribute("bitrate")), number(n.attribute("maxBitrate"))), Width: number(n.attribute("width")), Height: number(n.attribute("height")),
	}
}
