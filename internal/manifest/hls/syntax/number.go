package syntax

const (
	// MaxSeconds bounds every duration: a day, so that no sum overflows.
	MaxSeconds = 86_400
	// maxNumber bounds sequence numbers and byte offsets, so that the sum of
	// two does not overflow. Nanoseconds of Unix time are below it: origins
	// number by the clock.
	maxNumber = 1 << 61
)

// ParseNumber reads a decimal integer from 0 to maxNumber.
func ParseNumber(s []byte) (n int64, ok bool) {
	if len(s) == 0 || len(s) > 19 {
		return 0, false
	}
	for _, d := range s {
		if d < '0' || d > '9' {
			return 0, false
		}
		if n > maxNumber/10 {
			return 0, false
		}
		n = n*10 + int64(d-'0')
	}
	return n, true
}

// ForgivenNumber reads a sequence number as players do: by the digits that it
// begins with (parseInt of hls.js and m3u8-parser, strtoull of FFmpeg). Numbers
// past maxNumber keep their last bits, as FFmpeg has it, so that they still rise
// by one. Where there are no digits it is 0, as in hls.js.
func ForgivenNumber(s []byte) int64 {
	var n uint64
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		n = n*10 + uint64(s[i]-'0')
	}
	return int64(n & (maxNumber - 1))
}
