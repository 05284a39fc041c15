package ads

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/Comcast/scte35-go/pkg/scte35"
)

// cue is what ad requests tell of an SCTE-35 section. A nil cue has no value.
type cue struct {
	insert       *scte35.SpliceInsert
	segmentation *scte35.SegmentationDescriptor
}

// triggers are the segmentation types that begin an avail (SCTE 35 §10.3.3.1):
// of several descriptors the first of these speaks for the avail.
var triggers = map[uint32]bool{
	scte35.SegmentationTypeBreakStart:              true,
	scte35.SegmentationTypeProviderAdStart:         true,
	scte35.SegmentationTypeDistributorAdStart:      true,
	scte35.SegmentationTypeProviderPOStart:         true,
	scte35.SegmentationTypeDistributorPOStart:      true,
	scte35.SegmentationTypeProviderAdBlockStart:    true,
	scte35.SegmentationTypeDistributorAdBlockStart: true,
}

// decodeCue reads a section as playlists carry it: base64, or hexadecimal
// behind 0x. One that can't be read, or whose CRC is wrong, is nil; one with
// stuffing in a descriptor is taken as far as it was read.
func decodeCue(text string) *cue {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	decode := scte35.DecodeBase64
	if len(text) > 2 && (text[:2] == "0x" || text[:2] == "0X") {
		text, decode = text[2:], scte35.DecodeHex
	}
	section, err := decode(text)
	if err != nil && !errors.Is(err, scte35.ErrBufferUnderflow) {
		return nil
	}
	c := &cue{}
	c.insert, _ = section.SpliceCommand.(*scte35.SpliceInsert)
	for _, descriptor := range section.SpliceDescriptors {
		s, ok := descriptor.(*scte35.SegmentationDescriptor)
		if ok && (c.segmentation == nil || triggers[s.SegmentationTypeID] && !triggers[c.segmentation.SegmentationTypeID]) {
			c.segmentation = s
		}
	}
	return c
}

// value is the value of a field; "" where the section has none.
func (c *cue) value(field string) string {
	if c == nil {
		return ""
	}
	if of, ok := insertFields[field]; ok {
		if c.insert == nil {
			return ""
		}
		return number(of(c.insert))
	}
	if c.segmentation == nil {
		if field == "event_id" && c.insert != nil {
			return number(c.insert.SpliceEventID)
		}
		return ""
	}
	if of, ok := segmentationFields[field]; ok {
		return of(c.segmentation)
	}
	if rest, ok := strings.CutPrefix(field, "segmentation_upid."); ok {
		return private(c.segmentation, rest)
	}
	return ""
}

// insertFields are the variables of a splice_insert.
var insertFields = map[string]func(*scte35.SpliceInsert) uint32{
	"avail_num":         func(s *scte35.SpliceInsert) uint32 { return s.AvailNum },
	"avails_expected":   func(s *scte35.SpliceInsert) uint32 { return s.AvailsExpected },
	"unique_program_id": func(s *scte35.SpliceInsert) uint32 { return s.UniqueProgramID },
}

// segmentationFields are the variables of a segmentation descriptor.
var segmentationFields = map[string]func(*scte35.SegmentationDescriptor) string{
	"event_id":              func(s *scte35.SegmentationDescriptor) string { return number(s.SegmentationEventID) },
	"segmentation_event_id": func(s *scte35.SegmentationDescriptor) string { return number(s.SegmentationEventID) },
	"segmentation_type_id":  func(s *scte35.SegmentationDescriptor) string { return number(s.SegmentationTypeID) },
	"segment_num":           func(s *scte35.SegmentationDescriptor) string { return number(s.SegmentNum) },
	"segments_expected":     func(s *scte35.SegmentationDescriptor) string { return number(s.SegmentsExpected) },
	"sub_segment_num":       func(s *scte35.SegmentationDescriptor) string { return optional(s.SubSegmentNum) },
	"sub_segments_expected": func(s *scte35.SegmentationDescriptor) string { return optional(s.SubSegmentsExpected) },
	"delivery_not_restricted_flag": func(s *scte35.SegmentationDescriptor) string {
		return flag(s.DeliveryRestrictions == nil)
	},
	"archive_allowed_flag": func(s *scte35.SegmentationDescriptor) string {
		if s.DeliveryRestrictions == nil {
			return ""
		}
		return flag(s.DeliveryRestrictions.ArchiveAllowedFlag)
	},
	"no_regional_blackout_flag": func(s *scte35.SegmentationDescriptor) string {
		if s.DeliveryRestrictions == nil {
			return ""
		}
		return flag(s.DeliveryRestrictions.NoRegionalBlackoutFlag)
	},
	"device_restrictions": func(s *scte35.SegmentationDescriptor) string {
		if s.DeliveryRestrictions == nil {
			return ""
		}
		return number(s.DeliveryRestrictions.DeviceRestrictions)
	},
	"segmentation_upid": func(s *scte35.SegmentationDescriptor) string {
		if len(s.SegmentationUPIDs) == 0 {
			return ""
		}
		if format, data, ok := managed(s); ok {
			return format + data
		}
		return s.SegmentationUPIDs[0].Value
	},
}

// managed is the private data of a managed private UPID (MPU, type 0x0C) and
// its format identifier.
func managed(s *scte35.SegmentationDescriptor) (format, data string, ok bool) {
	for _, upid := range s.SegmentationUPIDs {
		if upid.Type != scte35.SegmentationUPIDTypeMPU {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(upid.Value)
		if err != nil || upid.FormatIdentifier == nil {
			return "", "", false
		}
		return string(binary.BigEndian.AppendUint32(nil, *upid.FormatIdentifier)), string(raw), true
	}
	return "", "", false
}

// private is a part of a managed private UPID: private_data.N of a list that
// colons separate (a leading one doesn't count), or a member of its JSON.
func private(s *scte35.SegmentationDescriptor, field string) string {
	_, data, ok := managed(s)
	if !ok {
		return ""
	}
	if index, ok := strings.CutPrefix(field, "private_data."); ok {
		parts := strings.Split(strings.TrimPrefix(data, ":"), ":")
		n, err := strconv.Atoi(index)
		if err != nil || n < 0 || n >= len(parts) {
			return ""
		}
		return parts[n]
	}
	var message struct {
		AssetID string `json:"assetId"`
		CueData struct {
			Key   string `json:"key"`
			Value string `json:"value"`
		} `json:"cueData"`
	}
	if json.Unmarshal([]byte(data), &message) != nil {
		return ""
	}
	switch field {
	case "assetId":
		return message.AssetID
	case "cueData.key":
		return message.CueData.Key
	case "cueData.value":
		return message.CueData.Value
	}
	return ""
}

// number is a decimal number.
func number(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// optional is a number that may be missing.
func optional(n *uint32) string {
	if n == nil {
		return ""
	}
	return number(*n)
}

// flag is a bit.
func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
