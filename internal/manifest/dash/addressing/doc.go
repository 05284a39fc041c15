// Package addressing reads how an MPD addresses the segments of a Representation
// (SegmentTemplate, SegmentList, SegmentBase), says when they are and where, and writes
// the address of some of them.
package addressing
