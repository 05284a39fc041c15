// Package sizing measures what viewers cost: the real service on two nodes over a real
// redis-server, with different numbers of viewers, and what a million would cost by the line
// through the figures.
package sizing
