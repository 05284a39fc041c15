package config

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"stitcher/internal/playback/awsapi"
)

// TestValidation has one bad document a rule of reference §1.4, and the words
// that the operator reads.
func TestValidation(t *testing.T) {
	long := strings.Repeat("ü", 513)
	for name, test := range map[string]struct{ body, want string }{
		"no name":        {`{}`, "Name is required"},
		"long name":      {`{"Name":"` + long + `"}`, "Name must not be longer than 512 characters; Name must not be longer than 1024 bytes"},
		"name's bytes":   {`{"Name":"` + strings.Repeat("🎬", 257) + `"}`, "Name must not be longer than 1024 bytes"},
		"dots":           {`{"Name":"a/../b"}`, "Name must not be empty, . or .. before, between or after slashes"},
		"backslash":      {`{"Name":"a\\b"}`, "Name must not hold control characters or backslashes"},
		"type":           {`{"Name":7}`, "Name must be a string; Name is required"},
		"source":         {`{"Name":"a","VideoContentSourceUrl":"ftp://x/"}`, "VideoContentSourceUrl must be an http or https URL"},
		"long source":    {`{"Name":"a","VideoContentSourceUrl":"http://x/` + long + `"}`, "VideoContentSourceUrl must not be longer than 512 characters"},
		"long ADS":       {`{"Name":"a","AdDecisionServerUrl":"http://x/` + strings.Repeat("a", 25000) + `"}`, "AdDecisionServerUrl must not be longer than 25000 characters"},
		"low time limit": {`{"Name":"a","AdsPersonalizationTimeouts":{"AdsRequestTimeoutMilliseconds":249,"LiveMaximumAdsPersonalizationTimeMilliseconds":250,"VodMaximumAdsPersonalizationTimeMilliseconds":250}}`, "AdsPersonalizationTimeouts.AdsRequestTimeoutMilliseconds must be between 250 and 6000"},
		"limit alone":    {`{"Name":"a","AdsPersonalizationTimeouts":{"AdsRequestTimeoutMilliseconds":250}}`, "AdsPersonalizationTimeouts.AdsRequestTimeoutMilliseconds must be set together with LiveMaximumAdsPersonalizationTimeMilliseconds and VodMaximumAdsPersonalizationTimeMilliseconds"},
		"limit > budget": {`{"Name":"a","AdsPersonalizationTimeouts":{"AdsRequestTimeoutMilliseconds":500,"LiveMaximumAdsPersonalizationTimeMilliseconds":400,"VodMaximumAdsPersonalizationTimeMilliseconds":500}}`, "AdsPersonalizationTimeouts.AdsRequestTimeoutMilliseconds must not be greater than LiveMaximumAdsPersonalizationTimeMilliseconds"},
		"prefetch":       {`{"Name":"a","AdsPersonalizationTimeouts":{"PrefetchMaximumAdsPersonalizationTimeMilliseconds":400}}`, "AdsPersonalizationTimeouts.PrefetchAdsRequestTimeoutMilliseconds must be set together with PrefetchMaximumAdsPersonalizationTimeMilliseconds"},
		"concurrency":    {`{"Name":"a","AdsPersonalizationConcurrency":{"MaxConcurrentAdsRequests":101}}`, "AdsPersonalizationConcurrency.MaxConcurrentAdsRequests must be between 1 and 100"},
		"parallel":       {`{"Name":"a","AdsPersonalizationConcurrency":{"EnableVodVastParallelization":true}}`, "AdsPersonalizationConcurrency.EnableVodVastParallelization needs MaxConcurrentAdsRequests to be more than 1"},
		"threshold":      {`{"Name":"a","PersonalizationThresholdSeconds":0}`, "PersonalizationThresholdSeconds must be at least 1"},
		"fraction":       {`{"Name":"a","PersonalizationThresholdSeconds":1.5}`, "PersonalizationThresholdSeconds must be an integer"},
		"digits":         {`{"Name":"a","PersonalizationThresholdSeconds":"5"}`, "PersonalizationThresholdSeconds must be an integer"},
		"huge":           {`{"Name":"a","PersonalizationThresholdSeconds":99999999999999999999}`, "PersonalizationThresholdSeconds must be at least 1"},
		"method":         {`{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":{"Method":"PUT"}}}`, "AdDecisionServerConfiguration.HttpRequest.Method must be one of GET, POST"},
		"header name":    {`{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":{"Headers":{"X A":"1"}}}}`, "AdDecisionServerConfiguration.HttpRequest.Headers must have names that are header names of at most 256 characters (RFC 9110 §5.1)"},
		"header twice":   {`{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":{"Headers":{"X-A":"1","x-a":"2"}}}}`, "AdDecisionServerConfiguration.HttpRequest.Headers.x-a must not occur twice"},
		"header lines":   {`{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":{"Headers":{"X-A":"1\r\nX-B: 2"}}}}`, "AdDecisionServerConfiguration.HttpRequest.Headers.X-A must not hold control characters"},
		"no headers":     {`{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":{"Headers":[]}}}`, "AdDecisionServerConfiguration.HttpRequest.Headers must be an object"},
		"long header":    {`{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":{"Headers":{"X-A":"` + strings.Repeat("a", 8193) + `"}}}}`, "AdDecisionServerConfiguration.HttpRequest.Headers.X-A must not be longer than 8192 characters"},
		"long body":      {`{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":{"Method":"POST","Body":"` + strings.Repeat("a", 65537) + `"}}}`, "AdDecisionServerConfiguration.HttpRequest.Body must not be longer than 65536 characters"},
		"compression":    {`{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":{"Method":"POST","CompressionMethod":"BROTLI"}}}`, "AdDecisionServerConfiguration.HttpRequest.CompressionMethod must be one of NONE, GZIP"},
		"VOD budget":     {`{"Name":"a","AdsPersonalizationTimeouts":{"AdsRequestTimeoutMilliseconds":500,"LiveMaximumAdsPersonalizationTimeMilliseconds":500}}`, "AdsPersonalizationTimeouts.AdsRequestTimeoutMilliseconds must be set together with LiveMaximumAdsPersonalizationTimeMilliseconds and VodMaximumAdsPersonalizationTimeMilliseconds"},
		"high budget":    {`{"Name":"a","AdsPersonalizationTimeouts":{"LiveMaximumAdsPersonalizationTimeMilliseconds":10001}}`, "AdsPersonalizationTimeouts.LiveMaximumAdsPersonalizationTimeMilliseconds must be between 250 and 10000"},
		"prefetch limit": {`{"Name":"a","AdsPersonalizationTimeouts":{"PrefetchAdsRequestTimeoutMilliseconds":500,"PrefetchMaximumAdsPersonalizationTimeMilliseconds":400}}`, "AdsPersonalizationTimeouts.PrefetchAdsRequestTimeoutMilliseconds must not be greater than PrefetchMaximumAdsPersonalizationTimeMilliseconds"},
		"header":         {`{"Name":"a","AdDecisionServerConfiguration":{"HttpRequest":{"Headers":{"X-A":1}}}}`, "AdDecisionServerConfiguration.HttpRequest.Headers.X-A must be a string"},
		"sequence":       {`{"Name":"a","AdDecisionServerConfiguration":{"VastResponse":{"AdSequencingMode":"x"}}}`, "AdDecisionServerConfiguration.VastResponse.AdSequencingMode must be one of IGNORE_AD_SEQUENCE, FOLLOW_AD_SEQUENCE, FOLLOW_AD_SEQUENCE_ONLY_LIVE, FOLLOW_AD_SEQUENCE_ONLY_VOD"},
		"slate":          {`{"Name":"a","SlateAdUrl":"slate.mp4"}`, "SlateAdUrl must be an http or https URL"},
		"cdn":            {`{"Name":"a","CdnConfiguration":{"AdSegmentUrlPrefix":"http://"}}`, "CdnConfiguration.AdSegmentUrlPrefix must be an http or https URL"},
		"mpd":            {`{"Name":"a","DashConfiguration":{"MpdLocation":"x","OriginManifestType":"y"}}`, "DashConfiguration.MpdLocation must be one of EMT_DEFAULT, DISABLED; DashConfiguration.OriginManifestType must be one of MULTI_PERIOD, SINGLE_PERIOD"},
		"bumper":         {`{"Name":"a","Bumper":"x"}`, "Bumper must be an object"},
		"preroll":        {`{"Name":"a","LivePreRollConfiguration":{"MaxDurationSeconds":0}}`, "LivePreRollConfiguration.MaxDurationSeconds must be at least 1"},
		"suppression":    {`{"Name":"a","AvailSuppression":{"Mode":"BEHIND_LIVE_EDGE","Value":"0:0:1"}}`, "AvailSuppression.Value must be a time as HH:MM:SS"},
		"passthrough":    {`{"Name":"a","ManifestProcessingRules":{"AdMarkerPassthrough":{"Enabled":"yes"}}}`, "ManifestProcessingRules.AdMarkerPassthrough.Enabled must be true or false"},
		"alias key":      {`{"Name":"a","ConfigurationAliases":{"cdn":{}}}`, "ConfigurationAliases.cdn must begin with player_params."},
		"alias value":    {`{"Name":"a","ConfigurationAliases":{"player_params.x":{"a":1}}}`, "ConfigurationAliases.player_params.x.a must be a string"},
		"domain":         {`{"Name":"a","VideoContentSourceUrl":"http://[player_params.x].example/"}`, "VideoContentSourceUrl has the variable [player_params.x] in its domain, which is not a key of ConfigurationAliases"},
		"insertion":      {`{"Name":"a","InsertionMode":"x"}`, "InsertionMode must be one of STITCHED_ONLY, PLAYER_SELECT"},
		"conditioning":   {`{"Name":"a","AdConditioningConfiguration":{}}`, "AdConditioningConfiguration.StreamingMediaFileConditioning is required"},
		"hook":           {`{"Name":"a","FunctionMapping":{"x":"f"}}`, "FunctionMapping.x must be one of PRE_SESSION_INITIALIZATION, PRE_ADS_REQUEST, POST_ADS_RESPONSE, PRE_MANIFEST_INSERTION"},
		"tags":           {`{"Name":"a","tags":{"":"x"}}`, "tags must have keys of 1 to 128 characters"},
		"all":            {`{"SlateAdUrl":1,"InsertionMode":2}`, "SlateAdUrl must be a string; InsertionMode must be a string; Name is required"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(test.body))
			var invalid *awsapi.ValidationError
			if !errors.As(err, &invalid) || err.Error() != test.want {
				t.Errorf("%v\nwant %s", err, test.want)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	for _, body := range []string{"", "null", "[]", "7", `{"Name":"a"`, `{"Name":"a"} x`, "{\"Name\":\"\xff\"}"} {
		if _, err := Parse([]byte(body)); !errors.Is(err, awsapi.ErrMalformed) {
			t.Errorf("%q: %v", body, err)
		}
		if _, err := ParseLogsRequest([]byte(body)); !errors.Is(err, awsapi.ErrMalformed) {
			t.Errorf("logs %q: %v", body, err)
		}
		if _, err := awsapi.ParseTags([]byte(body)); !errors.Is(err, awsapi.ErrMalformed) {
			t.Errorf("tags %q: %v", body, err)
		}
	}
}

// TestRender pins what MediaTailor shows of a configuration that has a name
// alone, and that unknown members come back at every level.
func TestRender(t *testing.T) {
	base := here.PublicURL + "/v1/%/" + here.Hash() + "/a%20b%2F%C3%BC/"
	at := func(kind string) string { return strings.Replace(base, "%", kind, 1) }
	common := `"DashConfiguration":{"ManifestEndpointPrefix":"` + at("dash") + `","MpdLocation":"EMT_DEFAULT","OriginManifestType":"MULTI_PERIOD"},` +
		`"HlsConfiguration":{"ManifestEndpointPrefix":"` + at("master") + `"},"InsertionMode":"STITCHED_ONLY",` +
		`"LogConfiguration":{"EnabledLoggingStrategies":["LEGACY_CLOUDWATCH"],"PercentEnabled":0},"Name":"a b/ü",` +
		`"PlaybackConfigurationArn":"arn:aws:mediatailor:us-east-1:000000000000:playbackConfiguration/a b/ü",` +
		`"PlaybackEndpointPrefix":"http://stitcher.example:8080","SessionInitializationEndpointPrefix":"` + at("session") + `",`
	for name, test := range map[string]struct{ body, want string }{
		"defaults": {`{"Name":"a b/ü"}`, `{"CdnConfiguration":{},` + common + `"tags":{}}`},
		"unknown": {
			`{"Name":"a b/ü","name":"x","Z":null,"CdnConfiguration":{"Y":[1.50,{"a":"<&>"}]},"DashConfiguration":{"X":1e2,"ManifestEndpointPrefix":"http://other"}}`,
			`{"CdnConfiguration":{"Y":[1.50,{"a":"<&>"}]},` + strings.Replace(common, `"OriginManifestType":"MULTI_PERIOD"`, `"OriginManifestType":"MULTI_PERIOD","X":1e2`, 1) + `"name":"x","tags":{}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := parse(t, test.body)
			if got := render(t, c); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			// What Get shows can be put again and changes nothing.
			if got := render(t, parse(t, render(t, c))); got != test.want {
				t.Errorf("again %s\nwant  %s", got, test.want)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	c := parse(t, `{"Name":"a","PersonalizationThresholdSeconds":8}`)
	if c.AdsRequestTimeout() != 3*time.Second || c.LiveBudget() != 10*time.Second || c.VODBudget() != 10*time.Second {
		t.Errorf("time limits %s %s %s", c.AdsRequestTimeout(), c.LiveBudget(), c.VODBudget())
	}
	if c.Threshold() != 0 || c.Passthrough() || c.ADS()+c.SlateAdURL+c.ContentSource()+c.AdPrefix()+c.ContentPrefix() != "" {
		t.Errorf("%+v", c)
	}
	c = parse(t, `{"Name":"a","PersonalizationThresholdSeconds":8,"SlateAdUrl":"http://s/s.mp4","AdDecisionServerUrl":"http://ads/","VideoContentSourceUrl":"http://o/",
		"CdnConfiguration":{"AdSegmentUrlPrefix":"http://a","ContentSegmentUrlPrefix":"http://c"},"ManifestProcessingRules":{"AdMarkerPassthrough":{"Enabled":true}},
		"AdsPersonalizationTimeouts":{"AdsRequestTimeoutMilliseconds":250,"LiveMaximumAdsPersonalizationTimeMilliseconds":900,"VodMaximumAdsPersonalizationTimeMilliseconds":1000}}`)
	if c.AdsRequestTimeout() != 250*time.Millisecond || c.LiveBudget() != 900*time.Millisecond || c.VODBudget() != time.Second {
		t.Errorf("time limits %s %s %s", c.AdsRequestTimeout(), c.LiveBudget(), c.VODBudget())
	}
	if c.Threshold() != 8*time.Second || !c.Passthrough() {
		t.Errorf("%+v", c)
	}
	got := strings.Join([]string{c.ADS(), c.SlateAdURL, c.ContentSource(), c.AdPrefix(), c.ContentPrefix()}, " ")
	if want := "http://ads/ http://s/s.mp4 http://o/ http://a http://c"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// FuzzParseConfiguration: what is accepted is shown, can be put again, and
// shows the same then.
func FuzzParseConfiguration(f *testing.F) {
	f.Add([]byte(`{"Name":"a","VideoContentSourceUrl":"http://[player_params.x]/a?[player_params.x]","ConfigurationAliases":{"player_params.x":{"1":"o"}}}`))
	f.Add([]byte(`{"Name":"a/b","AvailSuppression":{"Mode":"OFF","Value":"00:00:21"},"tags":{"a":"b"},"New":{"x":[1]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := Parse(body)
		if err != nil {
			return
		}
		once, err := c.Render(here)
		if err != nil || !json.Valid(once) {
			t.Fatalf("%s: %v", once, err)
		}
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice := render(t, again); twice != string(once) {
			t.Fatalf("%s\n%s", once, twice)
		}
		_, _ = c.Resolve(c.ContentSource(), map[string]string{"x": "1"})
	})
}
