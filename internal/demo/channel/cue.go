package channel

import (
	"time"

	"github.com/Comcast/scte35-go/pkg/scte35"
)

// spliceOut is the SCTE-35 section of an avail, base64: a splice_insert that
// leaves the network at once and comes back by itself.
func spliceOut(event uint32, length time.Duration) string {
	section := scte35.SpliceInfoSection{
		SpliceCommand: &scte35.SpliceInsert{
			SpliceEventID:         event,
			OutOfNetworkIndicator: true,
			SpliceImmediateFlag:   true,
			Program:               &scte35.SpliceInsertProgram{},
			BreakDuration:         &scte35.BreakDuration{AutoReturn: true, Duration: uint64(length.Seconds() * 90000)},
			UniqueProgramID:       1,
		},
		Tier:    4095,
		SAPType: 3,
	}
	return section.Base64()
}
