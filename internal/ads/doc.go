// Package ads decides what fills an avail: it asks the ad decision server,
// follows wrappers, and chooses whole ads, in order, that fit and are
// prepared. A decision is never an error; what went wrong is its Reason.
//
// The way of a decision is Decider.Decide: call (the templates of URL, headers
// and body with their variables) → hop (in its turn, within its Budget) →
// vast.Unwrapper → pod; what only the player can show takes slate (player.go).
// Who views is told by Identity. What was asked and answered is in its Trace.
//
// To add a dynamic variable, add it to the table of its namespace in
// variable_values.go or cue.go, and to the published list of the test. To add a
// name whose values are not kept in a Trace, add it to secrets in redact.go.
package ads
