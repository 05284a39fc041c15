// Package listing reads MPDs as a strict client does: which segments they list, and when
// in the presentation each is.
package listing
