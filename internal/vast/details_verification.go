package vast

// Verification is a measurement vendor's code (OMID): a server can't run it,
// so it is handed to players with client-side reporting (field failure B-62).
type Verification struct {
	Vendor     string     `json:"vendor,omitempty"`
	JavaScript []Resource `json:"javaScript,omitempty"`
	Executable []Resource `json:"executable,omitempty"`
	// Trackers are called if the code is not run (verificationNotExecuted).
	Trackers   []Tracker `json:"trackers,omitempty"`
	Parameters string    `json:"parameters,omitempty"`
}

// verification reads one vendor.
func (d *detailer) verification(n *node) {
	if !d.take(elementCost) {
		return
	}
	v := Verification{
		Vendor: d.text(n.attribute("vendor")), Parameters: d.text(n.first("VerificationParameters").text),
		JavaScript: d.resources(n.each("JavaScriptResource")), Executable: d.resources(n.each("ExecutableResource")),
	}
	for _, t := range n.each("TrackingEvents") {
		v.Trackers = append(v.Trackers, d.trackers(t.trackers())...)
	}
	d.out.Verifications = append(d.out.Verifications, v)
}
