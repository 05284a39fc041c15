package vast

import (
	"encoding/xml"
	"strings"

	model "github.com/haxqer/vast"
)

// extension is what the VAST CTV Addendum 2024 puts into extensions of VAST 2
// and 3: elements that VAST 4 has under Creative and MediaFiles.
type extension struct {
	UniversalIDs []struct {
		Registry string `xml:"idRegistry,attr"`
		Creative string `xml:"creativeId,attr"`
		Value    string `xml:",chardata"`
	} `xml:"UniversalAdId"`
	Mezzanines []model.Mezzanine `xml:"Mezzanine"`
	Creative   string            `xml:"CreativeId"`
}

// extend adds to an ad's creatives what its extensions say of them.
func extend(creatives []LinearCreative, extensions *[]model.Extension) {
	if extensions == nil || len(creatives) == 0 {
		return
	}
	for _, e := range *extensions {
		switch strings.ToLower(strings.TrimSpace(e.Type)) {
		case "universaladid", "mezzanine":
		default:
			continue
		}
		var x extension
		if xml.Unmarshal([]byte("<x>"+e.Data+"</x>"), &x) != nil {
			continue // an extension is no reason to lose the ad
		}
		for _, id := range x.UniversalIDs {
			c := named(creatives, id.Creative)
			c.UniversalIDs = append(c.UniversalIDs, UniversalID{
				Registry: strings.TrimSpace(id.Registry), Value: strings.TrimSpace(id.Value),
			})
		}
		c := named(creatives, x.Creative)
		c.Mezzanines = append(c.Mezzanines, mezzanines(x.Mezzanines)...)
	}
}

// named is the creative of an id, the first where there is none or it matches
// none.
func named(creatives []LinearCreative, id string) *LinearCreative {
	for i := range creatives {
		if id = strings.TrimSpace(id); id != "" && creatives[i].ID == id {
			return &creatives[i]
		}
	}
	return &creatives[0]
}

// mezzanines converts the files that creatives are prepared from.
func mezzanines(list []model.Mezzanine) []MediaFile {
	var out []MediaFile
	for _, f := range list {
		out = append(out, MediaFile{
			URL: link(f.URI), Type: f.Type, Delivery: f.Delivery, Width: f.Width, Height: f.Height,
		})
	}
	return out
}
