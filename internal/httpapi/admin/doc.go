// Package admin is the admin plane: MediaTailor's control API (reference §1)
// over the playback configurations and their prefetch schedules, and the routes of
// operation:
//
//	/playbackConfiguration(s), /configureLogs,
//	/prefetchSchedule, /tags                    the control API
//	/healthz, /readyz, /metrics                 for machines, never signed
//	/debug/pprof, /openapi.yaml                 for people
//
// A web page must not be able to use an operator's browser against it: requests
// of other origins are refused, and so are Host names that are not its own,
// unless the request is signed.
//
// To add an operation, write its handler as a method of plane and give it a row
// in plane.routes; serve.go does guards, signatures and bodies, package adapter
// errors, panics, logs and metrics. api/openapi.yaml must know it, or its test
// fails.
package admin
