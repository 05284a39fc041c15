// Package eventlog writes MediaTailor's log events as structured log lines under
// their names: those of the interactions with ad decision servers
// (AdDecisionServerInteractions) and of the manifest service (ManifestService).
//
// The LogConfiguration of a playback configuration chooses the sessions and the
// events; sessions with aws.logMode=DEBUG log all events that need no opt-in. Lines
// of one process are bounded, and the lines that are left out are counted. The
// caller masks secrets.
package eventlog
