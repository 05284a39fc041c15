// Package encode transcodes a creative into all renditions of a profile: NewPlan cuts
// them all at the same times, Measure finds the loudness, and Run has one ffmpeg
// process decode the creative once and write every rendition, checks the segments
// against the plan, and adds what ffmpeg does not write.
package encode
