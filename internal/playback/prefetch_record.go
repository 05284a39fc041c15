package playback

import (
	"encoding/json"
	"maps"
	"strings"
	"time"
)

// prefetchRecord is how a schedule is stored; its names are in the document's id.
type prefetchRecord struct {
	Schedule map[string]json.RawMessage `json:"schedule"`
	Tags     map[string]string          `json:"tags,omitempty"`
	// Created is in microseconds since 1970.
	Created int64 `json:"created"`
}

// prefetchID is the id of a schedule's document. Names of schedules have no
// slash, so the last one parts it.
func prefetchID(configuration, name string) string { return configuration + "/" + name }

func splitPrefetchID(id string) (configuration, name string, ok bool) {
	i := strings.LastIndexByte(id, '/')
	if i <= 0 || i == len(id)-1 {
		return "", "", false
	}
	return id[:i], id[i+1:], true
}

func encodePrefetchRecord(s *PrefetchSchedule) ([]byte, error) {
	return encode(prefetchRecord{Schedule: s.document, Tags: s.Tags, Created: s.Created.UnixMicro()})
}

// decodePrefetchRecord does not validate: what an earlier version accepted stays
// in force when rules become stricter.
func decodePrefetchRecord(id string, doc []byte) (*PrefetchSchedule, error) {
	var r struct {
		prefetchRecord
		Schedule json.RawMessage `json:"schedule"`
	}
	if err := json.Unmarshal(doc, &r); err != nil {
		return nil, err
	}
	s, _, err := readPrefetchSchedule(r.Schedule)
	if err != nil {
		return nil, err
	}
	configuration, name, ok := splitPrefetchID(id)
	if !ok {
		return nil, ErrMalformed
	}
	s.Configuration, s.Name, s.Tags = configuration, name, r.Tags
	s.Created = time.UnixMicro(r.Created).UTC()
	return s, nil
}

// Render is the schedule as Create and Get answer it: what was sent, unknown
// members too, with the names by which it is known.
func (s *PrefetchSchedule) Render(n Naming) (json.RawMessage, error) {
	out := make(map[string]any, len(s.document)+5)
	for name, raw := range s.document {
		if !isNull(raw) {
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
	return encode(out)
}

// PrefetchARN is the resource name of a prefetch schedule.
func (n Naming) PrefetchARN(configuration, name string) string {
	return n.prefetchPrefix() + prefetchID(configuration, name)
}

func (n Naming) prefetchPrefix() string {
	return "arn:aws:mediatailor:" + n.Region + ":" + n.Account + ":prefetchSchedule/"
}

// PrefetchName is the configuration and the name in an ARN; false if it is not
// the ARN of a prefetch schedule here.
func (n Naming) PrefetchName(arn string) (configuration, name string, ok bool) {
	id, ok := strings.CutPrefix(arn, n.prefetchPrefix())
	if !ok {
		return "", "", false
	}
	return splitPrefetchID(id)
}
