package rule

import (
	"maps"
	"slices"
)

// Rules of one playlist as text.
const (
	HeaderMissing             = "header-missing"
	ByteOrderMark             = "byte-order-mark"
	NotUTF8                   = "not-utf8"
	MixedPlaylist             = "mixed-playlist"
	TagMalformed              = "tag-malformed"
	TagRepeated               = "tag-repeated"
	AttributeMalformed        = "attribute-malformed"
	AttributeRepeated         = "attribute-repeated"
	AttributeMissing          = "attribute-missing"
	URIEmpty                  = "uri-empty"
	TargetDurationMissing     = "target-duration-missing"
	MediaSequenceLate         = "media-sequence-late"
	DiscontinuitySequenceLate = "discontinuity-sequence-late"
	ExtinfMissing             = "extinf-missing"
	ExtinfOrphan              = "extinf-orphan"
	ExtinfTooLong             = "extinf-too-long"
	SegmentTooShort           = "segment-too-short"
	KeyNoneAttributes         = "key-none-attributes"
	ByteRangeOffsetMissing    = "byterange-offset-missing"
	MapMissing                = "map-missing"
	MapForeign                = "map-foreign"
	MapIVMissing              = "map-iv-missing"
	PDTFormat                 = "pdt-format"
	VersionTooLow             = "version-too-low"
	DateRangeInvalid          = "daterange-invalid"
	DateRangeConflict         = "daterange-conflict"
	DateRangeWithoutPDT       = "daterange-without-pdt"
	PlaylistTypeContradiction = "playlist-type-contradiction"
	PartInfMissing            = "part-inf-missing"
	PartHoldBackMissing       = "part-hold-back-missing"
)

// Rules of a multivariant playlist.
const (
	VariantURIMissing = "variant-uri-missing"
	CodecsMissing     = "codecs-missing"
	GroupMissing      = "group-missing"
)

// Rules of one playlist as a timeline.
const (
	WindowTooShort  = "window-too-short"
	PDTMissing      = "pdt-missing"
	PDTStep         = "pdt-step"
	PDTBackwards    = "pdt-backwards"
	SegmentRepeated = "segment-repeated"
)

// Rules of an update.
const (
	MediaSequenceFell         = "media-sequence-fell"
	SegmentRetracted          = "segment-retracted"
	URIChanged                = "uri-changed"
	URIQueryChanged           = "uri-query-changed"
	DiscontinuitySequenceStep = "discontinuity-sequence-step"
	DiscontinuityTagChanged   = "discontinuity-tag-changed"
	TargetDurationChanged     = "target-duration-changed"
	VersionChanged            = "version-changed"
	PlaylistTypeChanged       = "playlist-type-changed"
	ExtinfChanged             = "extinf-changed"
	KeyChanged                = "key-changed"
	MapChanged                = "map-changed"
	ByteRangeChanged          = "byterange-changed"
	GapChanged                = "gap-changed"
	PDTChanged                = "pdt-changed"
	EndlistRetracted          = "endlist-retracted"
	AppendedAfterEndlist      = "appended-after-endlist"
	EventRemoved              = "event-removed"
	DateRangeChanged          = "daterange-changed"
	DateRangeRemoved          = "daterange-removed"
	UpdateLate                = "update-late"
)

// Rules between the renditions of one stream, found by Renditions.
const (
	TargetDurationDiffers = "target-duration-differs"
	PlaylistTypeDiffers   = "playlist-type-differs"
	ServerControlDiffers  = "server-control-differs"
	DiscontinuityDiffers  = "discontinuity-differs"
	DateRangeDiffers      = "daterange-differs"
	PDTInSome             = "pdt-in-some"
)

// sections says of every rule where it is written.
var sections = map[string]string{
	HeaderMissing:             "RFC 8216bis §4.4.1.1",
	ByteOrderMark:             "RFC 8216bis §4",
	NotUTF8:                   "RFC 8216bis §4",
	MixedPlaylist:             "RFC 8216bis §4.1",
	TagMalformed:              "RFC 8216bis §4.4",
	TagRepeated:               "RFC 8216bis §4.4.3",
	AttributeMalformed:        "RFC 8216bis §4.2",
	AttributeRepeated:         "RFC 8216bis §4.2",
	AttributeMissing:          "RFC 8216bis §4.4",
	URIEmpty:                  "RFC 8216bis §4.1",
	TargetDurationMissing:     "RFC 8216bis §4.4.3.1",
	MediaSequenceLate:         "RFC 8216bis §4.4.3.2",
	DiscontinuitySequenceLate: "RFC 8216bis §4.4.3.3",
	ExtinfMissing:             "RFC 8216bis §4.4.4.1",
	ExtinfOrphan:              "RFC 8216bis §4.4.4.1",
	ExtinfTooLong:             "RFC 8216bis §4.4.3.1",
	SegmentTooShort:           "stitcher, law HLS 3",
	KeyNoneAttributes:         "RFC 8216bis §4.4.4.4",
	ByteRangeOffsetMissing:    "RFC 8216bis §4.4.4.2",
	MapMissing:                "RFC 8216bis §4.4.4.5",
	MapForeign:                "RFC 8216bis §4.4.4.5",
	MapIVMissing:              "RFC 8216bis §4.4.4.5",
	PDTFormat:                 "RFC 8216bis §4.4.4.6",
	VersionTooLow:             "RFC 8216bis §8",
	DateRangeInvalid:          "RFC 8216bis §4.4.5.1",
	DateRangeConflict:         "RFC 8216bis §4.4.5.1",
	DateRangeWithoutPDT:       "RFC 8216bis §4.4.5.1",
	PlaylistTypeContradiction: "RFC 8216bis §4.4.3.5",
	PartInfMissing:            "RFC 8216bis §4.4.3.7",
	PartHoldBackMissing:       "RFC 8216bis §4.4.3.8",

	VariantURIMissing: "RFC 8216bis §4.4.6.2",
	CodecsMissing:     "RFC 8216bis §4.4.6.2",
	GroupMissing:      "RFC 8216bis §4.4.6.2",

	WindowTooShort:  "RFC 8216bis §6.2.2",
	PDTMissing:      "RFC 8216bis §6.2.1",
	PDTStep:         "RFC 8216bis §4.4.4.6",
	PDTBackwards:    "RFC 8216bis §6.2.1",
	SegmentRepeated: "RFC 8216bis §6.2.1",

	MediaSequenceFell:         "RFC 8216bis §6.2.2",
	SegmentRetracted:          "RFC 8216bis §6.2.1",
	URIChanged:                "RFC 8216bis §6.3.4",
	URIQueryChanged:           "RFC 8216bis §6.3.4",
	DiscontinuitySequenceStep: "RFC 8216bis §6.2.2",
	DiscontinuityTagChanged:   "RFC 8216bis §6.2.1",
	TargetDurationChanged:     "RFC 8216bis §6.2.1",
	VersionChanged:            "RFC 8216bis §6.2.1",
	PlaylistTypeChanged:       "RFC 8216bis §6.2.1",
	ExtinfChanged:             "RFC 8216bis §6.2.1",
	KeyChanged:                "RFC 8216bis §6.2.1",
	MapChanged:                "RFC 8216bis §6.2.1",
	ByteRangeChanged:          "RFC 8216bis §6.2.1",
	GapChanged:                "RFC 8216bis §6.2.1",
	PDTChanged:                "RFC 8216bis §6.2.1",
	EndlistRetracted:          "RFC 8216bis §4.4.3.4",
	AppendedAfterEndlist:      "RFC 8216bis §4.4.3.4",
	EventRemoved:              "RFC 8216bis §4.4.3.5",
	DateRangeChanged:          "RFC 8216bis §4.4.5.1",
	DateRangeRemoved:          "RFC 8216bis §6.2.1",
	UpdateLate:                "RFC 8216bis §6.2.1",

	TargetDurationDiffers: "RFC 8216bis §6.2.4",
	PlaylistTypeDiffers:   "RFC 8216bis §6.2.4",
	ServerControlDiffers:  "RFC 8216bis §6.2.4",
	DiscontinuityDiffers:  "RFC 8216bis §6.2.4",
	DateRangeDiffers:      "RFC 8216bis §6.2.4",
	PDTInSome:             "RFC 8216bis §6.2.4",
}

// Rules are all rules, sorted: the closed set of Violation.Rule.
func Rules() []string {
	return slices.Sorted(maps.Keys(sections))
}
