package cue

import (
	"strings"
	"testing"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/scte35"
)

// TestForms reads each form in which MPDs carry a section (SCTE 214-1 §6.8.4, SCTE
// 214-3 §8.3.3, and the field). The same section says the same in all of them.
func TestForms(t *testing.T) {
	const text = "/DAlAAAAAAAAAP/wFAUAAAPpf+/+AA0E0P4ACvyAA+kAAAAA2p9XJw=="
	for _, c := range []struct{ name, event string }{
		{"2014:xml+bin", `<Event><Signal xmlns="http://www.scte.org/schemas/35/2016"><Binary>` + text + `</Binary></Signal></Event>`},
		{"with a prefix and white space", "<Event><s:Signal><s:Binary>\n " + text[:20] + "\n " + text[20:] + "\n</s:Binary></s:Signal></Event>"},
		{"Binary alone", `<Event><Binary>` + text + `</Binary></Event>`},
		{"messageData", `<Event messageData="` + text + `"/>`},
		{"2013:bin as text", `<Event contentEncoding="base64">` + text + `</Event>`},
		{"CDATA", `<Event><![CDATA[` + text + `]]></Event>`},
		{"2013:xml", `<Event><s:SpliceInfoSection ptsAdjustment="0" tier="4095"><s:SpliceInsert spliceEventId="1001" outOfNetworkIndicator="true" uniqueProgramId="1001"><s:BreakDuration autoReturn="true" duration="720000"/></s:SpliceInsert></s:SpliceInfoSection></Event>`},
		{"2014:xml", `<Event><Signal><SpliceInfoSection><SpliceInsert spliceEventId="1001" outOfNetworkIndicator="1"><BreakDuration autoReturn="1" duration="720000"/></SpliceInsert></SpliceInfoSection></Signal></Event>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := Read(event(t, c.event), 0, 0)
			s := q.signal(scte35.Out)
			if s == nil || s.EventID != 1001 || q.duration(s) != 8_000_000 || q.unread != "" {
				t.Errorf("%+v", q)
			}
			if decoded, err := scte35.DecodeString(q.section); err != nil || decoded.Insert == nil || decoded.Insert.EventID != 1001 {
				t.Errorf("section %q: %v", q.section, err)
			}
		})
	}
}

// TestDuration pins MediaTailor's order: the event's, the break's, the descriptor's.
func TestDuration(t *testing.T) {
	insert := func(inside string) string {
		return `<Event><SpliceInfoSection><SpliceInsert spliceEventId="1" outOfNetworkIndicator="true">` + inside + `</SpliceInsert><SegmentationDescriptor segmentationEventId="1" segmentationTypeId="52" segmentationDuration="270000"/></SpliceInfoSection></Event>`
	}
	for _, c := range []struct {
		event        string
		length, want int64
	}{
		{insert(`<BreakDuration duration="180000"/>`), 1_000_000, 1_000_000},
		{insert(`<BreakDuration duration="180000"/>`), 0, 2_000_000},
		{insert(""), 0, 3_000_000},
		{`<Event><SpliceInfoSection><SpliceInsert spliceEventId="1" outOfNetworkIndicator="true"/></SpliceInfoSection></Event>`, 0, 0},
	} {
		q := Read(event(t, c.event), 0, c.length)
		if s := q.signal(scte35.Out); s == nil || q.duration(s) != c.want {
			t.Errorf("%s: %+v", c.event, q)
		}
	}
}

// TestUnread: an event that cannot be read is told as it was written, cut.
func TestUnread(t *testing.T) {
	for _, text := range []string{
		`<Event/>`, `<Event>hello</Event>`, `<Event messageData="AAAA"/>`, "<Event>" + strings.Repeat("x ", 9000) + "</Event>",
		`<Event><SpliceInfoSection><SpliceInsert spliceEventId="99999999999"/></SpliceInfoSection></Event>`,
	} {
		if q := Read(event(t, text), 0, 0); q.unread == "" || len(q.unread) > 200 || len(q.signals) > 0 {
			t.Errorf("%.40s: %+v", text, q)
		}
	}
}

func event(t *testing.T, text string) *markup.Node {
	t.Helper()
	doc, err := markup.Parse([]byte(text), markup.Limits{Bytes: 1 << 20, Depth: 8, Elements: 100, Attrs: 32})
	if err != nil {
		t.Fatal(err)
	}
	return doc.Root
}
