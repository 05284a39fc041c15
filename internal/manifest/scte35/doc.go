// Package scte35 decodes SCTE 35 splice_info_sections, as playlists and MPDs
// carry them, and says what they mean for avails.
//
// The commands are read by github.com/Comcast/scte35-go. Sections are taken
// apart here, and so are segmentation descriptors: the library refuses a whole
// section for one descriptor with a wrong length, for a splice_null in the old
// notation and for a cancelled splice_insert, knows sub-segments of two types
// only, and gives UPIDs in a form that does not lead back to their bytes. The
// tests hold every descriptor that the library does read against it.
//
// A new segmentation type belongs into the table of type.go; a new command into
// command.go.
package scte35
