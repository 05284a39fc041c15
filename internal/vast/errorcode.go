package vast

import "stitcher/internal/avail"

// errorCodes are the codes of VAST 4.3 §2.3.6.3 that a spec-true server sends
// to the Error URLs of an ad for a reason; what is not here is 900.
var errorCodes = map[avail.Reason]int{
	avail.VASTInvalid:         100,
	avail.NotLinear:           201,
	avail.AdTooLong:           202,
	avail.CategoryBlocked:     205,
	avail.EarlyReturn:         206,
	avail.WrapperInvalid:      300,
	avail.AdsTimeout:          301,
	avail.AdsError:            301, // "unavailable or reached a timeout"
	avail.WrapperLimit:        302,
	avail.AdsEmpty:            303,
	avail.CreativeUnfetchable: 401,
	avail.RenditionMissing:    403,
	avail.ContainerMismatch:   403,
	avail.SegmentTooLong:      403,
	avail.TranscodeFailed:     405,
	avail.CreativeNew:         407,
	avail.CreativeTranscoding: 407,
}

// ErrorCode is the value of [ERRORCODE] for a reason.
func ErrorCode(r avail.Reason) int {
	if code, ok := errorCodes[r]; ok {
		return code
	}
	return 900
}
