package variable

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/Comcast/scte35-go/pkg/scte35"

	"stitcher/test/corpus"
)

// section encodes a command with descriptors.
func section(t testing.TB, command scte35.SpliceCommand, descriptors ...scte35.SpliceDescriptor) []byte {
	t.Helper()
	s := scte35.SpliceInfoSection{SpliceCommand: command, SpliceDescriptors: descriptors, SAPType: 3, Tier: 4095}
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCue(t *testing.T) {
	four := binary.BigEndian.Uint32([]byte("ABCD"))
	mpu := func(data string) scte35.SegmentationUPID {
		return scte35.SegmentationUPID{
			Type: scte35.SegmentationUPIDTypeMPU, Format: scte35.SegmentationUPIDFormatBase64, FormatIdentifier: &four,
			Value: base64.StdEncoding.EncodeToString([]byte(data)),
		}
	}
	num := func(n uint32) *uint32 { return &n }
	insert := section(t, &scte35.SpliceInsert{SpliceEventID: 7, OutOfNetworkIndicator: true, SpliceImmediateFlag: true,
		Program: &scte35.SpliceInsertProgram{}, AvailNum: 2, AvailsExpected: 3, UniqueProgramID: 99})
	signal := section(t, &scte35.TimeSignal{}, &scte35.SegmentationDescriptor{SegmentationEventID: 1, SegmentationTypeID: 0x10},
		&scte35.SegmentationDescriptor{
			SegmentationEventID: 11, SegmentationTypeID: 0x34, SegmentNum: 1, SegmentsExpected: 2, SubSegmentNum: num(3), SubSegmentsExpected: num(4),
			SegmentationUPIDs:    []scte35.SegmentationUPID{mpu(`{"assetId":"a1","cueData":{"cueType":"t","key":"k","value":"v"}}`)},
			DeliveryRestrictions: &scte35.DeliveryRestrictions{ArchiveAllowedFlag: true, DeviceRestrictions: 2},
		})
	tokens := section(t, &scte35.TimeSignal{}, &scte35.SegmentationDescriptor{
		SegmentationEventID: 12, SegmentationTypeID: 0x30, SegmentationUPIDs: []scte35.SegmentationUPID{mpu(":46175218:46175218/5")}})
	adi := section(t, &scte35.TimeSignal{}, &scte35.SegmentationDescriptor{
		SegmentationEventID: 13, SegmentationTypeID: 0x22, SegmentationUPIDs: []scte35.SegmentationUPID{
			{Type: scte35.SegmentationUPIDTypeADI, Format: "text", Value: "SIGNAL:abc"}}})
	broken := append([]byte(nil), insert...)
	broken[len(broken)-1] ^= 1
	for _, tc := range []struct {
		name   string
		cue    string
		values map[string]string
	}{
		{"splice_insert", base64.StdEncoding.EncodeToString(insert), map[string]string{
			"event_id": "7", "avail_num": "2", "avails_expected": "3", "unique_program_id": "99",
			"segmentation_event_id": "", "segmentation_upid": "", "segmentation_upid.assetId": "",
		}},
		{"time_signal, the descriptor that triggers", "0x" + hex.EncodeToString(signal), map[string]string{
			"event_id": "11", "segmentation_event_id": "11", "segmentation_type_id": "52", "segment_num": "1", "segments_expected": "2",
			"sub_segment_num": "3", "sub_segments_expected": "4", "delivery_not_restricted_flag": "0", "archive_allowed_flag": "1",
			"no_regional_blackout_flag": "0", "device_restrictions": "2", "avail_num": "",
			"segmentation_upid":         `ABCD{"assetId":"a1","cueData":{"cueType":"t","key":"k","value":"v"}}`,
			"segmentation_upid.assetId": "a1", "segmentation_upid.cueData.key": "k", "segmentation_upid.cueData.value": "v",
			"segmentation_upid.nothing": "",
		}},
		{"tokens", base64.StdEncoding.EncodeToString(tokens), map[string]string{
			"segmentation_upid.private_data.0": "46175218", "segmentation_upid.private_data.1": "46175218/5",
			"segmentation_upid.private_data.2": "", "segmentation_upid.private_data.-1": "", "segmentation_upid.private_data.x": "",
			"segmentation_upid": "ABCD:46175218:46175218/5", "segmentation_upid.assetId": "",
			"delivery_not_restricted_flag": "1", "archive_allowed_flag": "", "sub_segment_num": "",
		}},
		{"JSON of other types", base64.StdEncoding.EncodeToString(section(t, &scte35.TimeSignal{}, &scte35.SegmentationDescriptor{
			SegmentationEventID: 14, SegmentationTypeID: 0x36, SegmentationUPIDs: []scte35.SegmentationUPID{
				mpu(`{"assetId":1234567890123,"cueData":{"key":["k"],"value":"v"}}`)}})), map[string]string{
			"segmentation_upid.assetId": "1234567890123", "segmentation_upid.cueData.key": "", "segmentation_upid.cueData.value": "v",
			"segmentation_upid.private_data.0": `{"assetId"`,
		}},
		{"several UPIDs", base64.StdEncoding.EncodeToString(section(t, &scte35.TimeSignal{}, &scte35.SegmentationDescriptor{
			SegmentationEventID: 15, SegmentationTypeID: 0x36, SegmentationUPIDs: []scte35.SegmentationUPID{
				{Type: scte35.SegmentationUPIDTypeADI, Value: "SIGNAL:abc"}, {Type: scte35.SegmentationUPIDTypeADS, Value: "ads"}}})), map[string]string{
			"segmentation_upid": "ads",
		}},
		{"the break, not its first ad", base64.StdEncoding.EncodeToString(section(t, &scte35.TimeSignal{},
			&scte35.SegmentationDescriptor{SegmentationEventID: 16, SegmentationTypeID: 0x30},
			&scte35.SegmentationDescriptor{SegmentationEventID: 17, SegmentationTypeID: 0x22})), map[string]string{
			"segmentation_event_id": "17", "segmentation_type_id": "34",
		}},
		{"splice_insert with a descriptor, URL-safe", base64.RawURLEncoding.EncodeToString(section(t, &scte35.SpliceInsert{
			SpliceEventID: 7, OutOfNetworkIndicator: true, Program: &scte35.SpliceInsertProgram{}, AvailNum: 1},
			&scte35.SegmentationDescriptor{SegmentationEventID: 18, SegmentationTypeID: 0x10})), map[string]string{
			"event_id": "18", "avail_num": "1", "segmentation_type_id": "16",
		}},
		{"ADI", "0X" + hex.EncodeToString(adi), map[string]string{"segmentation_upid": "SIGNAL:abc", "segmentation_upid.private_data.0": ""}},
		{"wrong CRC", base64.StdEncoding.EncodeToString(broken), map[string]string{"event_id": "", "avail_num": ""}},
		{"text", "not a cue", map[string]string{"event_id": ""}},
		{"nothing", "", map[string]string{"event_id": "", "segmentation_upid.private_data.0": ""}},
	} {
		c := decodeCue(tc.cue)
		for field, want := range tc.values {
			if got := c.value(field); got != want {
				t.Errorf("%s: scte.%s is %q, want %q", tc.name, field, got, want)
			}
		}
	}
}

// TestCueHasEveryVariable walks MediaTailor's list of scte variables with a
// section that has them all.
func TestCueHasEveryVariable(t *testing.T) {
	format, one := binary.BigEndian.Uint32([]byte("ABCD")), uint32(1)
	c := decodeCue(base64.StdEncoding.EncodeToString(section(t, &scte35.SpliceInsert{
		SpliceEventID: 1, OutOfNetworkIndicator: true, Program: &scte35.SpliceInsertProgram{}, AvailNum: 1, AvailsExpected: 1, UniqueProgramID: 1,
	}, &scte35.SegmentationDescriptor{
		SegmentationEventID: 1, SegmentationTypeID: 0x34, SegmentNum: 1, SegmentsExpected: 1, SubSegmentNum: &one, SubSegmentsExpected: &one,
		DeliveryRestrictions: &scte35.DeliveryRestrictions{},
		SegmentationUPIDs: []scte35.SegmentationUPID{{
			Type: scte35.SegmentationUPIDTypeMPU, FormatIdentifier: &format,
			Value: base64.StdEncoding.EncodeToString([]byte(`{"assetId":"a","cueData":{"cueType":"t","key":"k","value":"v"}}`)),
		}},
	})))
	for _, name := range []string{
		"event_id", "avail_num", "avails_expected", "unique_program_id", "segmentation_event_id", "segmentation_type_id",
		"segment_num", "segments_expected", "sub_segment_num", "sub_segments_expected", "delivery_not_restricted_flag",
		"archive_allowed_flag", "no_regional_blackout_flag", "device_restrictions", "segmentation_upid",
		"segmentation_upid.assetId", "segmentation_upid.cueData.key", "segmentation_upid.cueData.value", "segmentation_upid.private_data.0",
	} {
		if c.value(name) == "" {
			t.Errorf("scte.%s is empty", name)
		}
	}
}

// TestCueVectors compares with the values that two independent decoders agree
// on for real sections.
func TestCueVectors(t *testing.T) {
	f, err := os.Open(filepath.Join(corpus.Dir(t, "scte35"), "vectors.visible.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	compared := 0
	for lines.Scan() {
		var row struct {
			ID, B64  string
			Agree    *bool
			CRC      bool `json:"crc_ok"`
			Trailing int  `json:"trailing_or_missing"`
			Expected *struct {
				EventID      *int64 `json:"event_id"`
				Avail        *int64 `json:"avail_num"`
				Segmentation []struct {
					EventID int64 `json:"event_id"`
					TypeID  int64 `json:"type_id"`
				}
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		c := decodeCue(row.B64)
		if !row.CRC && row.Trailing == 0 && c != nil {
			t.Errorf("%s: taken although its CRC is wrong", row.ID)
		}
		if row.Agree == nil || !*row.Agree || !row.CRC || row.Expected == nil {
			continue
		}
		compared++
		if c == nil {
			t.Errorf("%s: not decoded", row.ID)
			continue
		}
		if n := row.Expected.Avail; n != nil && c.insert != nil && c.value("avail_num") != strconv.FormatInt(*n, 10) {
			t.Errorf("%s: avail_num %s, want %d", row.ID, c.value("avail_num"), *n)
		}
		if got := c.value("segmentation_event_id"); len(row.Expected.Segmentation) == 1 && got != strconv.FormatInt(row.Expected.Segmentation[0].EventID, 10) {
			t.Errorf("%s: event %s, want %d", row.ID, got, row.Expected.Segmentation[0].EventID)
		}
		if got := c.value("segmentation_type_id"); len(row.Expected.Segmentation) == 1 && got != strconv.FormatInt(row.Expected.Segmentation[0].TypeID, 10) {
			t.Errorf("%s: type %s, want %d", row.ID, got, row.Expected.Segmentation[0].TypeID)
		}
	}
	if err := lines.Err(); err != nil || compared < 100 {
		t.Errorf("compared %d: %v", compared, err)
	}
}

func FuzzCue(f *testing.F) {
	f.Add("/DAvAAAAAAAA///wFAVIAACPf+/+c2nALv4AUsz1AAAAAAAKAAhDVUVJAAABNWLbowo=", "segmentation_upid.private_data.0")
	f.Add("0xFC302F000000000000FFFFF014054800008F7FEFFE7369C02EFE0052CCF500000000000A0008435545490000013562DBA30A", "event_id")
	f.Fuzz(func(t *testing.T, text, field string) {
		decodeCue(text).value(field)
	})
}
