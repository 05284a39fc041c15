// Package playback holds the resources that operators and players name:
// playback configurations and sessions, with their rules and validation.
//
// A prefetch schedule says for which avails ads are fetched before anyone comes to
// them. Schedules answers, without a lock, which of them concern a session now;
// PrefetchSchedule.RetrievalDue when the session's turn is, Matches whether an
// avail may have what was fetched. What is fetched and kept is stitch's.
package playback
