package rule

import (
	"maps"
	"slices"
)

// Rules of an MPD as text, found as it is read.
const (
	MPDMalformed       = "mpd-malformed"
	AttributeMalformed = "attribute-malformed"
	AttributeMissing   = "attribute-missing"
	IDRepeated         = "id-repeated"
	TimelineMalformed  = "timeline-malformed"
	TimeTooLarge       = "time-too-large"
)

// Rules of one MPD.
const (
	PeriodOrder             = "period-order"
	PeriodDuration          = "period-duration"
	PeriodEmpty             = "period-empty"
	SetEmpty                = "set-empty"
	RepresentationEmpty     = "representation-empty"
	RepresentationDuplicate = "representation-duplicate"
	SegmentOutside          = "segment-outside"
	TimelineGap             = "timeline-gap"
	TimelineOverlap         = "timeline-overlap"
	HeadMissing             = "head-missing"
	TailMissing             = "tail-missing"
	StaticOpen              = "static-open"
	ContinuityFalse         = "continuity-false"
)

// Rules of an MPD that a stitcher has written.
const (
	PatchLocation      = "patch-location"
	LocationRelative   = "location-relative"
	Xlink              = "xlink"
	InbandMPDEvents    = "inband-mpd-events"
	UpdatePeriod       = "update-period"
	ProtectionDiffers  = "protection-differs"
	AdDurationEarly    = "ad-duration-early"
	AdPeriodShort      = "ad-period-short"
	AdStartsDiffer     = "ad-starts-differ"
	AdEndsDiffer       = "ad-ends-differ"
	AdNotTimeline      = "ad-not-timeline"
	AdTimelineOpen     = "ad-timeline-open"
	AdForeignElement   = "ad-foreign-element"
	AdAsset            = "ad-asset-identifier"
	AdContinuity       = "ad-continuity"
	TwinMissing        = "twin-missing"
	TwinBase           = "twin-base"
	TwinCodecs         = "twin-codecs"
	TwinAudio          = "twin-audio"
	TwinFrameRate      = "twin-frame-rate"
	TwinDynamicRange   = "twin-dynamic-range"
	TrackMissing       = "track-missing"
	TrickInSome        = "trick-in-some"
	SetOrder           = "set-order"
	BitstreamSwitching = "bitstream-switching"
	StartClear         = "start-clear"
)

// Rules of an update.
const (
	AvailabilityStart  = "availability-start-changed"
	MPDID              = "mpd-id-changed"
	ClockChanged       = "clock-changed"
	DelayChanged       = "delay-changed"
	PublishTimeFell    = "publish-time-fell"
	PublishTimeSame    = "publish-time-same"
	StaticRetracted    = "static-retracted"
	StaticUpdates      = "static-updates"
	PeriodLate         = "period-late"
	PeriodMoved        = "period-moved"
	PeriodRemoved      = "period-removed"
	PeriodReopened     = "period-reopened"
	PeriodAnnounced    = "period-announced-late"
	NoOverlap          = "no-overlap"
	SetChanged         = "set-changed"
	TrackChanged       = "track-changed"
	OffsetChanged      = "offset-changed"
	InitChanged        = "init-changed"
	ProtectionChanged  = "protection-changed"
	ProtectionVanished = "protection-vanished"
	SegmentChanged     = "segment-changed"
	SegmentURLChanged  = "segment-url-changed"
	SegmentURLQuery    = "segment-url-query-changed"
	SegmentRetracted   = "segment-retracted"
	SegmentRemoved     = "segment-removed"
	EdgeFell           = "edge-fell"
	EventChanged       = "event-changed"
	UpdateLate         = "update-late"
)

// sections says of every rule where it is written. P, T, K and U are the rules
// that players impose at Period boundaries, of Periods, tracks, keys and updates.
var sections = map[string]string{
	MPDMalformed:       "law DASH 5; ISO/IEC 23009-1 §5.2",
	AttributeMalformed: "law DASH 5; ISO/IEC 23009-1 §5.3",
	AttributeMissing:   "law DASH 5; ISO/IEC 23009-1 §5.3",
	IDRepeated:         "P2; ISO/IEC 23009-1 §5.3.2.2",
	TimelineMalformed:  "law DASH 5; ISO/IEC 23009-1 §5.3.9.6",
	TimeTooLarge:       "U2",

	PeriodOrder:             "P1; ISO/IEC 23009-1 §5.3.2.1",
	PeriodDuration:          "P3",
	PeriodEmpty:             "P4",
	SetEmpty:                "P4",
	RepresentationEmpty:     "P5",
	RepresentationDuplicate: "T4",
	SegmentOutside:          "P8; DASH-IF timing model",
	TimelineGap:             "P12; DASH-IF timing model",
	TimelineOverlap:         "P12; DASH-IF timing model",
	HeadMissing:             "P8; DASH-IF timing model",
	TailMissing:             "P12; DASH-IF timing model",
	StaticOpen:              "U15; ISO/IEC 23009-1 §5.3.1.2",
	ContinuityFalse:         "U12; ISO/IEC 23009-1 §5.3.2.4",

	PatchLocation:      "U4",
	LocationRelative:   "U7",
	Xlink:              "U8",
	InbandMPDEvents:    "U6",
	UpdatePeriod:       "U5",
	ProtectionDiffers:  "K1",
	AdDurationEarly:    "P3",
	AdPeriodShort:      "P6",
	AdStartsDiffer:     "P7",
	AdEndsDiffer:       "P7",
	AdNotTimeline:      "U1",
	AdTimelineOpen:     "U1",
	AdForeignElement:   "U14",
	AdAsset:            "U11",
	AdContinuity:       "U12",
	TwinMissing:        "T1",
	TwinBase:           "T1, U16",
	TwinCodecs:         "T2",
	TwinAudio:          "T3",
	TwinFrameRate:      "T8",
	TwinDynamicRange:   "T8",
	TrackMissing:       "T5; law DASH 3",
	TrickInSome:        "T9",
	SetOrder:           "T6",
	BitstreamSwitching: "T6",
	StartClear:         "K2",

	AvailabilityStart:  "P2; law DASH 1",
	MPDID:              "U3; DASH-IF timing model",
	ClockChanged:       "U9",
	DelayChanged:       "U10",
	PublishTimeFell:    "U3",
	PublishTimeSame:    "U3",
	StaticRetracted:    "U15",
	StaticUpdates:      "U15",
	PeriodLate:         "P1",
	PeriodMoved:        "P2; law DASH 1",
	PeriodRemoved:      "law DASH 2; DASH-IF timing model",
	PeriodReopened:     "P10",
	PeriodAnnounced:    "P11; law DASH 2",
	NoOverlap:          "law DASH 2",
	SetChanged:         "P2; law DASH 1",
	TrackChanged:       "P2; law DASH 1",
	OffsetChanged:      "P2; law DASH 1",
	InitChanged:        "P2; ISO/IEC 23009-1 §5.4",
	ProtectionChanged:  "K1",
	ProtectionVanished: "K3",
	SegmentChanged:     "U2; ISO/IEC 23009-1 §5.4",
	SegmentURLChanged:  "U2; ISO/IEC 23009-1 §5.4",
	SegmentURLQuery:    "U2; ISO/IEC 23009-1 §5.4",
	SegmentRetracted:   "P10; law DASH 2",
	SegmentRemoved:     "law DASH 2; DASH-IF timing model",
	EdgeFell:           "law DASH 2",
	EventChanged:       "U13",
	UpdateLate:         "P11; ISO/IEC 23009-1 §5.4",
}

// Rules are all rules, sorted: the closed set of Violation.Rule.
func Rules() []string {
	return slices.Sorted(maps.Keys(sections))
}
