// Package ledger holds what all nodes and sessions must agree on about an origin's
// channels.
//
// A Stream is one channel, all its renditions together. Its ledger holds the avails, the
// cuts at which each rendition leaves and re-enters content, and the epochs of an origin
// that restarts its numbers. Each entry is created once, is stored before an answer depends
// on it, and does not change.
package ledger
