// Package playback holds the resources that operators and players name:
// playback configurations and sessions, with their rules and validation.
package playback
