// Package track describes the Representations of an MPD: what a player can choose between.
package track
