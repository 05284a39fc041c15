// Package origin reads what the origin publishes and remembers what everyone
// must agree on about it.
//
// Manifests fetches a manifest once for all its viewers and compiles it once.
// A Stream is one channel, all its renditions together: its ledger holds the
// avails, the cuts at which each rendition leaves and re-enters content, and
// the epochs of an origin that restarts its numbers. Everything in the ledger
// is created once, stored before anyone is answered with it, and never changes.
package origin
