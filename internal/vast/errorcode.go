package vast

import "stitcher/internal/avail"

// errorCodes are the codes of VAST 4.3 §2.3.6.3 that a spec-true server sends
// to the Error URLs of an ad for a reason; what is not here is 900, undefined.
// A document that can't be read has a code of its own: ParseError.Code.
var errorCodes = map[avail.Reason]int{
	avail.VASTInvalid:         101, // well-formed, but no ad as the schema has it
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
	avail.RenditionMissing:    403, // of VPAID too (field failure B-62)
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
// Result without ads. Its ads have the code that VAST gives them: ErrorCode.
func BreakErrorCode(r avail.Reason) int {
	if code, ok := breakCodes[r]; ok {
		return code
	}
	return ErrorCode(r)
}
