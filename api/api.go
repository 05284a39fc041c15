// Package api holds the OpenAPI document of both planes and the JSON Schema of tracking
// documents.
package api

import _ "embed"

// Document is api/openapi.yaml, which the binary serves. It is read-only.
//
//go:embed openapi.yaml
var Document []byte

// TrackingSchema is api/tracking.schema.json, the JSON Schema of tracking documents.
// It is read-only.
//
//go:embed tracking.schema.json
var TrackingSchema []byte
