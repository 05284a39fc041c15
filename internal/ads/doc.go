// Package ads decides what fills an avail: it asks the ad decision server,
// follows wrappers, and chooses whole ads, in order, that fit and are
// prepared. A decision is never an error; what went wrong is its Reason.
//
// Decider.Decide calls, in this order: call (the request, with the variables of package
// variable), adserver.Requests (sends it in its turn and within its Budget), vast.Unwrapper
// (follows wrappers) and fill (offers the ads to a pod.Pod). An ad that only the player can
// show is replaced by slate (player.go). Identity has the headers that tell who views. adserver.Trace records
// what was asked and answered, without what package redact takes out.
package ads
