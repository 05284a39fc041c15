package config

import (
	"slices"
	"strings"

	"stitcher/internal/playback/awsapi"
)

// Parse reads the body of PutPlaybackConfiguration. It returns
// ErrMalformed, or a *ValidationError that names every bad member.
func Parse(body []byte) (*Configuration, error) {
	c, found, err := readConfiguration(body)
	if err != nil {
		return nil, err
	}
	c.validate(&found)
	if err := found.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// readConfiguration reads what can be read, and tells what can't.
func readConfiguration(body []byte) (*Configuration, awsapi.Problems, error) {
	members, err := awsapi.Members(body)
	if err != nil {
		return nil, nil, err
	}
	var found awsapi.Problems
	o := awsapi.Object{Members: members, Problems: &found}
	c := &Configuration{
		Name:                            o.Text("Name"),
		VideoContentSourceURL:           o.Text("VideoContentSourceUrl"),
		AdDecisionServerURL:             o.Text("AdDecisionServerUrl"),
		AdDecisionServer:                readAdDecisionServer(o.Object("AdDecisionServerConfiguration")),
		Timeouts:                        readTimeouts(o.Object("AdsPersonalizationTimeouts")),
		Concurrency:                     readConcurrency(o.Object("AdsPersonalizationConcurrency")),
		SlateAdURL:                      o.Text("SlateAdUrl"),
		PersonalizationThresholdSeconds: o.Integer("PersonalizationThresholdSeconds", 1, awsapi.Unlimited),
		TranscodeProfileName:            o.Text("TranscodeProfileName"),
		LivePreRoll:                     readLivePreRoll(o.Object("LivePreRollConfiguration")),
		AvailSuppression:                readAvailSuppression(o.Object("AvailSuppression")),
		AdMarkerPassthrough:             o.Object("ManifestProcessingRules").Object("AdMarkerPassthrough").Flag("Enabled"),
		Aliases:                         readAliases(o.Object("ConfigurationAliases")),
		InsertionMode:                   o.Enum("InsertionMode", defaultInsertionMode, "PLAYER_SELECT"),
		StreamingMediaFileConditioning:  readConditioning(o.Object("AdConditioningConfiguration")),
		Functions:                       readFunctions(o.Object("FunctionMapping")),
		Tags:                            o.Texts("tags"),
		document:                        members,
	}
	cdn := o.Object("CdnConfiguration")
	c.CDN = CDN{cdn.Text("AdSegmentUrlPrefix"), cdn.Text("ContentSegmentUrlPrefix")}
	dash := o.Object("DashConfiguration")
	c.Dash = Dash{
		dash.Enum("MpdLocation", defaultMpdLocation, "DISABLED"),
		dash.Enum("OriginManifestType", defaultOriginManifestType, "SINGLE_PERIOD"),
	}
	bumper := o.Object("Bumper")
	c.Bumper = Bumper{StartURL: bumper.Text("StartUrl"), EndURL: bumper.Text("EndUrl")}
	// What Get shows may be put again: the server's own members are dropped.
	for _, name := range readOnly {
		delete(members, name)
	}
	delete(members, "tags")
	return c, found, nil
}

func readTimeouts(o awsapi.Object) Timeouts {
	t := Timeouts{
		AdsRequest:      o.Integer("AdsRequestTimeoutMilliseconds", 250, 6000),
		LiveMaximum:     o.Integer("LiveMaximumAdsPersonalizationTimeMilliseconds", 250, 10000),
		VODMaximum:      o.Integer("VodMaximumAdsPersonalizationTimeMilliseconds", 250, 10000),
		PrefetchRequest: o.Integer("PrefetchAdsRequestTimeoutMilliseconds", 250, 10000),
		PrefetchMaximum: o.Integer("PrefetchMaximumAdsPersonalizationTimeMilliseconds", 250, 10000),
	}
	checkTimeouts(o, t)
	return t
}

func readConcurrency(o awsapi.Object) Concurrency {
	c := Concurrency{o.Integer("MaxConcurrentAdsRequests", 1, 100), o.Flag("EnableVodVastParallelization")}
	if c.VODVastParallelization && c.MaxConcurrentAdsRequests <= 1 {
		o.Problems.Add(o.Member("EnableVodVastParallelization"), "needs MaxConcurrentAdsRequests to be more than 1")
	}
	return c
}

func readLivePreRoll(o awsapi.Object) LivePreRoll {
	return LivePreRoll{
		AdDecisionServerURL: o.Text("AdDecisionServerUrl"),
		MaxDurationSeconds:  o.Integer("MaxDurationSeconds", 1, awsapi.Unlimited),
		AdSequencingMode: o.Object("AdDecisionServerConfiguration").Object("VastResponse").
			Enum("AdSequencingMode", "IGNORE_AD_SEQUENCE", "FOLLOW_AD_SEQUENCE"),
	}
}

func readAvailSuppression(o awsapi.Object) AvailSuppression {
	s := AvailSuppression{
		Mode:       o.Enum("Mode", suppressionModes...),
		Value:      o.Text("Value"),
		FillPolicy: o.Enum("FillPolicy", fillPolicies...),
	}
	if _, ok := clock(s.Value); s.Value != "" && !ok {
		o.Problems.Add(o.Member("Value"), "must be a time as HH:MM:SS")
	}
	return s
}

func readConditioning(o awsapi.Object) string {
	const member = "StreamingMediaFileConditioning"
	if _, ok := o.Raw(member); o.Members != nil && !ok {
		o.Problems.Add(o.Member(member), "is required")
	}
	return o.Enum(member, "TRANSCODE", "NONE")
}

func readAliases(o awsapi.Object) map[string]map[string]string {
	if o.Members == nil {
		return nil
	}
	out := make(map[string]map[string]string, len(o.Members))
	for _, variable := range o.Names() {
		out[variable] = o.Texts(variable)
	}
	return out
}

// readFunctions knows the hooks of the user guide too, of which the API's pages
// have two (reference §1.6).
func readFunctions(o awsapi.Object) map[string]string {
	hooks := []string{"PRE_SESSION_INITIALIZATION", "PRE_ADS_REQUEST", "POST_ADS_RESPONSE", "PRE_MANIFEST_INSERTION"}
	if o.Members == nil {
		return nil
	}
	out := make(map[string]string, len(o.Members))
	for _, hook := range o.Names() {
		if !slices.Contains(hooks, hook) {
			o.Problems.Add(o.Member(hook), "must be one of %s", strings.Join(hooks, ", "))
		}
		out[hook] = o.Text(hook)
	}
	return out
}
