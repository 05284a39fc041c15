package matrix

import (
	"fmt"
	"strings"
	"time"

	"github.com/Comcast/scte35-go/pkg/scte35"
)

// eventForm is how the events of a channel are written.
type eventForm struct {
	name   string
	scheme string
	// kind is the segmentation type of a time_signal; 0 is a splice_insert.
	kind uint32
	// body is what stands in an Event.
	body func(section scte35.SpliceInfoSection) string
	// bare events have no duration, so that the section tells it; untold have it in
	// neither place, and an event of their own tells the end.
	bare, untold bool
	// attribute puts the section there instead of into the Event.
	attribute bool
	// repeats writes each event twice.
	repeats bool
	// scale is the EventStream's; offset its presentationTimeOffset in seconds.
	scale, offset int64
}

// wholeXML is a section in XML of the schemas of 2013 and 2014.
func wholeXML(s scte35.SpliceInfoSection) string {
	var b strings.Builder
	b.WriteString(`<scte35:SpliceInfoSection xmlns:scte35="http://www.scte.org/schemas/35/2016" protocolVersion="0" tier="4095">`)
	switch x := s.SpliceCommand.(type) {
	case *scte35.SpliceInsert:
		fmt.Fprintf(&b, `<scte35:SpliceInsert spliceEventId="%d" spliceEventCancelIndicator="false" outOfNetworkIndicator="%t" spliceImmediateFlag="true" uniqueProgramId="1" availNum="0" availsExpected="0">`, x.SpliceEventID, x.OutOfNetworkIndicator)
		if x.BreakDuration != nil {
			fmt.Fprintf(&b, `<scte35:BreakDuration autoReturn="true" duration="%d"/>`, x.BreakDuration.Duration)
		}
		b.WriteString(`</scte35:SpliceInsert>`)
	case *scte35.TimeSignal:
		b.WriteString(`<scte35:TimeSignal><scte35:SpliceTime ptsTime="900000"/></scte35:TimeSignal>`)
	}
	for _, d := range s.SpliceDescriptors {
		if x, ok := d.(*scte35.SegmentationDescriptor); ok {
			length := ""
			if x.SegmentationDuration != nil {
				length = fmt.Sprintf(` segmentationDuration="%d"`, *x.SegmentationDuration)
			}
			fmt.Fprintf(&b, `<scte35:SegmentationDescriptor segmentationEventId="%d" segmentationEventCancelIndicator="false" segmentationTypeId="%d"%s segmentNum="0" segmentsExpected="0"/>`, x.SegmentationEventID, x.SegmentationTypeID, length)
		}
	}
	b.WriteString(`</scte35:SpliceInfoSection>`)
	return b.String()
}

func signalXML(s scte35.SpliceInfoSection) string {
	return `<Signal xmlns="http://www.scte.org/schemas/35/2016">` + wholeXML(s) + `</Signal>`
}

func signalBinary(s scte35.SpliceInfoSection) string {
	return `<Signal xmlns="http://www.scte.org/schemas/35/2016"><Binary>` + s.Base64() + `</Binary></Signal>`
}

func prefixedBinary(s scte35.SpliceInfoSection) string {
	return `<scte35:Signal xmlns:scte35="http://www.scte.org/schemas/35/2016"><scte35:Binary>` + s.Base64() + `</scte35:Binary></scte35:Signal>`
}

func plainBinary(s scte35.SpliceInfoSection) string { return s.Base64() }

const (
	schemeXML13    = "urn:scte:scte35:2013:xml"
	schemeBinary13 = "urn:scte:scte35:2013:bin"
	schemeXML14    = "urn:scte:scte35:2014:xml"
	schemeBoth14   = "urn:scte:scte35:2014:xml+bin"
)

// eventForms are the forms of the field.
func eventForms() []eventForm {
	return []eventForm{
		{name: "2013:xml splice_insert", scheme: schemeXML13, body: wholeXML, scale: 1000},
		{name: "2013:xml splice_insert, BreakDuration alone", scheme: schemeXML13, body: wholeXML, bare: true, scale: 90_000},
		{name: "2014:xml+bin splice_insert", scheme: schemeBoth14, body: signalBinary, scale: 90_000},
		{name: "2014:xml+bin splice_insert, BreakDuration alone", scheme: schemeBoth14, body: prefixedBinary, bare: true, scale: 1},
		{name: "2014:xml+bin with presentationTimeOffset", scheme: schemeBoth14, body: signalBinary, scale: 48_000, offset: 7_777},
		{name: "2014:xml splice_insert", scheme: schemeXML14, body: signalXML, scale: 10_000_000},
		{name: "2014:xml time_signal 0x34", scheme: schemeXML14, kind: 0x34, body: signalXML, bare: true, scale: 1000},
		{name: "2013:bin splice_insert", scheme: schemeBinary13, body: plainBinary, scale: 90_000},
		{name: "2013:bin messageData", scheme: schemeBinary13, body: plainBinary, attribute: true, scale: 90_000},
		{name: "time_signal 0x22, break", scheme: schemeBoth14, kind: 0x22, body: signalBinary, scale: 90_000},
		{name: "time_signal 0x30, provider's ad", scheme: schemeBoth14, kind: 0x30, body: signalBinary, scale: 90_000},
		{name: "time_signal 0x32, distributor's ad", scheme: schemeBoth14, kind: 0x32, body: signalBinary, bare: true, scale: 90_000},
		{name: "time_signal 0x34, provider's opportunity", scheme: schemeBoth14, kind: 0x34, body: signalBinary, scale: 90_000},
		{name: "time_signal 0x36, distributor's opportunity", scheme: schemeBoth14, kind: 0x36, body: signalBinary, bare: true, scale: 90_000},
		{name: "splice_insert repeated", scheme: schemeBoth14, body: signalBinary, repeats: true, scale: 90_000},
		{name: "splice_insert without duration", scheme: schemeBoth14, body: signalBinary, untold: true, scale: 90_000},
		{name: "time_signal 0x34 without duration", scheme: schemeXML14, kind: 0x34, body: signalXML, untold: true, scale: 90_000},
	}
}

// stream is the EventStream of a Period: its breaks, or all of the window.
func (c *dashChannel) stream(p dashPeriod, edge time.Duration) string {
	f := c.event
	if f.body == nil {
		return ""
	}
	var b strings.Builder
	for i := range c.breaks {
		x := &c.breaks[i]
		inside := x.start >= p.start && (p.end == 0 || x.start < p.end) || i == 0 && x.start < p.start && p.start == 0
		if edge < x.start-x.seen || c.ends == 0 && x.end < edge-c.window-20*time.Second || !inside && !c.everywhere {
			continue
		}
		length := x.announced
		known := edge >= x.end-x.ended
		if f.untold {
			length = 0
		} else if known {
			length = x.end - x.start
		}
		c.write(&b, p, x.id, x.start, length, true)
		if f.untold && known {
			c.write(&b, p, x.id, x.end, 0, false)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	offset := ""
	if f.offset != 0 {
		offset = fmt.Sprintf(` presentationTimeOffset="%d"`, f.offset*f.scale)
	}
	return fmt.Sprintf(`<EventStream schemeIdUri="%s" timescale="%d"%s>%s</EventStream>`+"\n", f.scheme, f.scale, offset, b.String())
}

// write writes an Event that opens or ends a break.
func (c *dashChannel) write(b *strings.Builder, p dashPeriod, id int, at, length time.Duration, out bool) {
	f := c.event
	if at < p.start && !c.everywhere {
		return
	}
	section := f.section(uint32(id), length, out)
	times := 1
	if f.repeats {
		times = 2
	}
	for n := range times {
		value := ticks((at - p.start).Abs(), f.scale)
		if at < p.start {
			// An event before its Period begins with it, for what is left.
			value, length = 0, length-(p.start-at)
			if length <= 0 {
				return
			}
		}
		fmt.Fprintf(b, `<Event presentationTime="%d"`, value+f.offset*f.scale)
		if length > 0 && !f.bare && !f.untold {
			fmt.Fprintf(b, ` duration="%d"`, ticks(length, f.scale))
		}
		fmt.Fprintf(b, ` id="%d"`, id*10+n)
		if f.attribute {
			fmt.Fprintf(b, ` messageData="%s"/>`, f.body(section))
			continue
		}
		fmt.Fprintf(b, `>%s</Event>`, f.body(section))
	}
}

// section is what opens or ends a break.
func (f *eventForm) section(id uint32, length time.Duration, out bool) scte35.SpliceInfoSection {
	s := scte35.SpliceInfoSection{Tier: 4095, SAPType: 3}
	told := uint64(ticks(length, 90_000))
	if f.kind == 0 {
		x := &scte35.SpliceInsert{
			SpliceEventID: id, OutOfNetworkIndicator: out, SpliceImmediateFlag: true, UniqueProgramID: 1,
			Program: &scte35.SpliceInsertProgram{},
		}
		if length > 0 {
			x.BreakDuration = &scte35.BreakDuration{AutoReturn: true, Duration: told}
		}
		s.SpliceCommand = x
		return s
	}
	pts := uint64(900_000)
	s.SpliceCommand = &scte35.TimeSignal{SpliceTime: scte35.SpliceTime{PTSTime: &pts}}
	d := &scte35.SegmentationDescriptor{SegmentationEventID: id, SegmentationTypeID: f.kind}
	if !out {
		d.SegmentationTypeID++
	}
	if length > 0 {
		d.SegmentationDuration = &told
	}
	s.SpliceDescriptors = scte35.SpliceDescriptors{d}
	return s
}
