package config

import (
	"encoding/json"
	"maps"

	"stitcher/internal/playback/awsapi"
)

// readOnly are the members that answers have and requests don't.
var readOnly = []string{
	"PlaybackConfigurationArn", "PlaybackEndpointPrefix", "SessionInitializationEndpointPrefix", "LogConfiguration",
	"DualStackPlaybackEndpointPrefix", "DualStackSessionInitializationEndpointPrefix",
}

// Render is the configuration as Get and Put answer it: what was put, unknown
// members too, with the defaults and the read-only members that MediaTailor
// shows (reference §1.4).
func (c *Configuration) Render(n awsapi.Naming) (json.RawMessage, error) {
	out := make(map[string]any, len(c.document)+len(readOnly)+4)
	for name, raw := range c.document {
		if !awsapi.IsNull(raw) {
			out[name] = raw
		}
	}
	if _, ok := out["CdnConfiguration"]; !ok {
		out["CdnConfiguration"] = struct{}{}
	}
	if server, ok := c.adServer(); ok {
		out["AdDecisionServerConfiguration"] = server
	}
	if c.InsertionMode == "" {
		out["InsertionMode"] = defaultInsertionMode
	}
	hls := c.block("HlsConfiguration")
	delete(hls, "DualStackManifestEndpointPrefix")
	hls["ManifestEndpointPrefix"] = n.Endpoint("master", c.Name)
	dash := c.block("DashConfiguration")
	delete(dash, "DualStackManifestEndpointPrefix")
	dash["ManifestEndpointPrefix"] = n.Endpoint("dash", c.Name)
	if c.Dash.MpdLocation == "" {
		dash["MpdLocation"] = defaultMpdLocation
	}
	if c.Dash.OriginManifestType == "" {
		dash["OriginManifestType"] = defaultOriginManifestType
	}
	tags := c.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(out, map[string]any{
		"Name":                                c.Name,
		"PlaybackConfigurationArn":            n.ARN(c.Name),
		"PlaybackEndpointPrefix":              n.PublicURL,
		"SessionInitializationEndpointPrefix": n.Endpoint("session", c.Name),
		"HlsConfiguration":                    hls,
		"DashConfiguration":                   dash,
		"LogConfiguration":                    c.log().members(),
		"tags":                                tags,
	})
	return awsapi.Encode(out)
}

// block is an object of the document, to be added to.
func (c *Configuration) block(name string) map[string]any {
	out := map[string]any{}
	var members map[string]json.RawMessage
	if json.Unmarshal(c.document[name], &members) == nil {
		for name, raw := range members {
			out[name] = raw
		}
	}
	return out
}
