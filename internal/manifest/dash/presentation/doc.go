// Package presentation reads an origin's MPD once for all its viewers (the Media
// Presentation Description of ISO/IEC 23009-1): its Periods, their events and where their
// segments are, and its text as viewers share it, with the places in it that are a viewer's
// own. The text has what the options say and not what no viewer gets.
package presentation
