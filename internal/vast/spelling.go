package vast

import (
	"slices"
	"strings"
)

// synonyms are other names of elements whose meaning is plain: those of VAST 1,
// of DAAST (VAST for audio, merged into VAST 4.1) and of VMAP 1.0.
var synonyms = map[string]string{
	"VideoAdServingTemplate": "VAST", "VASTAdTagURL": "VASTAdTagURI",
	"DAAST": "VAST", "DAASTAdTagURI": "VASTAdTagURI", "AudioInteractions": "VideoClicks", "AdInteractions": "VideoClicks",
	"VASTData": "VASTAdData", "AdTagURL": "AdTagURI",
}

// nodes are the names, besides those of elements, under which elements are read
// from nodes.
var nodes = []string{
	"VMAP", "AdBreak", "AdSource", "VASTAdData", "AdTagURI", "CustomAdData", "CompanionAds", "Companion", "NonLinear",
	"Icons", "Icon", "AdVerifications", "Verification", "StaticResource", "IFrameResource", "HTMLResource",
}

// events are the names of events, as documents are to write them.
var events = []string{
	"impression", "creativeView", "loaded", "start", "firstQuartile", "midpoint", "thirdQuartile", "complete", "progress",
	"mute", "unmute", "pause", "resume", "rewind", "skip", "playerExpand", "playerCollapse", "closeLinear",
	"verificationNotExecuted", "breakStart", "breakEnd", "error",
}

// progress is the event that has an offset, and the only one (VAST 4.3 §3.14.1).
const progress = "progress"

// The spellings of names, in lower case: some ad servers write <Inline> or
// apiframework.
var (
	elementSpellings   = spellings(elementNames())
	attributeSpellings = spellings(attributeNames())
	eventSpellings     = spellings(events)
)

func elementNames() []string {
	names := slices.Clone(nodes)
	for name := range elements {
		names = append(names, name)
	}
	return names
}

func attributeNames() []string {
	names := []string{"idValue", "templateType", "timeOffset", "breakType", "breakId", "repeatAfter", "followRedirects", "vendor"}
	for name := range attributes {
		names = append(names, name)
	}
	return names
}

// spellings maps names to themselves and, in lower case, to themselves.
func spellings(names []string) map[string]string {
	m := make(map[string]string, 2*len(names))
	for _, name := range names {
		m[name], m[strings.ToLower(name)] = name, name
	}
	return m
}

func setOf(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}

// canonical is the name of an element as VAST 4 and VMAP 1.0.1 spell it; that of
// others stays as it is.
func canonical(name []byte) string {
	if known, ok := elementSpellings[string(name)]; ok {
		return known
	}
	if known, ok := synonyms[string(name)]; ok {
		return known
	}
	return folded(elementSpellings, name)
}

// canonicalAttribute is the name of an attribute likewise.
func canonicalAttribute(name []byte) string {
	if known, ok := attributeSpellings[string(name)]; ok {
		return known
	}
	return folded(attributeSpellings, name)
}

// eventName is the name of an event likewise.
func eventName(name string) string {
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
