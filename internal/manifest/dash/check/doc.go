// Package check holds MPDs to the rules of ISO/IEC 23009-1 and of the DASH-IF timing model:
// one MPD (MPD), two versions of one (Update), the first of them (Start), and the time
// between them (Gap). It shares no code with package dash, because an error in a shared
// parser would hide from both.
package check
