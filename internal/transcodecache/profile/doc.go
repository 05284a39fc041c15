// Package profile says what the renditions of a content are like, so that ads can
// be made to equal them: Inspect looks at a sample of each rendition and at what the
// manifest says of it, and Compose makes the Profile of all of them.
package profile
