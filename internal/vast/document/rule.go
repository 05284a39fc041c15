package document

import "stitcher/internal/vast/markup"

// reading is how an attribute is read into the typed model.
type reading int

const (
	verbatim reading = iota + 1
	integer
	boolean
	handled // the model would lose digits: see reader.handle
)

// read are the attributes that a decision needs; the others do not reach the
// model, which refuses a whole response for one odd value (width="100%",
// scalable="yes", type="text/html" where it has a bool).
var read = map[string]reading{
	"id": verbatim, "adId": verbatim, "adType": verbatim, "version": verbatim, "type": verbatim,
	"delivery": verbatim, "apiFramework": verbatim, "event": verbatim, "idRegistry": verbatim,
	"authority": verbatim,

	"bitrate": integer, "maxBitrate": integer, "width": integer, "height": integer, "sequence": integer,

	"fallbackOnNoAd": boolean, "allowMultipleAds": boolean, "followAdditionalWrappers": boolean,

	"skipoffset": handled, "offset": handled,
}

// needed are the elements that a decision needs, by their canonical names; the others
// do not reach the model. Details reads them from the ad as received, for the
// ads that are shown.
var needed = set(
	"VAST", "Ad", "InLine", "Wrapper", "AdSystem", "AdTitle", "AdServingId", "Advertiser", "Category", "Error",
	"Impression", "Expires", "BlockedAdCategories", "VASTAdTagURI", "Creatives", "Creative", "UniversalAdId",
	"Linear", "NonLinearAds", "Duration", "TrackingEvents", "Tracking", "VideoClicks", "ClickThrough",
	"ClickTracking", "MediaFiles", "MediaFile", "Mezzanine", "InteractiveCreativeFile", "Extensions", "Extension",
	"CreativeExtensions", "CreativeExtension", "Video", markup.URLElement,
)

// linked are the elements that hold a URL.
var linked = set("Error", "Impression", "VASTAdTagURI", "Tracking", "ClickThrough", "ClickTracking", "MediaFile", "Mezzanine")

// captured tells whether an element is taken over by the reader: an exact
// duration, an idValue attribute that the model drops, an integer that the model
// would refuse, an element that it doesn't know, or doesn't know there.
func captured(parent, element string) bool {
	switch element {
	case "Duration":
		return parent == "Linear"
	case "UniversalAdId":
		return parent == "Creative"
	case "Expires", "Video":
		return parent == "InLine"
	case "BlockedAdCategories":
		return parent == "Wrapper"
	case "InteractiveCreativeFile":
		return parent == "MediaFiles"
	case "TrackingEvents", "VideoClicks":
		return parent == "InLine" || parent == "Wrapper"
	}
	return false
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}
