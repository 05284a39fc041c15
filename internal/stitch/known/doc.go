// Package known has what a node knows of the records of a session. All nodes append to one log.
// Records.Learn takes the records in order and says what the engine has to hear of.
package known
