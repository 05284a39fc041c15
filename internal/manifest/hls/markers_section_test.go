package hls

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	library "github.com/Comcast/scte35-go/pkg/scte35"
)

// segmented is a time_signal with segmentation descriptors of the types; each
// lasts 30 s and has event id 7.
func segmented(t *testing.T, types ...uint32) []byte {
	t.Helper()
	s := library.SpliceInfoSection{SpliceCommand: library.NewTimeSignal(900_000), SAPType: 3, Tier: 4095}
	for _, kind := range types {
		length := uint64(2_700_000)
		s.SpliceDescriptors = append(s.SpliceDescriptors, &library.SegmentationDescriptor{
			SegmentationEventID: 7, SegmentationTypeID: kind, SegmentationDuration: &length})
	}
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMarkerSections has what sections say through every tag that carries one.
// The lines stand before the third segment.
func TestMarkerSections(t *testing.T) {
	b64 := func(types ...uint32) string { return base64.StdEncoding.EncodeToString(segmented(t, types...)) }
	dateRange := func(attribute string, types ...uint32) string {
		return `#EXT-X-DATERANGE:ID="x",START-DATE="2026-01-01T00:00:00Z",` + attribute + "=0x" + strings.ToUpper(hex.EncodeToString(segmented(t, types...)))
	}
	// cancelled is a splice_insert of event 7 that is taken back.
	const cancelled = "/DAWAAAAAAAAAP/wBQUAAAAH/wAAdQfnSg=="
	for _, c := range []struct{ name, lines, want string }{
		{"break", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x22), "2:out 22 30.000 id 7"},
		{"break end", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x23), "2:in 23 id 7"},
		{"provider ad", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x30), "2:out 30 30.000 id 7"},
		{"distributor ad end", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x33), "2:in 33 id 7"},
		{"distributor opportunity", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x36), "2:out 36 30.000 id 7"},
		{"distributor opportunity end", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x37), "2:in 37 id 7"},
		{"break and its first ad", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x30, 0x22), "2:out 22 30.000 id 7"},
		{"an ad after another", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x30, 0x31), "2:in 31 id 7; 2:out 30 30.000 id 7"},
		{"program", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x10), ""},
		{"overlay", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x38), "2:overlay 38 30.000 id 7"},
		{"overlay end", "#EXT-X-SPLICEPOINT-SCTE35:" + b64(0x39), "2:overlay end 39 id 7"},
		{"URL-safe, without padding", "#EXT-X-SPLICEPOINT-SCTE35:" + base64.RawURLEncoding.EncodeToString(segmented(t, 0x34)), "2:out 34 30.000 id 7"},
		{"bare section", "#EXT-X-SCTE35:" + b64(0x34), "2:out 34 30.000 id 7"},
		{"bare section of another name", "#EXT-X-CUE:" + b64(0x35), "2:in 35 id 7"},
		{"cue tag with a section", `#EXT-X-CUE:CUE="` + b64(0x34) + `"`, "2:out 34 30.000 id 7"},
		{"SCTE35 of an overlay", `#EXT-X-SCTE35:CUE="` + b64(0x38) + `",CUE-OUT=YES`, "2:overlay 38 30.000 id 7"},
		{"SCTE35 in an overlay", `#EXT-X-SCTE35:CUE="` + b64(0x38) + `",CUE-OUT=CONT`, ""},
		{"SCTE35 of type overlay", `#EXT-X-SCTE35:TYPE=0x38,CUE-OUT=YES,DURATION=30,ID=7`, "2:overlay 38 30.000 id 7"},
		{"SCTE35 type with a section", `#EXT-X-SCTE35:TYPE=0x34,CUE="` + b64(0x34) + `"`, "2:out 34 30.000 id 7"},
		{"SCTE35 out of a type", `#EXT-X-SCTE35:TYPE=0x34,CUE-OUT=YES,DURATION=30,ID=7`, "2:out 34 30.000 id 7"},
		{"SCTE35 in with a section", `#EXT-X-SCTE35:CUE="` + b64(0x35) + `",CUE-IN=YES,ID=7`, "2:in 35 id 7"},
		{"SCTE35 in of an overlay", `#EXT-X-SCTE35:CUE="` + b64(0x39) + `",CUE-IN=YES,ID=7`, "2:overlay end 39 id 7"},
		{"SCTE35 type out of range", `#EXT-X-SCTE35:TYPE=0x122,ID=5`, ""},
		{"OATCLS of an overlay", "#EXT-OATCLS-SCTE35:" + b64(0x38) + "\n#EXT-X-CUE-OUT:30", "2:overlay 38 30.000 id 7"},
		{"OATCLS of an avail and an overlay", "#EXT-OATCLS-SCTE35:" + b64(0x38, 0x34) + "\n#EXT-X-CUE-OUT:20", "2:out 34 20.000 id 7"},
		{"OATCLS of a program", "#EXT-OATCLS-SCTE35:" + b64(0x10) + "\n#EXT-X-CUE-OUT:30", "2:out 30.000"},
		{"an overlay goes on", "#EXT-X-CUE-OUT-CONT:ElapsedTime=4,Duration=30,SCTE35=" + b64(0x38), ""},
		{"an avail goes on", "#EXT-X-CUE-OUT-CONT:ElapsedTime=4,Duration=30,SCTE35=" + b64(0x34), "2:cont 30.000 at 4.000"},
		{"date range out", dateRange("SCTE35-OUT", 0x34), "2:out 34 30.000 id x"},
		{"date range out without descriptors", dateRange("DURATION=12,SCTE35-OUT"), "2:out 12.000 id x"},
		{"date range of an overlay", dateRange("SCTE35-OUT", 0x38), "2:overlay 38 30.000 id x"},
		{"date range with an overlay's end", dateRange("SCTE35-OUT", 0x38) + "\n" + `#EXT-X-DATERANGE:ID="x",SCTE35-IN=0xF`, "2:overlay end 39 id x; 2:overlay 38 30.000 id x"},
		{"date range in", dateRange("SCTE35-IN", 0x35), "2:in 35 id x"},
		{"date range in of an overlay", dateRange("SCTE35-IN", 0x39), "2:overlay end 39 id x"},
		{"command break", dateRange("SCTE35-CMD", 0x22), "2:out 22 30.000 id x"},
		{"command break end", dateRange("SCTE35-CMD", 0x23), "2:in 23 id x"},
		{"command ad", dateRange("SCTE35-CMD", 0x30), "2:out 30 30.000 id x"},
		{"command ad end", dateRange("SCTE35-CMD", 0x31), "2:in 31 id x"},
		{"command opportunity", dateRange("SCTE35-CMD", 0x34), "2:out 34 30.000 id x"},
		{"command opportunity end", dateRange("SCTE35-CMD", 0x35), "2:in 35 id x"},
		{"command overlay", dateRange("SCTE35-CMD", 0x38), "2:overlay 38 30.000 id x"},
		{"command overlay end", dateRange("SCTE35-CMD", 0x39), "2:overlay end 39 id x"},
		{"command program", dateRange("SCTE35-CMD", 0x10), ""},
		{"command return", `#EXT-X-DATERANGE:ID="x",START-DATE="2026-01-01T00:00:00Z",SCTE35-CMD=0xFC302000000000000000FFF00F0571F414377F4FFEACAA0AF300000000000057584770`, "2:in id x"},
		{"repeated command", dateRange("SCTE35-CMD", 0x34) + "\n" + dateRange("SCTE35-CMD", 0x34), "2:out 34 30.000 id x"},
		{"cancelled insert", "#EXT-X-SPLICEPOINT-SCTE35:" + cancelled, ""},
		{"date range of a cancelled insert", `#EXT-X-DATERANGE:ID="x",DURATION=30,SCTE35-CMD=` + cancelled, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			tpl, err := Compile([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n#EXTINF:6,\nb.ts\n"+c.lines+"\n#EXTINF:6,\nc.ts\n#EXTINF:6,\nd.ts\n"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range tpl.Segments {
				for k := range tpl.Segments[i].Signals {
					tpl.Segments[i].Signals[k].Cue = ""
				}
			}
			if got := describeSignals(tpl); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestDateRangesInOneAnother: each segmentation type has a date range of its
// own (RFC 8216bis §4.4.5.1.1), so that a break and its ads begin and end at
// the same places; the types tell them apart (field failure B-33).
func TestDateRangesInOneAnother(t *testing.T) {
	line := func(id, start string, seconds string, kind uint32) string {
		return `#EXT-X-DATERANGE:ID="` + id + `",START-DATE="2026-01-01T00:00:` + start + `Z",DURATION=` + seconds +
			",SCTE35-OUT=0x" + hex.EncodeToString(segmented(t, kind)) + ",SCTE35-IN=0x" + hex.EncodeToString(segmented(t, kind+1)) + "\n"
	}
	src := "#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + line("break", "06", "12", 0x22) + line("one", "06", "6", 0x30) + line("two", "12", "6", 0x30) +
		"#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXTINF:6,\na.ts\n#EXTINF:6,\nb.ts\n#EXTINF:6,\nc.ts\n#EXTINF:6,\nd.ts\n"
	tpl, err := Compile([]byte(src), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range tpl.Segments {
		for k := range tpl.Segments[i].Signals {
			tpl.Segments[i].Signals[k].Cue = ""
		}
	}
	const want = "1:out 22 12.000 id break; 1:out 30 6.000 id one; 2:in 31 id one; 2:out 30 6.000 id two; 3:in 23 id break; 3:in 31 id two"
	if got := describeSignals(tpl); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
