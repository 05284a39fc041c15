// Package known has what a node knows of the records of a session. All nodes append to one log;
// Records.Learn takes one record after another, whoever wrote it, and says what the engine has
// to hear of.
package known
