package playback

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// ErrMalformed is a document that is not a JSON object.
var ErrMalformed = errors.New("the body is not a JSON object")

// ParseConfiguration reads the body of PutPlaybackConfiguration. It returns
// ErrMalformed, or a *ValidationError that names every bad member.
func ParseConfiguration(body []byte) (*Configuration, error) {
	c, found, err := readConfiguration(body)
	if err != nil {
		return nil, err
	}
	c.validate(&found)
	if err := found.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// document reads a JSON object.
func document(body []byte) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if !utf8.Valid(body) || json.Unmarshal(body, &members) != nil || members == nil {
		return nil, ErrMalformed
	}
	return members, nil
}

// readConfiguration reads what can be read, and tells what can't.
func readConfiguration(body []byte) (*Configuration, problems, error) {
	members, err := document(body)
	if err != nil {
		return nil, nil, err
	}
	var found problems
	o := object{members: members, problems: &found}
	c := &Configuration{
		Name:                            o.text("Name"),
		VideoContentSourceURL:           o.text("VideoContentSourceUrl"),
		AdDecisionServerURL:             o.text("AdDecisionServerUrl"),
		AdDecisionServer:                readAdDecisionServer(o.object("AdDecisionServerConfiguration")),
		Timeouts:                        readTimeouts(o.object("AdsPersonalizationTimeouts")),
		Concurrency:                     readConcurrency(o.object("AdsPersonalizationConcurrency")),
		SlateAdURL:                      o.text("SlateAdUrl"),
		PersonalizationThresholdSeconds: o.integer("PersonalizationThresholdSeconds", 1, unlimited),
		TranscodeProfileName:            o.text("TranscodeProfileName"),
		LivePreRoll:                     readLivePreRoll(o.object("LivePreRollConfiguration")),
		AvailSuppression:                readAvailSuppression(o.object("AvailSuppression")),
		AdMarkerPassthrough:             o.object("ManifestProcessingRules").object("AdMarkerPassthrough").flag("Enabled"),
		Aliases:                         readAliases(o.object("ConfigurationAliases")),
		InsertionMode:                   o.enum("InsertionMode", defaultInsertionMode, "PLAYER_SELECT"),
		StreamingMediaFileConditioning:  readConditioning(o.object("AdConditioningConfiguration")),
		Functions:                       readFunctions(o.object("FunctionMapping")),
		Tags:                            o.texts("tags"),
		document:                        members,
	}
	cdn := o.object("CdnConfiguration")
	c.CDN = CDN{cdn.text("AdSegmentUrlPrefix"), cdn.text("ContentSegmentUrlPrefix")}
	dash := o.object("DashConfiguration")
	c.Dash = Dash{
		dash.enum("MpdLocation", defaultMpdLocation, "DISABLED"),
		dash.enum("OriginManifestType", defaultOriginManifestType, "SINGLE_PERIOD"),
	}
	bumper := o.object("Bumper")
	c.Bumper = Bumper{StartURL: bumper.text("StartUrl"), EndURL: bumper.text("EndUrl")}
	// What Get shows may be put again: the server's own members are dropped.
	for _, name := range readOnly {
		delete(members, name)
	}
	delete(members, "tags")
	return c, found, nil
}

func readTimeouts(o object) Timeouts {
	t := Timeouts{
		AdsRequest:      o.integer("AdsRequestTimeoutMilliseconds", 250, 6000),
		LiveMaximum:     o.integer("LiveMaximumAdsPersonalizationTimeMilliseconds", 250, 10000),
		VODMaximum:      o.integer("VodMaximumAdsPersonalizationTimeMilliseconds", 250, 10000),
		PrefetchRequest: o.integer("PrefetchAdsRequestTimeoutMilliseconds", 250, 10000),
		PrefetchMaximum: o.integer("PrefetchMaximumAdsPersonalizationTimeMilliseconds", 250, 10000),
	}
	checkTimeouts(o, t)
	return t
}

func readConcurrency(o object) Concurrency {
	c := Concurrency{o.integer("MaxConcurrentAdsRequests", 1, 100), o.flag("EnableVodVastParallelization")}
	if c.VODVastParallelization && c.MaxConcurrentAdsRequests <= 1 {
		o.problems.add(o.member("EnableVodVastParallelization"), "needs MaxConcurrentAdsRequests to be more than 1")
	}
	return c
}

func readLivePreRoll(o object) LivePreRoll {
	return LivePreRoll{
		AdDecisionServerURL: o.text("AdDecisionServerUrl"),
		MaxDurationSeconds:  o.integer("MaxDurationSeconds", 1, unlimited),
		AdSequencingMode: o.object("AdDecisionServerConfiguration").object("VastResponse").
			enum("AdSequencingMode", "IGNORE_AD_SEQUENCE", "FOLLOW_AD_SEQUENCE"),
	}
}

func readAvailSuppression(o object) AvailSuppression {
	s := AvailSuppression{
		Mode:       o.enum("Mode", suppressionModes...),
		Value:      o.text("Value"),
		FillPolicy: o.enum("FillPolicy", fillPolicies...),
	}
	if _, ok := clock(s.Value); s.Value != "" && !ok {
		o.problems.add(o.member("Value"), "must be a time as HH:MM:SS")
	}
	return s
}

func readConditioning(o object) string {
	const member = "StreamingMediaFileConditioning"
	if _, ok := o.raw(member); o.members != nil && !ok {
		o.problems.add(o.member(member), "is required")
	}
	return o.enum(member, "TRANSCODE", "NONE")
}

func readAliases(o object) map[string]map[string]string {
	if o.members == nil {
		return nil
	}
	out := make(map[string]map[string]string, len(o.members))
	for _, variable := range o.names() {
		out[variable] = o.texts(variable)
	}
	return out
}

// readFunctions knows the hooks of the user guide too, of which the API's pages
// have two (reference §1.6).
func readFunctions(o object) map[string]string {
	hooks := []string{"PRE_SESSION_INITIALIZATION", "PRE_ADS_REQUEST", "POST_ADS_RESPONSE", "PRE_MANIFEST_INSERTION"}
	if o.members == nil {
		return nil
	}
	out := make(map[string]string, len(o.members))
	for _, hook := range o.names() {
		if !slices.Contains(hooks, hook) {
			o.problems.add(o.member(hook), "must be one of %s", strings.Join(hooks, ", "))
		}
		out[hook] = o.text(hook)
	}
	return out
}
