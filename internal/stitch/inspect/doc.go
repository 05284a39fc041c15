// Package inspect holds the manifests of a small sample of sessions to the rules of
// hls/check and dash/check in production. A violation is counted by its rule and by
// what broke it: origin, if the origin's own manifest breaks the same rule, or ours.
//
// Inspection is off the request path and bounded in sessions, in manifests that wait,
// and in bytes a second; what does not fit is not inspected, and counted.
package inspect
