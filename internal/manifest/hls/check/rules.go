package check

import (
	"maps"
	"slices"
)

// Rules of one playlist as text, found by Read.
const (
	RuleHeaderMissing             = "header-missing"
	RuleByteOrderMark             = "byte-order-mark"
	RuleNotUTF8                   = "not-utf8"
	RuleMixedPlaylist             = "mixed-playlist"
	RuleTagMalformed              = "tag-malformed"
	RuleTagRepeated               = "tag-repeated"
	RuleAttributeMalformed        = "attribute-malformed"
	RuleAttributeRepeated         = "attribute-repeated"
	RuleAttributeMissing          = "attribute-missing"
	RuleURIEmpty                  = "uri-empty"
	RuleTargetDurationMissing     = "target-duration-missing"
	RuleMediaSequenceLate         = "media-sequence-late"
	RuleDiscontinuitySequenceLate = "discontinuity-sequence-late"
	RuleExtinfMissing             = "extinf-missing"
	RuleExtinfOrphan              = "extinf-orphan"
	RuleExtinfTooLong             = "extinf-too-long"
	RuleSegmentTooShort           = "segment-too-short"
	RuleKeyNoneAttributes         = "key-none-attributes"
	RuleByteRangeOffsetMissing    = "byterange-offset-missing"
	RuleMapMissing                = "map-missing"
	RuleMapForeign                = "map-foreign"
	RuleMapIVMissing              = "map-iv-missing"
	RulePDTFormat                 = "pdt-format"
	RuleVersionTooLow             = "version-too-low"
	RuleDateRangeInvalid          = "daterange-invalid"
	RuleDateRangeConflict         = "daterange-conflict"
	RuleDateRangeWithoutPDT       = "daterange-without-pdt"
	RulePlaylistTypeContradiction = "playlist-type-contradiction"
	RulePartInfMissing            = "part-inf-missing"
	RulePartHoldBackMissing       = "part-hold-back-missing"
)

// Rules of a multivariant playlist, found by ReadPresentation.
const (
	RuleVariantURIMissing = "variant-uri-missing"
	RuleCodecsMissing     = "codecs-missing"
	RuleGroupMissing      = "group-missing"
)

// Rules of one playlist as a timeline, found by Playlist.
const (
	RuleWindowTooShort  = "window-too-short"
	RulePDTMissing      = "pdt-missing"
	RulePDTStep         = "pdt-step"
	RulePDTBackwards    = "pdt-backwards"
	RuleSegmentRepeated = "segment-repeated"
)

// Rules of an update, found by Update.
const (
	RuleMediaSequenceFell         = "media-sequence-fell"
	RuleSegmentRetracted          = "segment-retracted"
	RuleURIChanged                = "uri-changed"
	RuleURIQueryChanged           = "uri-query-changed"
	RuleDiscontinuitySequenceStep = "discontinuity-sequence-step"
	RuleDiscontinuityTagChanged   = "discontinuity-tag-changed"
	RuleTargetDurationChanged     = "target-duration-changed"
	RuleVersionChanged            = "version-changed"
	RulePlaylistTypeChanged       = "playlist-type-changed"
	RuleExtinfChanged             = "extinf-changed"
	RuleKeyChanged                = "key-changed"
	RuleMapChanged                = "map-changed"
	RuleByteRangeChanged          = "byterange-changed"
	RuleGapChanged                = "gap-changed"
	RulePDTChanged                = "pdt-changed"
	RuleEndlistRetracted          = "endlist-retracted"
	RuleAppendedAfterEndlist      = "appended-after-endlist"
	RuleEventRemoved              = "event-removed"
	RuleDateRangeChanged          = "daterange-changed"
	RuleDateRangeRemoved          = "daterange-removed"
	RuleUpdateLate                = "update-late"
)

// Rules between the renditions of one stream, found by Renditions.
const (
	RuleTargetDurationDiffers = "target-duration-differs"
	RulePlaylistTypeDiffers   = "playlist-type-differs"
	RuleServerControlDiffers  = "server-control-differs"
	RuleDiscontinuityDiffers  = "discontinuity-differs"
	RuleDateRangeDiffers      = "daterange-differs"
	RulePDTInSome             = "pdt-in-some"
)

// checkSections says of every rule where it is written.
var checkSections = map[string]string{
	RuleHeaderMissing:             "RFC 8216bis §4.4.1.1",
	RuleByteOrderMark:             "RFC 8216bis §4",
	RuleNotUTF8:                   "RFC 8216bis §4",
	RuleMixedPlaylist:             "RFC 8216bis §4.1",
	RuleTagMalformed:              "RFC 8216bis §4.4",
	RuleTagRepeated:               "RFC 8216bis §4.4.3",
	RuleAttributeMalformed:        "RFC 8216bis §4.2",
	RuleAttributeRepeated:         "RFC 8216bis §4.2",
	RuleAttributeMissing:          "RFC 8216bis §4.4",
	RuleURIEmpty:                  "RFC 8216bis §4.1",
	RuleTargetDurationMissing:     "RFC 8216bis §4.4.3.1",
	RuleMediaSequenceLate:         "RFC 8216bis §4.4.3.2",
	RuleDiscontinuitySequenceLate: "RFC 8216bis §4.4.3.3",
	RuleExtinfMissing:             "RFC 8216bis §4.4.4.1",
	RuleExtinfOrphan:              "RFC 8216bis §4.4.4.1",
	RuleExtinfTooLong:             "RFC 8216bis §4.4.3.1",
	RuleSegmentTooShort:           "stitcher, law HLS 3",
	RuleKeyNoneAttributes:         "RFC 8216bis §4.4.4.4",
	RuleByteRangeOffsetMissing:    "RFC 8216bis §4.4.4.2",
	RuleMapMissing:                "RFC 8216bis §4.4.4.5",
	RuleMapForeign:                "RFC 8216bis §4.4.4.5",
	RuleMapIVMissing:              "RFC 8216bis §4.4.4.5",
	RulePDTFormat:                 "RFC 8216bis §4.4.4.6",
	RuleVersionTooLow:             "RFC 8216bis §8",
	RuleDateRangeInvalid:          "RFC 8216bis §4.4.5.1",
	RuleDateRangeConflict:         "RFC 8216bis §4.4.5.1",
	RuleDateRangeWithoutPDT:       "RFC 8216bis §4.4.5.1",
	RulePlaylistTypeContradiction: "RFC 8216bis §4.4.3.5",
	RulePartInfMissing:            "RFC 8216bis §4.4.3.7",
	RulePartHoldBackMissing:       "RFC 8216bis §4.4.3.8",

	RuleVariantURIMissing: "RFC 8216bis §4.4.6.2",
	RuleCodecsMissing:     "RFC 8216bis §4.4.6.2",
	RuleGroupMissing:      "RFC 8216bis §4.4.6.2",

	RuleWindowTooShort:  "RFC 8216bis §6.2.2",
	RulePDTMissing:      "RFC 8216bis §6.2.1",
	RulePDTStep:         "RFC 8216bis §4.4.4.6",
	RulePDTBackwards:    "RFC 8216bis §6.2.1",
	RuleSegmentRepeated: "RFC 8216bis §6.2.1",

	RuleMediaSequenceFell:         "RFC 8216bis §6.2.2",
	RuleSegmentRetracted:          "RFC 8216bis §6.2.1",
	RuleURIChanged:                "RFC 8216bis §6.3.4",
	RuleURIQueryChanged:           "RFC 8216bis §6.3.4",
	RuleDiscontinuitySequenceStep: "RFC 8216bis §6.2.2",
	RuleDiscontinuityTagChanged:   "RFC 8216bis §6.2.1",
	RuleTargetDurationChanged:     "RFC 8216bis §6.2.1",
	RuleVersionChanged:            "RFC 8216bis §6.2.1",
	RulePlaylistTypeChanged:       "RFC 8216bis §6.2.1",
	RuleExtinfChanged:             "RFC 8216bis §6.2.1",
	RuleKeyChanged:                "RFC 8216bis §6.2.1",
	RuleMapChanged:                "RFC 8216bis §6.2.1",
	RuleByteRangeChanged:          "RFC 8216bis §6.2.1",
	RuleGapChanged:                "RFC 8216bis §6.2.1",
	RulePDTChanged:                "RFC 8216bis §6.2.1",
	RuleEndlistRetracted:          "RFC 8216bis §4.4.3.4",
	RuleAppendedAfterEndlist:      "RFC 8216bis §4.4.3.4",
	RuleEventRemoved:              "RFC 8216bis §4.4.3.5",
	RuleDateRangeChanged:          "RFC 8216bis §4.4.5.1",
	RuleDateRangeRemoved:          "RFC 8216bis §6.2.1",
	RuleUpdateLate:                "RFC 8216bis §6.2.1",

	RuleTargetDurationDiffers: "RFC 8216bis §6.2.4",
	RulePlaylistTypeDiffers:   "RFC 8216bis §6.2.4",
	RuleServerControlDiffers:  "RFC 8216bis §6.2.4",
	RuleDiscontinuityDiffers:  "RFC 8216bis §6.2.4",
	RuleDateRangeDiffers:      "RFC 8216bis §6.2.4",
	RulePDTInSome:             "RFC 8216bis §6.2.4",
}

// Rules are all rules, sorted: the closed set of Violation.Rule.
func Rules() []string {
	return slices.Sorted(maps.Keys(checkSections))
}
