package config

import (
	"encoding/json"

	"stitcher/internal/playback/awsapi"
)

// record is how a configuration is stored. Tags and log settings have
// operations of their own, so they stand beside what was put.
type record struct {
	Configuration map[string]json.RawMessage `json:"configuration"`
	Tags          map[string]string          `json:"tags,omitempty"`
	Log           map[string]json.RawMessage `json:"log,omitempty"`
}

func encodeRecord(c *Configuration) ([]byte, error) {
	r := record{Configuration: c.document, Tags: c.Tags}
	if c.Log != nil {
		r.Log = c.Log.document
	}
	return awsapi.Encode(r)
}

// decodeRecord does not validate: what an earlier version accepted stays in
// force when rules become stricter.
func decodeRecord(doc []byte) (*Configuration, error) {
	var r struct {
		record
		Configuration json.RawMessage `json:"configuration"`
	}
	if err := json.Unmarshal(doc, &r); err != nil {
		return nil, err
	}
	c, _, err := readConfiguration(r.Configuration)
	if err != nil {
		return nil, err
	}
	c.Tags = r.Tags
	if r.Log != nil {
		log := readLogConfiguration(awsapi.Object{Members: r.Log, Problems: new(awsapi.Problems)})
		c.Log = &log
	}
	return c, nil
}
