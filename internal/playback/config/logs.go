package config

import (
	"encoding/json"
	"maps"
	"slices"

	"stitcher/internal/playback/awsapi"
)

// LogConfiguration is what ConfigureLogsForPlaybackConfiguration sets. It
// outlives a Put of its configuration: it can only be set to 0 (reference §1.2).
type LogConfiguration struct {
	// PercentEnabled is the share of sessions that are logged, 0 to 100.
	PercentEnabled int
	// Strategies are the EnabledLoggingStrategies.
	Strategies []string
	// OptIn are the event types that are logged because they were asked for, Exclude
	// those that are not logged, of the ad server's and the manifest service's log.
	OptIn, Exclude []string
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
	members, err := awsapi.Members(body)
	if err != nil {
		return nil, err
	}
	var found awsapi.Problems
	o := awsapi.Object{Members: members, Problems: &found}
	r := &LogsRequest{Name: o.Text(logName)}
	if r.Name == "" {
		found.Add(logName, "is required")
	}
	r.Log = readLogConfiguration(o)
	if err := found.Err(); err != nil {
		return nil, err
	}
	delete(members, logName)
	return r, nil
}

func readLogConfiguration(o awsapi.Object) LogConfiguration {
	if _, ok := o.Raw(logPercent); !ok {
		o.Problems.Add(o.Member(logPercent), "is required")
	}
	var optIn, exclude []string
	for _, log := range []string{"AdsInteractionLog", "ManifestServiceInteractionLog"} {
		var in, out []string
		o.Object(log).Read("PublishOptInEventTypes", "an array of strings", &in)
		o.Object(log).Read("ExcludeEventTypes", "an array of strings", &out)
		optIn, exclude = append(optIn, in...), append(exclude, out...)
	}
	return LogConfiguration{
		OptIn: optIn, Exclude: exclude,
		PercentEnabled: o.Integer(logPercent, 0, 100),
		Strategies:     o.List(logStrategies, "VENDED_LOGS", "LEGACY_CLOUDWATCH"),
		document:       o.Members,
	}
}

// log is the configuration's log settings, or the default.
func (c *Configuration) log() *LogConfiguration {
	if c.Log == nil {
		return &LogConfiguration{}
	}
	return c.Log
}

// Sampled is whether a session is among the PercentEnabled of all sessions, by its
// number: every node draws the same ones.
func (c *Configuration) Sampled(number uint64) bool {
	return number%100 < uint64(c.log().PercentEnabled)
}

// Logs is whether an event of a type is logged in the sessions that are sampled, if it
// is not one that has to be asked for.
func (c *Configuration) Logs(event string) bool { return !slices.Contains(c.log().Exclude, event) }

// OptsIn is whether an event is logged that has to be asked for.
func (c *Configuration) OptsIn(event string) bool { return slices.Contains(c.log().OptIn, event) }

// members are the members of LogConfiguration in answers; the first two are
// required there.
func (l *LogConfiguration) members() map[string]any {
	out := map[string]any{logPercent: l.PercentEnabled, logStrategies: []string{"LEGACY_CLOUDWATCH"}}
	for name, raw := range l.document {
		if !awsapi.IsNull(raw) {
			out[name] = raw
		}
	}
	return out
}

// Render is the answer of ConfigureLogsForPlaybackConfiguration.
func (r *LogsRequest) Render() (json.RawMessage, error) {
	out := maps.Clone(r.Log.members())
	out[logName] = r.Name
	return awsapi.Encode(out)
}
