// Package prefetch holds prefetch schedules. A schedule says for which avails ads are
// fetched before a session reaches them.
//
// Schedules.Active returns, without a lock, the schedules that concern a session now.
// Schedule.RetrievalDue returns the time at which the session fetches, and Matches whether
// an avail may have what was fetched. Package stitch fetches and keeps the ads.
package prefetch
