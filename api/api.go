// Package api holds the OpenAPI document of both planes.
package api

import _ "embed"

// Document is api/openapi.yaml, which the binary serves. Nobody writes to it.
//
//go:embed openapi.yaml
var Document []byte
