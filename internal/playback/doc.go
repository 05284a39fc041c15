// Package playback describes a viewer's session: its parameters, the viewer's device, and
// the avails that it leaves to content. Its sub-packages hold the resources that operators
// name: playback configurations (config) and prefetch schedules (prefetch).
package playback
