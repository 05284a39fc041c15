// Package dash says what can be replaced in a DASH MPD, and writes a viewer's MPD from
// shared text and a few own lines, without losing a byte of the origin's. It is pure:
// no clock, no network, no goroutine, no logger.
//
// The way of an MPD: Compile turns the origin's bytes into a Template once per
// refresh; Template.At says what it lists at a time, as a timeline with ad markers;
// a Plan says where a session's ads go; View.Append writes the MPD. Nothing is
// parsed per viewer.
//
// Sources: ISO/IEC 23009-1 (5th edition), the DASH-IF timing model, SCTE 214-1.
package dash
