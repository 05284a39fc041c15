package prefetch

import (
	"encoding/json"
	"maps"
	"time"

	"stitcher/internal/playback/awsapi"
)

// record is how a schedule is stored; its names are in the document's id.
type record struct {
	Schedule map[string]json.RawMessage `json:"schedule"`
	Tags     map[string]string          `json:"tags,omitempty"`
	// Created is in microseconds since 1970.
	Created int64 `json:"created"`
}

func encodeRecord(s *Schedule) ([]byte, error) {
	return awsapi.Encode(record{Schedule: s.document, Tags: s.Tags, Created: s.Created.UnixMicro()})
}

// decodeRecord does not validate: what an earlier version accepted stays
// in force when rules become stricter.
func decodeRecord(id string, doc []byte) (*Schedule, error) {
	var r struct {
		record
		Schedule json.RawMessage `json:"schedule"`
	}
	if err := json.Unmarshal(doc, &r); err != nil {
		return nil, err
	}
	s, _, err := readSchedule(r.Schedule)
	if err != nil {
		return nil, err
	}
	configuration, name, ok := awsapi.SplitPrefetchID(id)
	if !ok {
		return nil, awsapi.ErrMalformed
	}
	s.Configuration, s.Name, s.Tags = configuration, name, r.Tags
	s.Created = time.UnixMicro(r.Created).UTC()
	return s, nil
}

// Render is the schedule as Create and Get answer it: what was sent, unknown
// members too, with the names by which it is known.
func (s *Schedule) Render(n awsapi.Naming) (json.RawMessage, error) {
	out := make(map[string]any, len(s.document)+5)
	for name, raw := range s.document {
		if !awsapi.IsNull(raw) {
			out[name] = raw
		}
	}
	tags := s.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(out, map[string]any{
		"Arn":                       n.PrefetchARN(s.Configuration, s.Name),
		"Name":                      s.Name,
		"PlaybackConfigurationName": s.Configuration,
		"ScheduleType":              s.scheduleType(),
		"tags":                      tags,
	})
	return awsapi.Encode(out)
}
