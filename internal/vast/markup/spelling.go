package markup

import "strings"

// synonyms are other names of elements whose meaning is plain: those of VAST 1,
// of DAAST (VAST for audio, merged into VAST 4.1) and of VMAP 1.0.
var synonyms = map[string]string{
	"VideoAdServingTemplate": "VAST", "VASTAdTagURL": "VASTAdTagURI",
	"DAAST": "VAST", "DAASTAdTagURI": "VASTAdTagURI", "AudioInteractions": "VideoClicks", "AdInteractions": "VideoClicks",
	"VASTData": "VASTAdData", "AdTagURL": "AdTagURI",
}

// elements are the names of those that are read, whether into the typed model or as nodes.
var elements = []string{
	"VAST", "Ad", "InLine", "Wrapper", "AdSystem", "AdTitle", "AdServingId", "Advertiser", "Category", "Error",
	"Impression", "Expires", "BlockedAdCategories", "VASTAdTagURI", "Creatives", "Creative", "UniversalAdId",
	"Linear", "NonLinearAds", "Duration", "TrackingEvents", "Tracking", "VideoClicks", "ClickThrough",
	"ClickTracking", "MediaFiles", "MediaFile", "Mezzanine", "InteractiveCreativeFile", "Extensions", "Extension",
	"CreativeExtensions", "CreativeExtension", "Video", URLElement,

	"VMAP", "AdBreak", "AdSource", "VASTAdData", "AdTagURI", "CustomAdData", "CompanionAds", "Companion", "NonLinear",
	"Icons", "Icon", "AdVerifications", "Verification", "StaticResource", "IFrameResource", "HTMLResource",
}

// attributes are the names of those that are read.
var attributes = []string{
	"id", "adId", "adType", "version", "type", "delivery", "apiFramework", "event", "idRegistry", "authority",
	"bitrate", "maxBitrate", "width", "height", "sequence", "fallbackOnNoAd", "allowMultipleAds",
	"followAdditionalWrappers", "skipoffset", "offset",

	"idValue", "templateType", "timeOffset", "breakType", "breakId", "repeatAfter", "followRedirects", "vendor",
}

// URLElement holds a URL inside the element that it is of, in VAST 1.
const URLElement = "URL"

// events are the names of events, as documents are to write them.
var events = []string{
	"impression", "creativeView", "loaded", "start", "firstQuartile", "midpoint", "thirdQuartile", "complete", "progress",
	"mute", "unmute", "pause", "resume", "rewind", "skip", "playerExpand", "playerCollapse", "closeLinear",
	"verificationNotExecuted", "breakStart", "breakEnd", "error",
}

// Progress is the event that has an offset, and the only one (VAST 4.3 §3.14.1).
const Progress = "progress"

// The spellings of names, in lower case: some ad servers write <Inline> or
// apiframework.
var (
	elementSpellings   = spellings(elements)
	attributeSpellings = spellings(attributes)
	eventSpellings     = spellings(events)
)

// spellings maps names to themselves and, in lower case, to themselves.
func spellings(names []string) map[string]string {
	m := make(map[string]string, 2*len(names))
	for _, name := range names {
		m[name], m[strings.ToLower(name)] = name, name
	}
	return m
}

// Element is the name of an element as VAST 4 and VMAP 1.0.1 spell it; that of
// others stays as it is.
func Element(name []byte) string {
	if known, ok := elementSpellings[string(name)]; ok {
		return known
	}
	if known, ok := synonyms[string(name)]; ok {
		return known
	}
	return folded(elementSpellings, name)
}

// AttributeName is the name of an attribute likewise.
func AttributeName(name []byte) string {
	if known, ok := attributeSpellings[string(name)]; ok {
		return known
	}
	return folded(attributeSpellings, name)
}

// Event is the name of an event likewise.
func Event(name string) string {
	if known, ok := eventSpellings[name]; ok {
		return known
	}
	return folded(eventSpellings, []byte(name))
}

// longestName bounds what is compared in lower case.
const longestName = 32

// folded is a name as a table spells it, whatever the case of its letters.
func folded(table map[string]string, name []byte) string {
	if len(name) <= longestName {
		var lower [longestName]byte
		for i, c := range name {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			lower[i] = c
		}
		if known, ok := table[string(lower[:len(name)])]; ok {
			return known
		}
	}
	return string(name)
}
