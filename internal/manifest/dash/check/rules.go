package check

import (
	"maps"
	"slices"
)

// Rules of an MPD as text, found by Read.
const (
	RuleMPDMalformed       = "mpd-malformed"
	RuleAttributeMalformed = "attribute-malformed"
	RuleAttributeMissing   = "attribute-missing"
	RuleIDRepeated         = "id-repeated"
	RuleTimelineMalformed  = "timeline-malformed"
	RuleTimeTooLarge       = "time-too-large"
)

// Rules of one MPD, found by MPD.
const (
	RulePeriodOrder             = "period-order"
	RulePeriodDuration          = "period-duration"
	RulePeriodEmpty             = "period-empty"
	RuleSetEmpty                = "set-empty"
	RuleRepresentationEmpty     = "representation-empty"
	RuleRepresentationDuplicate = "representation-duplicate"
	RuleSegmentOutside          = "segment-outside"
	RuleTimelineGap             = "timeline-gap"
	RuleTimelineOverlap         = "timeline-overlap"
	RuleHeadMissing             = "head-missing"
	RuleTailMissing             = "tail-missing"
	RuleStaticOpen              = "static-open"
	RuleContinuityFalse         = "continuity-false"
)

// Rules of an MPD that a stitcher has written, found by MPD.
const (
	RulePatchLocation      = "patch-location"
	RuleLocationRelative   = "location-relative"
	RuleXlink              = "xlink"
	RuleInbandMPDEvents    = "inband-mpd-events"
	RuleUpdatePeriod       = "update-period"
	RuleProtectionDiffers  = "protection-differs"
	RuleAdDurationEarly    = "ad-duration-early"
	RuleAdPeriodShort      = "ad-period-short"
	RuleAdStartsDiffer     = "ad-starts-differ"
	RuleAdEndsDiffer       = "ad-ends-differ"
	RuleAdNotTimeline      = "ad-not-timeline"
	RuleAdTimelineOpen     = "ad-timeline-open"
	RuleAdForeignElement   = "ad-foreign-element"
	RuleAdAsset            = "ad-asset-identifier"
	RuleAdContinuity       = "ad-continuity"
	RuleTwinMissing        = "twin-missing"
	RuleTwinBase           = "twin-base"
	RuleTwinCodecs         = "twin-codecs"
	RuleTwinAudio          = "twin-audio"
	RuleTwinFrameRate      = "twin-frame-rate"
	RuleTwinDynamicRange   = "twin-dynamic-range"
	RuleTrackMissing       = "track-missing"
	RuleTrickInSome        = "trick-in-some"
	RuleSetOrder           = "set-order"
	RuleBitstreamSwitching = "bitstream-switching"
	RuleStartClear         = "start-clear"
)

// Rules of an update, found by Update and Gap.
const (
	RuleAvailabilityStart  = "availability-start-changed"
	RuleMPDID              = "mpd-id-changed"
	RuleClockChanged       = "clock-changed"
	RuleDelayChanged       = "delay-changed"
	RulePublishTimeFell    = "publish-time-fell"
	RulePublishTimeSame    = "publish-time-same"
	RuleStaticRetracted    = "static-retracted"
	RuleStaticUpdates      = "static-updates"
	RulePeriodLate         = "period-late"
	RulePeriodMoved        = "period-moved"
	RulePeriodRemoved      = "period-removed"
	RulePeriodReopened     = "period-reopened"
	RulePeriodAnnounced    = "period-announced-late"
	RuleNoOverlap          = "no-overlap"
	RuleSetChanged         = "set-changed"
	RuleTrackChanged       = "track-changed"
	RuleOffsetChanged      = "offset-changed"
	RuleInitChanged        = "init-changed"
	RuleProtectionChanged  = "protection-changed"
	RuleProtectionVanished = "protection-vanished"
	RuleSegmentChanged     = "segment-changed"
	RuleSegmentURLChanged  = "segment-url-changed"
	RuleSegmentURLQuery    = "segment-url-query-changed"
	RuleSegmentRetracted   = "segment-retracted"
	RuleSegmentRemoved     = "segment-removed"
	RuleEdgeFell           = "edge-fell"
	RuleEventChanged       = "event-changed"
	RuleUpdateLate         = "update-late"
)

// checkSections says of every rule where it is written. P, T, K and U are the rules
// that players impose at Period boundaries, of Periods, tracks, keys and updates.
var checkSections = map[string]string{
	RuleMPDMalformed:       "law DASH 5; ISO/IEC 23009-1 §5.2",
	RuleAttributeMalformed: "law DASH 5; ISO/IEC 23009-1 §5.3",
	RuleAttributeMissing:   "law DASH 5; ISO/IEC 23009-1 §5.3",
	RuleIDRepeated:         "P2; ISO/IEC 23009-1 §5.3.2.2",
	RuleTimelineMalformed:  "law DASH 5; ISO/IEC 23009-1 §5.3.9.6",
	RuleTimeTooLarge:       "U2",

	RulePeriodOrder:             "P1; ISO/IEC 23009-1 §5.3.2.1",
	RulePeriodDuration:          "P3",
	RulePeriodEmpty:             "P4",
	RuleSetEmpty:                "P4",
	RuleRepresentationEmpty:     "P5",
	RuleRepresentationDuplicate: "T4",
	RuleSegmentOutside:          "P8; DASH-IF timing model",
	RuleTimelineGap:             "P12; DASH-IF timing model",
	RuleTimelineOverlap:         "P12; DASH-IF timing model",
	RuleHeadMissing:             "P8; DASH-IF timing model",
	RuleTailMissing:             "P12; DASH-IF timing model",
	RuleStaticOpen:              "U15; ISO/IEC 23009-1 §5.3.1.2",
	RuleContinuityFalse:         "U12; ISO/IEC 23009-1 §5.3.2.4",

	RulePatchLocation:      "U4",
	RuleLocationRelative:   "U7",
	RuleXlink:              "U8",
	RuleInbandMPDEvents:    "U6",
	RuleUpdatePeriod:       "U5",
	RuleProtectionDiffers:  "K1",
	RuleAdDurationEarly:    "P3",
	RuleAdPeriodShort:      "P6",
	RuleAdStartsDiffer:     "P7",
	RuleAdEndsDiffer:       "P7",
	RuleAdNotTimeline:      "U1",
	RuleAdTimelineOpen:     "U1",
	RuleAdForeignElement:   "U14",
	RuleAdAsset:            "U11",
	RuleAdContinuity:       "U12",
	RuleTwinMissing:        "T1",
	RuleTwinBase:           "T1, U16",
	RuleTwinCodecs:         "T2",
	RuleTwinAudio:          "T3",
	RuleTwinFrameRate:      "T8",
	RuleTwinDynamicRange:   "T8",
	RuleTrackMissing:       "T5; law DASH 3",
	RuleTrickInSome:        "T9",
	RuleSetOrder:           "T6",
	RuleBitstreamSwitching: "T6",
	RuleStartClear:         "K2",

	RuleAvailabilityStart:  "P2; law DASH 1",
	RuleMPDID:              "U3; DASH-IF timing model",
	RuleClockChanged:       "U9",
	RuleDelayChanged:       "U10",
	RulePublishTimeFell:    "U3",
	RulePublishTimeSame:    "U3",
	RuleStaticRetracted:    "U15",
	RuleStaticUpdates:      "U15",
	RulePeriodLate:         "P1",
	RulePeriodMoved:        "P2; law DASH 1",
	RulePeriodRemoved:      "law DASH 2; DASH-IF timing model",
	RulePeriodReopened:     "P10",
	RulePeriodAnnounced:    "P11; law DASH 2",
	RuleNoOverlap:          "law DASH 2",
	RuleSetChanged:         "P2; law DASH 1",
	RuleTrackChanged:       "P2; law DASH 1",
	RuleOffsetChanged:      "P2; law DASH 1",
	RuleInitChanged:        "P2; ISO/IEC 23009-1 §5.4",
	RuleProtectionChanged:  "K1",
	RuleProtectionVanished: "K3",
	RuleSegmentChanged:     "U2; ISO/IEC 23009-1 §5.4",
	RuleSegmentURLChanged:  "U2; ISO/IEC 23009-1 §5.4",
	RuleSegmentURLQuery:    "U2; ISO/IEC 23009-1 §5.4",
	RuleSegmentRetracted:   "P10; law DASH 2",
	RuleSegmentRemoved:     "law DASH 2; DASH-IF timing model",
	RuleEdgeFell:           "law DASH 2",
	RuleEventChanged:       "U13",
	RuleUpdateLate:         "P11; ISO/IEC 23009-1 §5.4",
}

// Rules are all rules, sorted: the closed set of Violation.Rule.
func Rules() []string {
	return slices.Sorted(maps.Keys(checkSections))
}
