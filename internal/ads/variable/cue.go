package variable

import (
	"encoding/json"
	"strconv"
	"strings"

	"stitcher/internal/manifest/scte35"
)

// cue is what ad requests tell of an SCTE-35 section: the scte variables of
// MediaTailor. A nil cue has no value.
type cue struct {
	insert       *scte35.Insert
	segmentation *scte35.Segmentation
}

// decodeCue reads a section as playlists carry it. It is nil if it can't be read or its
// checksum is wrong: the avail still opens at its tag, but unverified values are not sent
// to an ad server.
func decodeCue(text string) *cue {
	if text == "" {
		return nil
	}
	section, err := scte35.DecodeString(text)
	if err != nil {
		return nil
	}
	c := &cue{}
	if section.Insert != nil && !section.Insert.Cancel {
		c.insert = section.Insert
	}
	c.segmentation = speaker(&section)
	return c
}

// speaker is the descriptor that speaks for the avail: the one that opened it,
// else the overlay's, else the first that is not taken back.
func speaker(section *scte35.Cue) *scte35.Segmentation {
	for _, kind := range [...]scte35.Kind{scte35.Out, scte35.Overlay} {
		if s, ok := section.Signal(kind); ok && s.Segmentation != nil {
			return s.Segmentation
		}
	}
	for i := range section.Segmentations {
		if !section.Segmentations[i].Cancel {
			return &section.Segmentations[i]
		}
	}
	return nil
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
		return of(c.insert)
	}
	if c.segmentation == nil {
		if field == "event_id" && c.insert != nil {
			return number(c.insert.EventID)
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
var insertFields = map[string]func(*scte35.Insert) string{
	"avail_num":         func(i *scte35.Insert) string { return number(i.AvailNum) },
	"avails_expected":   func(i *scte35.Insert) string { return number(i.AvailsExpected) },
	"unique_program_id": func(i *scte35.Insert) string { return number(i.UniqueProgramID) },
}

// segmentationFields are the variables of a segmentation descriptor.
var segmentationFields = map[string]func(*scte35.Segmentation) string{
	"event_id":              func(s *scte35.Segmentation) string { return number(s.EventID) },
	"segmentation_event_id": func(s *scte35.Segmentation) string { return number(s.EventID) },
	"segmentation_type_id":  func(s *scte35.Segmentation) string { return number(s.Type) },
	"segment_num":           func(s *scte35.Segmentation) string { return number(s.Num) },
	"segments_expected":     func(s *scte35.Segmentation) string { return number(s.Expected) },
	"sub_segment_num": func(s *scte35.Segmentation) string {
		if s.SubSegment == nil {
			return ""
		}
		return number(s.SubSegment.Num)
	},
	"sub_segments_expected": func(s *scte35.Segmentation) string {
		if s.SubSegment == nil {
			return ""
		}
		return number(s.SubSegment.Expected)
	},
	"delivery_not_restricted_flag": func(s *scte35.Segmentation) string { return flag(s.Restrictions == nil) },
	"archive_allowed_flag": func(s *scte35.Segmentation) string {
		if s.Restrictions == nil {
			return ""
		}
		return flag(s.Restrictions.ArchiveAllowed)
	},
	"no_regional_blackout_flag": func(s *scte35.Segmentation) string {
		if s.Restrictions == nil {
			return ""
		}
		return flag(s.Restrictions.NoRegionalBlackout)
	},
	"device_restrictions": func(s *scte35.Segmentation) string {
		if s.Restrictions == nil {
			return ""
		}
		return number(s.Restrictions.Devices)
	},
	"segmentation_upid": func(s *scte35.Segmentation) string { return identifier(s).Text() },
}

// identifier is the UPID that an ad server is told: of the types that
// MediaTailor tells (managed private, then user defined and ADS information)
// the first, else the first of all.
func identifier(s *scte35.Segmentation) scte35.UPID {
	for _, told := range [...][2]uint8{{scte35.ManagedPrivate, scte35.ManagedPrivate}, {scte35.UserDefined, scte35.ADSInformation}} {
		for _, upid := range s.UPIDs {
			if upid.Type == told[0] || upid.Type == told[1] {
				return upid
			}
		}
	}
	if len(s.UPIDs) > 0 {
		return s.UPIDs[0]
	}
	return scte35.UPID{}
}

// private is a part of a managed private UPID: private_data.N of a list that
// colons separate (a leading one doesn't count), or a member of its JSON.
func private(s *scte35.Segmentation, field string) string {
	_, data, ok := identifier(s).Private()
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
		AssetID scalar `json:"assetId"`
		CueData struct {
			Key   scalar `json:"key"`
			Value scalar `json:"value"`
		} `json:"cueData"`
	}
	if json.Unmarshal([]byte(data), &message) != nil {
		return ""
	}
	switch field {
	case "assetId":
		return string(message.AssetID)
	case "cueData.key":
		return string(message.CueData.Key)
	case "cueData.value":
		return string(message.CueData.Value)
	}
	return ""
}

// scalar is the text of a JSON string, or of a number as it is written; empty
// for all else.
type scalar string

// UnmarshalJSON never fails: one odd member does not hide the others.
func (s *scalar) UnmarshalJSON(b []byte) error {
	var text string
	switch {
	case json.Unmarshal(b, &text) == nil:
		*s = scalar(text)
	case len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9'):
		*s = scalar(b)
	}
	return nil
}

// number is a decimal number.
func number[N ~uint8 | ~uint16 | ~uint32](n N) string { return strconv.FormatUint(uint64(n), 10) }

// flag is a bit.
func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
