// Package stitch is the service: a player's request comes in, the session's
// playlist goes out.
//
//	session → template → ledger → decisions → plan → splice → answer
//
// It owns decisions and settlements; everything else it asks for.
package stitch
