package pod

import (
	"stitcher/internal/vast"
	"stitcher/internal/vast/macro"
)

// Offer is what one document has for an avail: its ads, and what is told when
// they begin and end (VMAP 1.0.1 §2.3.3). It can be kept as JSON.
type Offer struct {
	Ads        []vast.Ad
	Start, End []string `json:",omitempty"`
	// Transaction and Position are what the macros of beacons tell of it.
	Transaction string              `json:",omitempty"`
	Position    macro.BreakPosition `json:",omitempty"`
	// NonLinear is set for a break that allows no linear ads.
	NonLinear bool `json:",omitempty"`
}
