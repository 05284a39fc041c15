package stitch

import "github.com/Comcast/scte35-go/pkg/scte35"

// mpdCue is a splice_insert that leaves the network for a time in microseconds; 0 is
// not said.
func mpdCue(id uint32, length int64) string {
	insert := &scte35.SpliceInsert{
		SpliceEventID: id, OutOfNetworkIndicator: true, SpliceImmediateFlag: true,
		Program: &scte35.SpliceInsertProgram{}, UniqueProgramID: 1,
	}
	if length > 0 {
		insert.BreakDuration = &scte35.BreakDuration{AutoReturn: true, Duration: uint64(length * 9 / 100)}
	}
	section := scte35.SpliceInfoSection{SpliceCommand: insert, Tier: 4095, SAPType: 3}
	return section.Base64()
}
