// Package tracing makes OpenTelemetry traces of what a viewer waits for: a request
// with its fetches from the origin, a decision with each request to an ad server, a
// beacon with its attempts.
//
// Traces are made if the operator sets OpenTelemetry's environment variables. If not,
// a Tracer is nil and every call costs a comparison or the lookup of a context value.
// The context of a trace is never sent to an origin, an ad server or a tracking host.
package tracing
