package vast

import (
	"testing"

	"stitcher/internal/avail"
)

// TestBreakErrorCodes holds the codes of VMAP 1.0.1 §2.5; what is no fault of
// the break itself has the code of VAST.
func TestBreakErrorCodes(t *testing.T) {
	for reason, want := range map[avail.Reason]int{
		avail.NotLinear: 1003, avail.VASTInvalid: 1006, avail.WrapperInvalid: 1006, avail.AdsTimeout: 1007,
		avail.AdsError: 1008, avail.AdsEmpty: 303, avail.WrapperLimit: 302, avail.InternalError: 900,
	} {
		if got := BreakErrorCode(reason); got != want {
			t.Errorf("%s is %d, want %d", reason, got, want)
		}
	}
}
