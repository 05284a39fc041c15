package avail

// AdError is what Error URLs are told of an ad, or of a break, that is not shown
// (VAST 4.3 §2.3.6.3).
type AdError struct {
	URLs []string
	// Code is VAST's error code, or VMAP's.
	Code int
	// TransactionID, BreakPosition and BreakMaxDuration are what the macros tell
	// of the ad request that brought it, as an Ad's do.
	TransactionID    string
	BreakPosition    int
	BreakMaxDuration int64
}
