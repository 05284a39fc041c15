package vast

import (
	"math"
	"strconv"
	"strings"
)

// reading is how an attribute is read into the typed model.
type reading int

const (
	verbatim reading = iota + 1
	integer
	boolean
	handled // the model would lose digits: see reader.handle
)

// attributes are those that a decision needs; the others do not reach the
// model, which refuses a whole response for one odd value (width="100%",
// scalable="yes", type="text/html" where it has a bool).
var attributes = map[string]reading{
	"id": verbatim, "adId": verbatim, "adType": verbatim, "version": verbatim, "type": verbatim,
	"delivery": verbatim, "apiFramework": verbatim, "event": verbatim, "idRegistry": verbatim,
	"authority": verbatim,

	"bitrate": integer, "maxBitrate": integer, "width": integer, "height": integer, "sequence": integer,

	"fallbackOnNoAd": boolean, "allowMultipleAds": boolean, "followAdditionalWrappers": boolean,

	"skipoffset": handled, "offset": handled,
}

// elements are those that a decision needs, by their canonical names; the others
// do not reach the model. Details reads them from the ad as received, for the
// ads that are shown.
var elements = setOf(
	"VAST", "Ad", "InLine", "Wrapper", "AdSystem", "AdTitle", "AdServingId", "Advertiser", "Category", "Error",
	"Impression", "Expires", "BlockedAdCategories", "VASTAdTagURI", "Creatives", "Creative", "UniversalAdId",
	"Linear", "NonLinearAds", "Duration", "TrackingEvents", "Tracking", "VideoClicks", "ClickThrough",
	"ClickTracking", "MediaFiles", "MediaFile", "Mezzanine", "InteractiveCreativeFile", "Extensions", "Extension",
	"CreativeExtensions", "CreativeExtension", "Video", urlElement,
)

// urlElement holds a URL inside the element that it is of, in VAST 1.
const urlElement = "URL"

// linked are the elements that hold a URL.
var linked = setOf("Error", "Impression", "VASTAdTagURI", "Tracking", "ClickThrough", "ClickTracking", "MediaFile", "Mezzanine")

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

// repairInteger gives a whole number that the model takes: fractions are cut,
// a trailing unit ("px") is dropped, all else removes the attribute.
func repairInteger(value string) (string, bool) {
	value = strings.TrimSuffix(strings.TrimSpace(value), "px")
	if n, err := strconv.ParseInt(value, 10, 32); err == nil {
		return strconv.FormatInt(n, 10), true
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.Abs(f) > math.MaxInt32 || math.IsNaN(f) {
		return "", false
	}
	return strconv.FormatInt(int64(f), 10), true
}

// repairBoolean gives "true" or "false" for what ad servers write.
func repairBoolean(value string) (string, bool) {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "true", "1", "yes", "y", "on":
		return "true", true
	case "false", "0", "no", "n", "off":
		return "false", true
	}
	return "", false
}
