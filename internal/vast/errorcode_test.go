package vast

import (
	"testing"

	"stitcher/internal/avail"
)

// TestErrorCodes pins the code of every reason: a server that counts errors
// by code must find what VAST 4.3 §2.3.6.3 says, and nothing else.
func TestErrorCodes(t *testing.T) {
	want := map[avail.Reason]int{
		avail.VASTInvalid: 101, avail.NotLinear: 201, avail.AdTooLong: 202, avail.CategoryBlocked: 205,
		avail.EarlyReturn: 206, avail.WrapperInvalid: 300, avail.AdsTimeout: 301, avail.AdsError: 301,
		avail.WrapperLimit: 302, avail.AdsEmpty: 303, avail.CreativeUnfetchable: 401, avail.RenditionMissing: 403,
		avail.ContainerMismatch: 403, avail.SegmentTooLong: 403, avail.TranscodeFailed: 405,
		avail.CreativeNew: 407, avail.CreativeTranscoding: 407,
	}
	for _, r := range avail.Reasons() {
		code, listed := want[r]
		if !listed {
			code = 900
		}
		if got := ErrorCode(r); got != code {
			t.Errorf("%s is %d, want %d", r, got, code)
		}
	}
	for r := range errorCodes {
		if r.MediaTailor() == "" {
			t.Errorf("%q is no reason", r)
		}
	}
}

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
