package details

import (
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

// Verification is a measurement vendor's code (OMID): a server can't run it,
// so it is handed to players with client-side reporting (field failure B-62).
type Verification struct {
	Vendor     string     `json:"vendor,omitempty"`
	JavaScript []Resource `json:"javaScript,omitempty"`
	Executable []Resource `json:"executable,omitempty"`
	// Trackers are called if the code is not run (verificationNotExecuted).
	Trackers   []document.Tracker `json:"trackers,omitempty"`
	Parameters string             `json:"parameters,omitempty"`
}

// verification reads one vendor.
func (d *detailer) verification(n *markup.Node) {
	if !d.take(elementCost) {
		return
	}
	v := Verification{
		Vendor: d.text(n.Attribute("vendor")), Parameters: d.text(n.First("VerificationParameters").Text),
		JavaScript: d.resources(n.Each("JavaScriptResource")), Executable: d.resources(n.Each("ExecutableResource")),
	}
	for _, t := range n.Each("TrackingEvents") {
		v.Trackers = append(v.Trackers, d.trackers(document.Trackers(t))...)
	}
	d.out.Verifications = append(d.out.Verifications, v)
}
