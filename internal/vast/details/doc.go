// Package details reads what client-side reporting passes on of an ad besides its
// trackers: icons, companions, verifications, extensions and media files.
//
// To read one more element, read it in the file of its kind.
package details
