// Package viewer is the viewer plane: MediaTailor's playback URLs (reference
// §2) over the stitching service. It cuts the request into configuration,
// asset, session and parameters, calls the service, and renders the answer:
//
//	/v1/master, /v1/session   start or resume a session
//	/v1/manifest              a media playlist, the hot path
//	/v1/segment               an ad segment: fires beacons, redirects to /tm
//	/tm                       the ad media itself, immutable
//
// Nothing that a request says is believed: paths are cut in their escaped form and each
// label is decoded once (package target), parameters are counted (package parameters),
// forwarded addresses come only from trusted peers (package client).
//
// To add a route, write its handler as a method of plane and give it a row in
// plane.routes; serve.go does methods and CORS, package adapter errors, panics,
// logs and metrics. The header golden and api/openapi.yaml fail until they
// know it.
package viewer
