// Package ads decides what fills an avail: it asks the ad decision server,
// follows wrappers, and chooses whole ads, in order, that fit and are
// prepared. A decision is never an error; what went wrong is its Reason.
//
// The way of a decision is Decider.Decide: template → request → vast.Unwrapper
// → pod. To add a dynamic variable, add it to the table of its namespace in
// variable_values.go or cue.go.
package ads
