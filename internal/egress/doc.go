// Package egress is the only way out: every request to an origin, an ad server,
// a creative's host or a tracking host is made here. It checks the address that
// is really dialled, re-checks every redirect, ignores proxy variables, sends
// no cookies, and bounds bodies, time and concurrency: URLs come from viewers
// and from ad responses, so any of them may be hostile (design: trust).
package egress
