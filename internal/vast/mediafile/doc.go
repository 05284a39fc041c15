// Package mediafile chooses the files that a creative is prepared from.
package mediafile
