// Package e2e holds the end-to-end tests: the built program with its demo, real
// players in a real browser, ffmpeg, and a strict client. They are built with
// the tag e2e only; `make e2e` installs what they need and runs them.
//
// Two variables change what they do. STITCHER_E2E_BINARY names a program to
// test instead of one built from this tree; STITCHER_E2E_ARTIFACTS a directory
// for screenshots and logs, which are otherwise in a temporary one.
package e2e
