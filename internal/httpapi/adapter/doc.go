// Package adapter connects handlers, which return errors, with HTTP, which wants
// an answer. Both planes use it: it does panics, errors, request ids, log lines
// and metrics. A plane gives it routes and a table of its errors.
package adapter
