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

// elements are those that a decision needs, by their names; the others do not
// reach the model. Details reads them from the ad as received, for the ads
// that are shown.
var elements = map[string]string{
	"VAST": "VAST", "Ad": "Ad", "InLine": "InLine", "Wrapper": "Wrapper", "AdSystem": "AdSystem",
	"AdTitle": "AdTitle", "AdServingId": "AdServingId", "Advertiser": "Advertiser",
	"Category": "Category", "Error": "Error", "Impression": "Impression", "Expires": "Expires",
	"BlockedAdCategories": "BlockedAdCategories", "VASTAdTagURI": "VASTAdTagURI",
	"Creatives": "Creatives", "Creative": "Creative", "UniversalAdId": "UniversalAdId",
	"Linear": "Linear", "NonLinearAds": "NonLinearAds", "Duration": "Duration",
	"TrackingEvents": "TrackingEvents", "Tracking": "Tracking", "VideoClicks": "VideoClicks",
	"ClickThrough": "ClickThrough", "ClickTracking": "ClickTracking", "MediaFiles": "MediaFiles",
	"MediaFile": "MediaFile", "Mezzanine": "Mezzanine", "Extensions": "Extensions",
	"Extension": "Extension", "CreativeExtensions": "CreativeExtensions",
	"CreativeExtension": "CreativeExtension",
}

// captured tells whether the text of an element is taken over by the reader:
// an exact duration, an idValue attribute that the model drops, an integer
// that the model would refuse, an element that it doesn't know.
func captured(parent, element string) bool {
	switch element {
	case "Duration":
		return parent == "Linear"
	case "UniversalAdId":
		return parent == "Creative"
	case "Expires":
		return parent == "InLine"
	case "BlockedAdCategories":
		return parent == "Wrapper"
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
