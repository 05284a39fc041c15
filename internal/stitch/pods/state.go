package pods

import "stitcher/internal/origin"

// State is what a session's manifest is made from: the reference as it is now, what
// each avail became, and where the output is held back. A planner reads it and writes
// nothing.
type State struct {
	Ref  *origin.View
	Run  *Run
	Hold Held
}
