package hls

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/hls/syntax"
	"stitcher/test/corpus"
)

// describeSignals is the signals of a template, "segment:kind …" each.
func describeSignals(t *Template) string {
	var out []string
	for i := range t.Segments {
		for _, s := range t.Segments[i].Signals {
			d := fmt.Sprintf("%d:%s", i, [...]string{"", "out", "cont", "in", "overlay", "overlay end"}[s.Kind])
			if s.Type != 0 {
				d += fmt.Sprintf(" %02x", uint8(s.Type))
			}
			if s.Duration > 0 {
				d += " " + string(syntax.AppendSeconds(nil, s.Duration))
			}
			if s.Kind == manifest.Cont && s.Elapsed >= 0 {
				d += " at " + string(syntax.AppendSeconds(nil, s.Elapsed))
			}
			if s.EventID != "" {
				d += " id " + s.EventID
			}
			if s.Cue != "" {
				d += " cue " + s.Cue[:min(len(s.Cue), 8)]
			}
			keys := make([]string, 0, len(s.Assets))
			for k, v := range s.Assets {
				keys = append(keys, k+"="+v)
			}
			slices.Sort(keys)
			if len(keys) > 0 {
				d += " {" + strings.Join(keys, " ") + "}"
			}
			out = append(out, d)
		}
	}
	return strings.Join(out, "; ")
}

const (
	// cueInsert is a splice_insert, out of the network, 20 s.
	cueInsert = "/DAlAAAAAsvhAP/wFAXwAAAGf+/+AdLfiP4AG3dAAAEBAQAAXytxmQ=="
	// cueInsertEnd is a splice_insert back into the network.
	cueInsertEnd = "/DAgAAAAAAAAAP/wDwVx9BQ3f0//rKoK8wAAAAAAAFdYR3A="
	// cueAzure is Azure's splice_insert, out of the network, 12 s, event 1026.
	cueAzure = "/DAlAAAAAAAAAP/wFAUAAAQCf+/+AA27oP4AEHrAAAEBAQAA+rGX6A=="
	// cueOpportunity and cueOpportunityEnd are the time_signals of
	// MediaTailor's guide.
	cueOpportunity    = "/DA9AAAAAAAAAP/wBQb+uYbZqwAnAiVDVUVJAAAKqX//AAEjW4AMEU1EU05CMDAxMTMyMjE5M19ONAAAmXz5JA=="
	cueOpportunityEnd = "/DA4AAAAAAAAAP/wBQb+tTeaawAiAiBDVUVJAAAKqH+/DBFNRFNOQjAwMTEzMjIxOTJfTjUAAIiGK1s="
)

// markerDialects has every dialect of field failure B-30, of MediaTailor's
// documentation and of the corpus.
// The lines stand before the third segment.
var markerDialects = []struct{ name, lines, want string }{
	{"bare", "#EXT-X-CUE-OUT", "2:out"},
	{"seconds", "#EXT-X-CUE-OUT:30", "2:out 30.000"},
	{"decimal", "#EXT-X-CUE-OUT:29.97", "2:out 29.970"},
	{"long decimal", "#EXT-X-CUE-OUT:DURATION=15.033333333333333", "2:out 15.033333"},
	{"blank after the colon", "#EXT-X-CUE-OUT: 0", "2:out"},
	{"blank and seconds", "#EXT-X-CUE-OUT: 8", "2:out 8.000"},
	{"trailing blank", "#EXT-X-CUE-OUT:30.000 ", "2:out 30.000"},
	{"named", "#EXT-X-CUE-OUT:DURATION=120", "2:out 120.000"},
	{"named lower case", "#EXT-X-CUE-OUT:Duration=120", "2:out 120.000"},
	{"quoted", `#EXT-X-CUE-OUT:DURATION="120.5"`, "2:out 120.500"},
	{"quoted value", `#EXT-X-CUE-OUT:"30"`, "2:out 30.000"},
	{"break id", "#EXT-X-CUE-OUT:DURATION=366,BREAKID=0x0", "2:out 366.000 id 0x0"},
	{"with cue", `#EXT-X-CUE-OUT:ID=7,DURATION=20.02,CUE="` + cueInsert + `"`, "2:out 20.020 id 7 cue /DAlAAAA"},
	{"VOD replacement", "#EXT-X-CUE-OUT:8,SpliceType=VOD_DAI,Action=REPLACE, PAID=example.com/1,Acds=BA", "2:out 8.000"},
	{"ISO 8601", "#EXT-X-CUE-OUT:PT32S", "2:out 32.000"},
	{"ISO 8601 named", "#EXT-X-CUE-OUT:DURATION=PT1M2.5S", "2:out 62.500"},
	{"nonsense is unknown", "#EXT-X-CUE-OUT:INVALID", "2:out"},
	{"negative is unknown", "#EXT-X-CUE-OUT:-5", "2:out"},
	{"beyond a day is unknown", "#EXT-X-CUE-OUT:99999999999999999999", "2:out"},
	{"in", "#EXT-X-CUE-IN", "2:in"},
	{"in with value", "#EXT-X-CUE-IN:4,SpliceType=VOD_DAI", "2:in"},
	{"pair of an insertion point", "#EXT-X-CUE-OUT:0\n#EXT-X-CUE-IN", "2:out; 2:in"},
	{"back to back", "#EXT-X-CUE-IN\n#EXT-X-CUE-OUT:30", "2:in; 2:out 30.000"},
	{"cont", "#EXT-X-CUE-OUT-CONT", "2:cont"},
	{"cont fraction", "#EXT-X-CUE-OUT-CONT:8.308/30", "2:cont 30.000 at 8.308"},
	{"cont elapsed", "#EXT-X-CUE-OUT-CONT:8.308", "2:cont at 8.308"},
	{"cont attributes", "#EXT-X-CUE-OUT-CONT:ElapsedTime=6.640,Duration=21,SCTE35=" + cueInsert, "2:cont 21.000 at 6.640 cue /DAlAAAA"},
	{"cont without cue", "#EXT-X-CUE-OUT-CONT:ElapsedTime=5,Duration=201", "2:cont 201.000 at 5.000"},
	{"cont VOD", "#EXT-X-CUE-OUT-CONT:2/8, SpliceType=VOD_DAI", "2:cont 8.000 at 2.000"},
	{"cue cont", "#EXT-X-CUE-CONT:8/30", "2:cont 30.000 at 8.000"},
	{"OATCLS with a bare cue out", "#EXT-OATCLS-SCTE35:" + cueInsert + "\n#EXT-X-CUE-OUT", "2:out 20.000 id 4026531846 cue /DAlAAAA"},
	{"OATCLS after the cue out", "#EXT-X-CUE-OUT:21\n#EXT-OATCLS-SCTE35:" + cueInsert, "2:out 21.000 id 4026531846 cue /DAlAAAA"},
	{"OATCLS alone", "#EXT-OATCLS-SCTE35:" + cueInsert, ""},
	{"OATCLS inside", "#EXT-OATCLS-SCTE35:" + cueInsert + "\n#EXT-X-CUE-OUT-CONT:8/30", "2:cont 30.000 at 8.000"},
	{"asset", `#EXT-X-CUE-OUT:30` + "\n" + `#EXT-X-ASSET:GENRE=CV,CAID=12345678,EPISODE="Episode%20Name%20Date",SERIES="Series%2520Name"`,
		"2:out 30.000 {CAID=12345678 EPISODE=Episode Name Date GENRE=CV SERIES=Series%20Name}"},
	{"cue tag out", `#EXT-X-CUE:DURATION="201.467",ID="0",TYPE="SpliceOut",TIME="414.171"`, "2:out 201.467 id 0"},
	{"cue tag going on", `#EXT-X-CUE:DURATION="201.467",ID="0",TYPE="SpliceOut",TIME="414.171",ELAPSED="6.0"`, "2:cont 201.467 at 6.000 id 0"},
	{"cue tag in", `#EXT-X-CUE:ID="0",TYPE="SpliceIn",TIME="615.6"`, "2:in id 0"},
	{"cue tag of another type", `#EXT-X-CUE:TYPE="Chapter"`, ""},
	{"cue tag begins to run", `#EXT-X-CUE:DURATION="201.467",ID="0",TYPE="SpliceOut",TIME="414.171",ELAPSED="2.9"`, "2:out 201.467 id 0"},
	{"cue tag has run for half", `#EXT-X-CUE:DURATION="201.467",ID="0",TYPE="SpliceOut",TIME="414.171",ELAPSED="3"`, "2:cont 201.467 at 3.000 id 0"},
	{"cue tag has not run", `#EXT-X-CUE:DURATION="201.467",ID="0",TYPE="SpliceOut",TIME="414.171",ELAPSED="0.000"`, "2:out 201.467 id 0"},
	{"cue tag of Primetime", "#EXT-X-CUE:TYPE=SpliceOut,ID=5,DURATION=12.0,TIME=202.000", "2:out 12.000 id 5"},
	{"cue tag of unknown length", `#EXT-X-CUE:TYPE="SpliceOut",ID="1",DURATION="0",TIME="266.198",PROGRAM-ID="138",AVAIL-NUM="1",AVAILS-EXPECTED="10"`, "2:out id 1"},
	{"cue tag of an insertion", "#EXT-X-CUE:TYPE=SpliceInsert,ID=a1,TIME=10.5", "2:out id a1; 2:in id a1"},
	{"cue tag without a type", `#EXT-X-CUE:DURATION=27,ID="c"`, "2:out 27.000 id c"},
	{"cue tag with nothing but a section", "#EXT-X-CUE:" + cueInsert, "2:out 20.000 id 4026531846 cue /DAlAAAA"},
	{"cue tag scte35 out", `#EXT-X-CUE:ID="1026",TYPE="scte35",DURATION=12.000000,TIME=202.000000,CUE="` + cueAzure + `"`, "2:out 12.000 id 1026 cue /DAlAAAA"},
	{"cue tag scte35 going on", `#EXT-X-CUE:ID="1026",TYPE="scte35",DURATION=12.000000,TIME=202.000000,CUE="` + cueAzure + `",ELAPSED=4.000000`, "2:cont 12.000 at 4.000 id 1026 cue /DAlAAAA"},
	{"cue tag scte35 begins to run", `#EXT-X-CUE:ID="1026",TYPE="scte35",DURATION=12.000000,TIME=202.000000,CUE="` + cueAzure + `",ELAPSED=0.600000`, "2:out 12.000 id 1026 cue /DAlAAAA"},
	{"cue tag scte35 in", `#EXT-X-CUE:ID="7",TYPE="scte35",DURATION=0,TIME=202.000000,CUE="` + cueInsertEnd + `"`, "2:in id 7 cue /DAgAAAA"},
	{"cue tag scte35 opportunity", `#EXT-X-CUE:ID="7",TYPE="SCTE35",CUE="` + cueOpportunity + `"`, "2:out 34 212.160 id 7 cue /DA9AAAA"},
	{"cue tag of the scheme", `#EXT-X-CUE:TYPE="urn:scte:scte35:2013:bin",CUE="` + cueInsert + `"`, "2:out 20.000 id 4026531846 cue /DAlAAAA"},
	{"cue tag out with a section", `#EXT-X-CUE:TYPE="SpliceOut",CUE="` + cueInsert + `"`, "2:out 20.000 id 4026531846 cue /DAlAAAA"},
	{"cue cont of Primetime", "#EXT-X-CUE-CONT:ID=5,AVAIL-DUR-ELAPSED=2.0", "2:cont at 2.000 id 5"},
	{"cue cont of a packaged asset", "#EXT-X-CUE-CONT:ID=a2", "2:cont id a2"},
	{"cue span", "#EXT-X-CUE-SPAN:TIMEFROMSIGNAL=PT10S", "2:cont at 10.000"},
	{"placement opportunity", "#EXT-X-PLACEMENT-OPPORTUNITY", "2:out; 2:in"},
	{"signal exit", "#EXT-X-SIGNAL-EXIT:30,SpliceType=LIVE_DAI,SignalId=AbC=", "2:out 30.000 id AbC="},
	{"signal exit of unknown length", "#EXT-X-SIGNAL-EXIT:SignalId=AbC,SpliceType=LIVE_DAI,utc=1", "2:out id AbC"},
	{"signal span", "#EXT-X-SIGNAL-SPAN:8.3/30", "2:cont 30.000 at 8.300"},
	{"signal return", "#EXT-X-SIGNAL-RETURN:SignalId=AbC", "2:in id AbC"},
	{"SCTE35 type going on", `#EXT-X-SCTE35:TYPE=0x34,DURATION=30,ID=5,ELAPSED=12`, "2:cont 30.000 at 12.000 id 5"},
	{"SCTE35 type begins to run", `#EXT-X-SCTE35:TYPE=0x34,DURATION=30,ID=5,ELAPSED=0.5`, "2:out 34 30.000 id 5"},
	{"SCTE35 out", `#EXT-X-SCTE35:CUE="` + cueInsert + `" ,CUE-OUT=YES `, "2:out 20.000 id 4026531846 cue /DAlAAAA"},
	{"SCTE35 going on", `#EXT-X-SCTE35:CUE="` + cueInsert + `",CUE-OUT=CONT,ELAPSED=4`, "2:cont at 4.000 cue /DAlAAAA"},
	{"SCTE35 in", `#EXT-X-SCTE35:CUE="` + cueInsertEnd + `",CUE-IN=YES`, "2:in cue /DAgAAAA"},
	{"SCTE35 type", `#EXT-X-SCTE35:TYPE=0x34,DURATION=30,ID=5`, "2:out 34 30.000 id 5"},
	{"SCTE35 decimal end type", `#EXT-X-SCTE35:TYPE=53,ID=5`, "2:in 35 id 5"},
	{"SCTE35 program type", `#EXT-X-SCTE35:TYPE=0x10,ID=5`, ""},
	{"SCTE35 decoded", `#EXT-X-SCTE35:CUE="` + cueInsert + `"`, "2:out 20.000 id 4026531846 cue /DAlAAAA"},
	{"splice point insert", "#EXT-X-SPLICEPOINT-SCTE35:" + cueInsert, "2:out 20.000 id 4026531846 cue /DAlAAAA"},
	{"splice point insert end", "#EXT-X-SPLICEPOINT-SCTE35:" + cueInsertEnd, "2:in id 1911821367 cue /DAgAAAA"},
	{"splice point opportunity", "#EXT-X-SPLICEPOINT-SCTE35:" + cueOpportunity, "2:out 34 212.160 id 2729 cue /DA9AAAA"},
	{"splice point opportunity end", "#EXT-X-SPLICEPOINT-SCTE35:" + cueOpportunityEnd, "2:in 35 id 2728 cue /DA4AAAA"},
	{"splice point end", "#EXT-X-SPLICEPOINT-SCTE35:/DA4AAAAAAAAAP/wBQb/rJxPUwAiAiBDVUVJcfQUJ3/fAAAAAAAADDEzM180NDUxNzI5NTEBAeVV2XI=", "2:in 31 id 1911821351 cue /DA4AAAA"},
	{"splice point start", "#EXT-X-SPLICEPOINT-SCTE35:/DA4AAAAAAAAAP/wBQb/rBnY4wAiAiBDVUVJcfQUJ3/fAACCdnAODDEzM180NDUxNzI5NTABAV2omD0=", "2:out 30 95.000 id 1911821351 cue /DA4AAAA"},
	{"splice point with a wrong checksum", "#EXT-X-SPLICEPOINT-SCTE35:" + strings.Replace(cueInsert, "XytxmQ", "XytxmA", 1), "2:out 20.000 id 4026531846 cue /DAlAAAA"},
	{"splice point broken", "#EXT-X-SPLICEPOINT-SCTE35:!!", ""},
	{"date range by position", `#EXT-X-DATERANGE:ID="x",START-DATE="2026-01-01T00:00:00Z",PLANNED-DURATION=30,SCTE35-OUT=0xF`, "2:out 30.000 id x cue 0xF"},
	{"date range in by position", `#EXT-X-DATERANGE:ID="x",START-DATE="2026-01-01T00:00:00Z",SCTE35-IN=0xF`, "2:in id x"},
	{"date range duration wins", `#EXT-X-DATERANGE:ID="x",START-DATE="2026-01-01T00:00:00Z",PLANNED-DURATION=30,DURATION=25.5,SCTE35-OUT=0xF`, "2:out 25.500 id x cue 0xF"},
	{"date range of a chapter", `#EXT-X-DATERANGE:ID="3-0x20-1585222015",START-DATE="2020-03-26T11:26:55.119Z",PLANNED-DURATION=218.000,SCTE35-OUT=0xFC303E00000000000000000005068088AD947A00280226435545490000000300E000012B60A00E1270636B5F45503030363739343031303331382005058B0ADF75`, ""},
	{"date range of a program", `#EXT-X-DATERANGE:ID="2-0x10-1585219520",START-DATE="2020-03-26T10:45:20.894Z",PLANNED-DURATION=2713.000,SCTE35-OUT=0xFC303E0000000000000000000506807B4C487A00280226435545490000000200E0000E8DBD100E1270636B5F45503030363739343031303331381001018E5BFFD0`, ""},
	{"date range of a break", `#EXT-X-DATERANGE:ID="1-0x22-1585221985",START-DATE="2020-03-26T11:26:25.122Z",PLANNED-DURATION=30.000,SCTE35-OUT=0xFC303E000000000000000000050680888462C900280226435545490000000100E000002932E00E1270636B5F4550303036373934303130333138220404EDA3A9F9`, "2:out 22 30.000 id 1-0x22-1585221985 cue 0xFC303E"},
	{"date range command", `#EXT-X-DATERANGE:ID="9",START-DATE="2020-03-26T11:26:25.122Z",SCTE35-CMD=0xFC303E000000000000000000050680888462C900280226435545490000000100E000002932E00E1270636B5F4550303036373934303130333138220404EDA3A9F9`, "2:out 22 30.000 id 9 cue 0xFC303E"},
	{"date range that is no avail", `#EXT-X-DATERANGE:ID="t",START-DATE="2020-03-26T11:26:25.122Z",X-TITLE="oatcls"`, ""},
	{"comment", "# EXT-X-CUE-OUT:30", ""},
	{"longer name", "#EXT-X-CUE-OUTRO:30", ""},
}

func TestMarkerDialects(t *testing.T) {
	for _, c := range markerDialects {
		t.Run(c.name, func(t *testing.T) {
			src := "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n#EXTINF:6,\nb.ts\n" + c.lines + "\n#EXTINF:6,\nc.ts\n#EXTINF:6,\nd.ts\n"
			for _, eol := range []string{"\n", "\r\n"} {
				tpl, err := Compile([]byte(strings.ReplaceAll(src, "\n", eol)), Options{})
				if err != nil {
					t.Fatal(err)
				}
				if got := describeSignals(tpl); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			}
		})
	}
}

// TestRepeats tells the openings of a playlist from what repeats them.
func TestRepeats(t *testing.T) {
	simple := func(more string) string {
		return `#EXT-X-CUE:ID=4011578265,TYPE="SpliceOut",DURATION=119.987000,TIME=4011578.265000` + more + "\n"
	}
	scte := func(id, more string) string {
		return `#EXT-X-CUE:ID="` + id + `",TYPE="scte35",DURATION=12,TIME=202,CUE="` + cueAzure + `"` + more + "\n"
	}
	for _, c := range []struct{ name, lines, want string }{
		// Azure's own example: the tag stands before the segment in which the
		// avail begins, and the next segment begins 0.593 s after it.
		{"the segment is not cut", "#EXTINF:10.01,\na\n" + simple("") + "#EXTINF:8.008,\nb\n" + simple(",ELAPSED=0.593000") + "#EXTINF:4.17,\nc\n" + simple(",ELAPSED=4.763000") + "#EXTINF:9.844,\nd\n",
			"1:out 119.987 id 4011578265; 2:cont 119.987 at 0.593 id 4011578265; 3:cont 119.987 at 4.763 id 4011578265"},
		{"its first tag has left", simple(",ELAPSED=0.593000") + "#EXTINF:4.17,\nc\n" + simple(",ELAPSED=4.763000") + "#EXTINF:9.844,\nd\n",
			"0:out 119.987 id 4011578265; 1:cont 119.987 at 4.763 id 4011578265"},
		{"joined in the middle", simple(",ELAPSED=4.763000") + "#EXTINF:6,\nc\n", "0:cont 119.987 at 4.763 id 4011578265"},
		{"repeated", scte("1", "") + "#EXTINF:2,\na\n" + scte("1", ",ELAPSED=2") + "#EXTINF:6,\nb\n" + scte("1", ",ELAPSED=8") + "#EXTINF:2,\nc\n",
			"0:out 12.000 id 1 cue /DAlAAAA; 1:cont 12.000 at 2.000 id 1 cue /DAlAAAA; 2:cont 12.000 at 8.000 id 1 cue /DAlAAAA"},
		{"two avails back to back", scte("1", "") + "#EXTINF:6,\na\n" + scte("1", ",ELAPSED=6") + "#EXTINF:6,\nb\n" + scte("2", ",ELAPSED=0.5") + "#EXTINF:6,\nc\n",
			"0:out 12.000 id 1 cue /DAlAAAA; 1:cont 12.000 at 6.000 id 1 cue /DAlAAAA; 2:out 12.000 id 2 cue /DAlAAAA"},
		{"two avails of one id", scte("1", "") + "#EXTINF:6,\na\n" + scte("1", ",ELAPSED=6") + "#EXTINF:6,\nb\n#EXTINF:6,\nc\n" + scte("1", ",ELAPSED=0.5") + "#EXTINF:6,\nd\n",
			"0:out 12.000 id 1 cue /DAlAAAA; 1:cont 12.000 at 6.000 id 1 cue /DAlAAAA; 3:out 12.000 id 1 cue /DAlAAAA"},
		{"the tag behind EXTINF", "#EXTINF:6,\n" + scte("1", ",ELAPSED=0.5") + "a\n#EXTINF:6,\n" + scte("1", ",ELAPSED=6.5") + "b\n",
			"0:out 12.000 id 1 cue /DAlAAAA; 1:cont 12.000 at 6.500 id 1 cue /DAlAAAA"},
		{"an end in between", scte("1", "") + "#EXTINF:6,\na\n#EXT-X-CUE-IN\n#EXTINF:6,\nb\n" + scte("1", ",ELAPSED=0.5") + "#EXTINF:6,\nc\n",
			"0:out 12.000 id 1 cue /DAlAAAA; 1:in; 2:out 12.000 id 1 cue /DAlAAAA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tpl, err := Compile([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:10\n"+c.lines), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := describeSignals(tpl); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestUnread: a marker that is not understood leaves a trace, one that is leaves
// none (issue 10, kind 7).
func TestUnread(t *testing.T) {
	compile := func(lines string) *Template {
		tpl, err := Compile([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n"+lines+"\n#EXTINF:6,\nb.ts\n"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return tpl
	}
	for _, line := range []string{
		`#EXT-X-CUE:ID="1",TYPE="scte35",DURATION=12,CUE="/DAl"`, `#EXT-X-CUE:TYPE="Chapter"`, "#EXT-X-CUE", "#EXT-X-CUE:TYPE=SpliceFoo,ID=1",
		"#EXT-X-SPLICEPOINT-SCTE35:!!", `#EXT-X-SCTE35:CUE="nonsense"`, "#EXT-X-SCTE35:CUE-OUT=PERHAPS", "#EXT-OATCLS-SCTE35:/DAl",
		`#EXT-X-DATERANGE:ID="9",START-DATE="2020-03-26T11:26:25.122Z",SCTE35-CMD=0xFC30`, "#EXT-X-CUE-OUT:INVALID", "#EXT-X-CUE-OUT:DURATION=many",
	} {
		tpl := compile(" " + line + " ")
		if len(tpl.Unread) != 1 || tpl.Unread[0] != (manifest.UnreadMarker{Segment: 1, Line: line}) {
			t.Errorf("%s: %+v", line, tpl.Unread)
		}
	}
	for _, c := range markerDialects {
		switch c.name {
		case "nonsense is unknown", "negative is unknown", "beyond a day is unknown", "cue tag of another type", "splice point broken":
			continue
		}
		if tpl := compile(c.lines); len(tpl.Unread) > 0 {
			t.Errorf("%s: %+v", c.name, tpl.Unread)
		}
	}
	tpl := compile(strings.Repeat("#EXT-X-CUE:TYPE=x,"+strings.Repeat("y", 512)+"\n", 32+5))
	if len(tpl.Unread) != 32 || len(tpl.Unread[0].Line) != 512 {
		t.Errorf("%d unread markers", len(tpl.Unread))
	}
	if tpl, err := Compile([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n#EXT-X-CUE:TYPE=x\n"), Options{}); err != nil || len(tpl.Unread) > 0 {
		t.Errorf("before a segment that is not there yet: %v", err)
	}
}

// TestDateRangePlacement places date ranges by date: packagers list all of
// them at the head of the playlist, or before the segment nearest to them.
func TestDateRangePlacement(t *testing.T) {
	const out = `#EXT-X-DATERANGE:ID="b",START-DATE="2026-01-01T00:00:12.1Z",PLANNED-DURATION=12,SCTE35-OUT=0xF`
	for _, c := range []struct{ name, head, middle, want string }{
		{"at the head", out, "", "2:out 12.000 id b cue 0xF"},
		{"late in the list", "", out, "2:out 12.000 id b cue 0xF"},
		{"repeated", out, out, "2:out 12.000 id b cue 0xF"},
		{"its start has left", strings.Replace(out, "00:00:12.1", "00:00:00", 1) + "\n#EXT-X-DATERANGE:ID=\"c\",START-DATE=\"2025-12-31T23:59:50Z\",DURATION=30,SCTE35-OUT=0xF", "", "0:out 12.000 id b cue 0xF"},
		{"its start is yet to come", strings.Replace(out, "00:00:12.1", "00:00:30", 1), "", ""},
		{"begins with the next segment", strings.Replace(out, "00:00:12.1", "00:00:24", 1), "", ""},
		{"of another clock", "", strings.Replace(out, "2026-01-01", "1970-01-01", 1), "3:out 12.000 id b cue 0xF"},
		{"no date", "", strings.Replace(out, `START-DATE="2026-01-01T00:00:12.1Z",`, "", 1), "3:out 12.000 id b cue 0xF"},
		{"closed by END-DATE", out + "\n" + `#EXT-X-DATERANGE:ID="b",END-DATE="2026-01-01T00:00:18Z"`, "", "2:out 5.900 id b cue 0xF; 3:in id b"},
		{"closed by SCTE35-IN and DURATION", out, `#EXT-X-DATERANGE:ID="b",DURATION=6,SCTE35-IN=0xF`, "2:out 6.000 id b cue 0xF; 3:in id b"},
		{"closed by SCTE35-IN with its own date", out, `#EXT-X-DATERANGE:ID="b",START-DATE="2026-01-01T00:00:18Z",SCTE35-IN=0xF`, "2:out 12.000 id b cue 0xF; 3:in id b"},
		{"closed by a tag that stands elsewhere", strings.Replace(out, "00:00:12.1", "00:00:00", 1), `#EXT-X-DATERANGE:ID="b",START-DATE="2026-01-01T00:00:06Z",SCTE35-IN=0xF`, "0:out 12.000 id b cue 0xF; 1:in id b"},
		{"end and next start", out + "\n" + `#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00Z",END-DATE="2026-01-01T00:00:12Z",SCTE35-OUT=0xF`, "",
			"0:out 12.000 id a cue 0xF; 2:in id a; 2:out 12.000 id b cue 0xF"},
		{"half a segment off", strings.Replace(out, "00:00:12.1", "00:00:14.9", 1), "", "2:out 12.000 id b cue 0xF"},
		{"more than half", strings.Replace(out, "00:00:12.1", "00:00:15.1", 1), "", "3:out 12.000 id b cue 0xF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := "#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + c.head + "\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXTINF:6,\na.ts\n#EXTINF:6,\nb.ts\n#EXTINF:6,\nc.ts\n" + c.middle + "\n#EXTINF:6,\nd.ts\n"
			tpl, err := Compile([]byte(src), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := describeSignals(tpl); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestMarkerCorpus finds in the corpus's files what a search for their marker
// tags finds.
func TestMarkerCorpus(t *testing.T) {
	found := map[manifest.SignalKind]int{}
	corpus.Each(t, "hls", ".m3u8", func(t *testing.T, name string, src []byte) {
		tpl, err := Compile(src, Options{})
		if err != nil {
			return
		}
		outs := 0
		for i := range tpl.Segments {
			for _, s := range tpl.Segments[i].Signals {
				found[s.Kind]++
				if s.Kind == manifest.Out {
					outs++
				}
			}
		}
		last := strings.LastIndex(string(src), "#EXTINF")
		if last < 0 {
			return
		}
		want := strings.Count(string(src[:last]), "\n#EXT-X-CUE-OUT:") + strings.Count(string(src[:last]), "\n#EXT-X-CUE-OUT\n")
		if outs < want {
			t.Errorf("%d avails, want %d", outs, want)
		}
	})
	t.Logf("%d out, %d cont, %d in", found[manifest.Out], found[manifest.Cont], found[manifest.In])
}

// FuzzMarker reads any line as a marker.
func FuzzMarker(f *testing.F) {
	for _, c := range markerDialects {
		f.Add(c.lines)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		tpl, err := Compile([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXTINF:6,\na.ts\n"+lines+"\n#EXTINF:6,\nb.ts\n#EXTINF:6,\nc.ts\n"), Options{})
		if err != nil {
			return
		}
		for i := range tpl.Segments {
			for _, s := range tpl.Segments[i].Signals {
				if s.Kind < manifest.Out || s.Kind > manifest.OverlayEnd || s.Duration < 0 || s.Duration > syntax.MaxSeconds*1e6 || s.Elapsed < -1 || s.Elapsed > syntax.MaxSeconds*1e6 {
					t.Fatalf("%+v", s)
				}
			}
		}
	})
}
