// Package manifests fetches the origin's manifests once for all their viewers and compiles
// them once. While the origin fails, the last good manifest is served for some target
// durations.
package manifests
