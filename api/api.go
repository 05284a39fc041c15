// Package api holds the OpenAPI document of both planes and the JSON Schema of tracking
// documents.
package api

import _ "embed"

// Document is api/openapi.yaml, which the binary serves. Nobody writes to it.
//
//go:embed openapi.yaml
var Document []byte

// TrackingSchema is api/tracking.schema.json, the JSON Schema of tracking documents.
// Nobody writes to it.
//
//go:embed tracking.schema.json
var TrackingSchema []byte
