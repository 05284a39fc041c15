package vast

import "stitcher/internal/avail"

// breakCodes are the codes of VMAP 1.0.1 §2.5 for breaks without any ads, where
// the break itself and not an ad of it is at fault.
var breakCodes = map[avail.Reason]int{
	avail.NotLinear:      1003,
	avail.VASTInvalid:    1006,
	avail.WrapperInvalid: 1006,
	avail.AdsTimeout:     1007,
	avail.AdsError:       1008,
}

// BreakErrorCode is the value of [ERROR_CODE] for the reason of a break's
// Result without ads. Its ads have the code that VAST
// gives them.
func BreakErrorCode(r avail.Reason) int {
	if code, ok := breakCodes[r]; ok {
		return code
	}
	return r.VAST()
}
