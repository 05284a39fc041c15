// Package report says what sessions, avails, ads and beacons add to the roll-ups of
// the store, and answers queries over them. All measures are whole numbers, all
// durations milliseconds.
package report
