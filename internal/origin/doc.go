// Package origin describes an origin's channel: a manifest placed on the channel's timeline
// (View), the avails that the ledger has of it (Span), its epochs and its renditions
// (Layout).
package origin
