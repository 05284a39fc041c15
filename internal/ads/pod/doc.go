// Package pod puts together what fills an avail: the ads that fit, slate under those that
// only the player can show, and bumpers around them. It asks no server: its user offers it
// the ads of documents, and looks for their prepared creatives.
package pod
