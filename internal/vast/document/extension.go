package document

import (
	"slices"

	"stitcher/internal/vast/markup"
)

// extend adds to an ad's creatives what extensions say of them. The VAST CTV
// Addendum 2024 puts there, in VAST 2 and 3, what VAST 4 has under Creative
// and MediaFiles.
func extend(creatives []LinearCreative, extensions []rawExtension) {
	for i := range extensions {
		x := &extensions[i]
		within := creatives
		if x.creative >= 0 {
			k := slices.IndexFunc(creatives, func(c LinearCreative) bool { return c.Place == x.creative })
			if k < 0 {
				continue
			}
			within = creatives[k : k+1]
		}
		if len(within) == 0 {
			continue
		}
		for _, n := range x.node.Each("UniversalAdId") {
			c := named(within, n.Attribute("creativeId"))
			c.UniversalIDs = append(c.UniversalIDs, UniversalID{Registry: n.Attribute("idRegistry"), Value: n.Text})
		}
		c := named(within, x.node.First("CreativeId").Text)
		for _, n := range x.node.Each("Mezzanine") {
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
func mediaFile(n *markup.Node) MediaFile {
	return MediaFile{
		URL: n.Link(), Type: n.Attribute("type"), Delivery: n.Attribute("delivery"), API: n.Attribute("apiFramework"),
		Bitrate: max(markup.Number(n.Attribute("bitrate")), markup.Number(n.Attribute("maxBitrate"))), Width: markup.Number(n.Attribute("width")), Height: markup.Number(n.Attribute("height")),
	}
}
