// Package matrix plays the whole service against hostile origins: the viewer
// plane, the stitching service, the templates, the outgoing client, the ad
// decider and the embedded store are the real ones; the origin, the ad server
// and the prepared creatives are scripted.
//
// Time is that of a synctest bubble, so an hour of a stream takes a moment and
// what a manifest costs is measured exactly; the network is a RoundTripper
// under the outgoing client. What needs a true network (TLS, connections that
// hang) is in network_test.go.
package matrix
