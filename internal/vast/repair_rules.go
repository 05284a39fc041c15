package vast

import (
	"math"
	"strconv"
	"strings"
)

// kind is how an attribute of the typed model is read.
type kind int

const (
	integer kind = iota + 1
	boolean
	dropped // the model reads it wrongly and nothing here needs it
	handled // the model would lose digits: see repairer.handle
)

// attributeKinds are the attributes whose real-world values fail the typed
// model (width="100%", bitrate="1200.5", sequence="1.0", scalable="yes",
// offset="12.5%"). A name means the same on every element of VAST but for
// those in attributeKind.
var attributeKinds = map[string]kind{
	"bitrate": integer, "minBitrate": integer, "maxBitrate": integer, "fileSize": integer,
	"width": integer, "height": integer, "assetWidth": integer, "assetHeight": integer,
	"expandedWidth": integer, "expandedHeight": integer, "sequence": integer,

	"mute": boolean, "conditionalAd": boolean, "fallbackOnNoAd": boolean,
	"allowMultipleAds": boolean, "followAdditionalWrappers": boolean, "scalable": boolean,
	"maintainAspectRatio": boolean, "xmlEncoded": boolean, "browserOptional": boolean,
	"variableDuration": boolean,

	"minSuggestedDuration": dropped, "skipoffset": handled,
}

// attributeKind is the rule for an attribute of an element.
func attributeKind(parent, element, name string) kind {
	switch name {
	case "type":
		// The model has a bool where the schema has a MIME type.
		if element == "InteractiveCreativeFile" || element == "ExecutableResource" {
			return dropped
		}
	case "offset":
		if element == "Tracking" && parent == "TrackingEvents" {
			return handled
		}
		return dropped
	case "duration":
		if element == "Icon" {
			return dropped
		}
	}
	return attributeKinds[name]
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

// captured tells whether the text of an element is taken over by the repair:
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
