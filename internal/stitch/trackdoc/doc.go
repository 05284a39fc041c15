// Package trackdoc writes the tracking document of client-side reporting: what a
// player has to know of the ads in its manifest, in the schema of MediaTailor's
// GetTracking (reference §6.2). Every key is always there; an array is never null,
// because players iterate over them unguarded.
package trackdoc
