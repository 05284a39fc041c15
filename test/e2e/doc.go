// Package e2e holds the end-to-end tests: the built program with its demo, real
// players in a real browser, ffmpeg, and a strict client. They are built with
// the tag e2e only; `make e2e` installs what they need and runs them.
//
// They must be green on a machine that is busy with something else, and red for
// any fault of the program, so they follow three rules. A test waits for a state
// and not for a time: the prepared ads, an avail that is asked for when all who
// watch are ready, the end of the pod on screen. What a player or a client does is
// held against the program only where the same player on the same content without
// ads, beside it, does not do it too (played.faults, viewer.control, decoder). At
// most three players of a live channel run at once, controls included.
//
// No process outlives the tests, however they end: see guard.
//
// Two variables change what they do. STITCHER_E2E_BINARY names a program to
// test instead of one built from this tree; STITCHER_E2E_ARTIFACTS a directory
// for screenshots, logs, and the journal of hls.js in a case that was not done, which
// are otherwise in a temporary one.
package e2e
