// Package config holds the playback configurations of the account: it reads and validates
// them, stores them, and answers what they say about a session.
package config
