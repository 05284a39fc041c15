package playback

import (
	"encoding/json"
	"maps"
)

// LogConfiguration is what ConfigureLogsForPlaybackConfiguration sets. It
// outlives a Put of its configuration: it can only be set to 0 (reference §1.2).
type LogConfiguration struct {
	// PercentEnabled is the share of sessions that are logged, 0 to 100.
	PercentEnabled int
	// Strategies are the EnabledLoggingStrategies.
	Strategies []string
	// document holds the members as they were put, without the name of the
	// configuration.
	document map[string]json.RawMessage
}

// LogsRequest is the body of ConfigureLogsForPlaybackConfiguration.
type LogsRequest struct {
	// Name is the PlaybackConfigurationName.
	Name string
	Log  LogConfiguration
}

const (
	logName       = "PlaybackConfigurationName"
	logPercent    = "PercentEnabled"
	logStrategies = "EnabledLoggingStrategies"
)

// ParseLogsRequest reads the body of ConfigureLogsForPlaybackConfiguration. It
// returns ErrMalformed or a *ValidationError.
func ParseLogsRequest(body []byte) (*LogsRequest, error) {
	members, err := document(body)
	if err != nil {
		return nil, err
	}
	var found problems
	o := object{members: members, problems: &found}
	r := &LogsRequest{Name: o.text(logName)}
	if r.Name == "" {
		found.add(logName, "is required")
	}
	r.Log = readLogConfiguration(o)
	if err := found.err(); err != nil {
		return nil, err
	}
	delete(members, logName)
	return r, nil
}

func readLogConfiguration(o object) LogConfiguration {
	if _, ok := o.raw(logPercent); !ok {
		o.problems.add(o.member(logPercent), "is required")
	}
	for _, log := range []string{"AdsInteractionLog", "ManifestServiceInteractionLog"} {
		for _, events := range []string{"PublishOptInEventTypes", "ExcludeEventTypes"} {
			o.object(log).read(events, "an array of strings", new([]string))
		}
	}
	return LogConfiguration{
		PercentEnabled: o.integer(logPercent, 0, 100),
		Strategies:     o.list(logStrategies, "VENDED_LOGS", "LEGACY_CLOUDWATCH"),
		document:       o.members,
	}
}

// log is the configuration's log settings, or the default.
func (c *Configuration) log() *LogConfiguration {
	if c.Log == nil {
		return &LogConfiguration{}
	}
	return c.Log
}

// members are the members of LogConfiguration in answers; the first two are
// required there.
func (l *LogConfiguration) members() map[string]any {
	out := map[string]any{logPercent: l.PercentEnabled, logStrategies: []string{"LEGACY_CLOUDWATCH"}}
	for name, raw := range l.document {
		if !isNull(raw) {
			out[name] = raw
		}
	}
	return out
}

// Render is the answer of ConfigureLogsForPlaybackConfiguration.
func (r *LogsRequest) Render() (json.RawMessage, error) {
	out := maps.Clone(r.Log.members())
	out[logName] = r.Name
	return encode(out)
}
