package scte35

import (
	"reflect"
	"testing"
)

// TestBase64: what was announced in XML and is written as a section says the same
// when the section is read.
func TestBase64(t *testing.T) {
	for name, c := range map[string]Cue{
		"insert": {Command: SpliceInsert, Tier: 0xFFF, Time: 90_000, Timed: true, Insert: &Insert{EventID: 7, Out: true, Break: &Break{Duration: 2_700_000, AutoReturn: true}, UniqueProgramID: 3, AvailNum: 1, AvailsExpected: 2}},
		"return": {Command: SpliceInsert, Tier: 1, Insert: &Insert{EventID: 0xFFFFFFFF, Immediate: true}},
		"cancel": {Command: SpliceInsert, Tier: 0xFFF, Insert: &Insert{EventID: 7, Cancel: true}},
		"signal": {Command: TimeSignal, Tier: 0xFFF, Adjustment: 5, Time: 1<<33 - 1, Timed: true, Segmentations: []Segmentation{
			{EventID: 99, Type: ProviderPOStart, Duration: 1 << 39, HasDuration: true, Num: 1, Expected: 1, UPIDs: []UPID{{9, []byte("PROVIDERX")}}},
			{EventID: 98, Cancel: true},
			{EventID: 97, Type: ProviderAdStart + 1, Restrictions: &Restrictions{ArchiveAllowed: true, Devices: 2}, UPIDs: []UPID{{1, []byte("a")}, {14, []byte("b")}}},
		}},
		"null": {Command: SpliceNull, Tier: 0xFFF},
	} {
		got, err := DecodeString(c.Base64())
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c)
		}
	}
}
