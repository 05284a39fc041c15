package dash

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/scte35"
)

// cueSchemes are the schemes of event streams that carry SCTE-35 (SCTE 214-1 §6.8.4,
// SCTE 214-3, and forms found in the field).
const cueScheme = "urn:scte:scte35:"

func isCueScheme(uri string) bool {
	return len(uri) > len(cueScheme) && strings.EqualFold(uri[:len(cueScheme)], cueScheme)
}

// cue is an SCTE-35 event of an MPD. Its time is that of the DASH event; the time in
// the section is not looked at.
type cue struct {
	// at is in Unix microseconds of the stream, length in microseconds; 0 is
	// unknown.
	at, length int64
	signals    []scte35.Signal
	// cancels are the event ids that it takes back.
	cancels []uint32
	// section is the splice_info_section in base64.
	section string
	// unread is the event as written, cut, where it could not be understood.
	unread string
}

// stream is an EventStream that stays in the output.
type stream struct {
	// scale is timescale, offset presentationTimeOffset.
	scale, offset int64
	events        []event
}

// event is an Event of a stream: where it stands in the Period, in ticks of the
// stream.
type event struct{ at, length int64 }

// events reads the EventStreams of a Period.
func (c *compiler) events(p *period) error {
	for _, n := range p.node.Children {
		if n.Name != "EventStream" || n.Prefix != p.node.Prefix {
			continue
		}
		s, err := readStream(n)
		if err != nil {
			return fmt.Errorf("in EventStream: %w", err)
		}
		cues := isCueScheme(n.Get("schemeIdUri"))
		for _, e := range n.Children {
			if e.Name != "Event" {
				continue
			}
			if c.count++; c.count > mostEvents {
				return fmt.Errorf("more than %d events", mostEvents)
			}
			ev := readEvent(e)
			s.events = append(s.events, ev)
			if cues {
				p.cues = append(p.cues, c.cue(p, s, ev, e))
			}
		}
		if !c.removed(n) {
			p.streams = append(p.streams, s)
		}
	}
	return nil
}

func readStream(n *markup.Node) (s stream, err error) {
	s.scale = 1
	if v, ok := n.Attr("timescale"); ok {
		if s.scale, err = parseTicks(v); err != nil || s.scale == 0 || s.scale > maxScale {
			return s, fmt.Errorf("timescale %q", cut(v))
		}
	}
	if v, ok := n.Attr("presentationTimeOffset"); ok {
		if s.offset, err = parseTicks(v); err != nil {
			return s, fmt.Errorf("presentationTimeOffset %q: %w", cut(v), err)
		}
	}
	return s, nil
}

// readEvent reads when an event is; what cannot be read is 0, as if it were absent.
func readEvent(n *markup.Node) event {
	at, _ := parseTicks(n.Get("presentationTime"))
	length, _ := parseTicks(n.Get("duration"))
	return event{at: at, length: length}
}

// cue reads an SCTE-35 event. Its duration is that of the event, else that of the
// section (MediaTailor's order).
func (c *compiler) cue(p *period, s stream, e event, n *markup.Node) cue {
	out := cue{at: c.t.origin + micros(p.start, e.at-s.offset, s.scale), length: micros(0, e.length, s.scale)}
	section, err := readSection(n)
	if err == nil {
		var decoded scte35.Cue
		var ok bool
		if decoded, ok = manifest.ReadCue(section.text); ok || section.cue != nil {
			if section.cue != nil {
				decoded = *section.cue
			}
			out.section, out.signals = section.text, decoded.Signals()
			out.cancels = cancelled(&decoded)
			return out
		}
	}
	const longest = 200
	text := bytes.Join(bytes.Fields(n.Bytes()), []byte(" "))
	out.unread = string(text[:min(len(text), longest)])
	return out
}

func cancelled(c *scte35.Cue) []uint32 {
	var ids []uint32
	if c.Insert != nil && c.Insert.Cancel {
		ids = append(ids, c.Insert.EventID)
	}
	for i := range c.Segmentations {
		if s := &c.Segmentations[i]; s.Cancel {
			ids = append(ids, s.EventID)
		}
	}
	return ids
}

// signal is the cue's signal of a kind.
func (q *cue) signal(kind scte35.Kind) *scte35.Signal {
	for i := range q.signals {
		if q.signals[i].Kind == kind {
			return &q.signals[i]
		}
	}
	return nil
}

// duration is the announced length of what a signal of the cue opens, in
// microseconds; 0 is unknown.
func (q *cue) duration(s *scte35.Signal) int64 {
	if q.length > 0 {
		return q.length
	}
	return manifest.Ticks(s.Duration)
}

// streamOps notes what a split does to an EventStream that stays.
func (c *compiler) streamOps(p *period, n *markup.Node, at func(int) int, nested func(op, func())) {
	stream := 0
	for i := range p.ops {
		if p.ops[i].kind == opStream {
			stream++
		}
	}
	whole := span{at(n.Span.From), at(n.Span.To)}
	nested(op{kind: opStream, span: whole, stream: stream}, func() {
		tag := span{at(n.Open.From), at(n.Open.To)}
		p.ops = append(p.ops, op{kind: opStreamTag, span: tag, stream: stream, slots: slotsOf(n, at, attrOffset), next: len(p.ops) + 1})
		event := 0
		for _, e := range n.Children {
			if e.Name != "Event" {
				continue
			}
			where := span{at(e.Span.From), at(e.Span.To)}
			p.ops = append(p.ops, op{kind: opEvent, span: where, stream: stream, event: event, next: len(p.ops) + 1})
			event++
		}
	})
}

// section is a splice_info_section as an event carries it: its text in base64, and
// what it says where it was written in XML.
type section struct {
	text string
	cue  *scte35.Cue
}

// readSection finds the section in an event: Signal/Binary, a SpliceInfoSection in
// XML, @messageData, or the event's text in base64.
func readSection(n *markup.Node) (section, error) {
	if s := descend(n, "Binary", 4); s != nil {
		return section{text: compact(s.Text())}, nil
	}
	if s := descend(n, "SpliceInfoSection", 4); s != nil {
		c, err := readXML(s)
		if err != nil {
			return section{}, err
		}
		return section{text: c.Base64(), cue: c}, nil
	}
	if v, ok := n.Attr("messageData"); ok {
		return section{text: compact(v)}, nil
	}
	return section{text: compact(n.Text())}, nil
}

// compact takes the white space out of base64.
func compact(s string) string { return strings.Join(strings.Fields(s), "") }

// descend is the first element of a name within n, at most depth below it.
func descend(n *markup.Node, name string, depth int) *markup.Node {
	for _, child := range n.Children {
		if child.Name == name {
			return child
		}
		if depth > 1 {
			if found := descend(child, name, depth-1); found != nil {
				return found
			}
		}
	}
	return nil
}

// readXML reads a SpliceInfoSection of http://www.scte.org/schemas/35.
func readXML(n *markup.Node) (*scte35.Cue, error) {
	r := attrReader{}
	c := &scte35.Cue{Adjustment: r.number(n, "ptsAdjustment", 33), Tier: 0xFFF}
	if _, ok := n.Attr("tier"); ok {
		c.Tier = uint16(r.number(n, "tier", 12))
	}
	switch {
	case n.Any("SpliceInsert") != nil:
		c.Command = scte35.SpliceInsert
		r.insert(c, n.Any("SpliceInsert"))
	case n.Any("TimeSignal") != nil:
		c.Command = scte35.TimeSignal
		r.time(c, n.Any("TimeSignal").Any("SpliceTime"))
	}
	for _, child := range n.Children {
		if child.Name == "SegmentationDescriptor" {
			c.Segmentations = append(c.Segmentations, r.segmentation(child))
		}
	}
	return c, r.err
}

// attrReader reads attributes and keeps the first error.
type attrReader struct{ err error }

func (r *attrReader) number(n *markup.Node, name string, bits int) uint64 {
	v, ok := n.Attr(name)
	if !ok {
		return 0
	}
	x, err := strconv.ParseUint(strings.TrimSpace(v), 10, bits)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s@%s: %q is no number of %d bits", n.Name, name, cut(v), bits)
	}
	return x
}

// truth reads an xs:boolean.
func truth(n *markup.Node, name string) bool {
	switch n.Get(name) {
	case "true", "1":
		return true
	}
	return false
}

func (r *attrReader) time(c *scte35.Cue, n *markup.Node) {
	if n == nil {
		return
	}
	if _, ok := n.Attr("ptsTime"); ok {
		c.Time, c.Timed = (r.number(n, "ptsTime", 33)+c.Adjustment)&(1<<33-1), true
	}
}

func (r *attrReader) insert(c *scte35.Cue, n *markup.Node) {
	i := &scte35.Insert{
		EventID: uint32(r.number(n, "spliceEventId", 32)),
		Cancel:  truth(n, "spliceEventCancelIndicator"),
	}
	c.Insert = i
	if i.Cancel {
		return
	}
	i.Out = truth(n, "outOfNetworkIndicator")
	i.Immediate = truth(n, "spliceImmediateFlag")
	i.UniqueProgramID = uint16(r.number(n, "uniqueProgramId", 16))
	i.AvailNum = uint8(r.number(n, "availNum", 8))
	i.AvailsExpected = uint8(r.number(n, "availsExpected", 8))
	if b := n.Any("BreakDuration"); b != nil {
		i.Break = &scte35.Break{Duration: r.number(b, "duration", 33), AutoReturn: truth(b, "autoReturn")}
	}
	if program := n.Any("Program"); program != nil {
		r.time(c, program.Any("SpliceTime"))
	}
}

func (r *attrReader) segmentation(n *markup.Node) scte35.Segmentation {
	s := scte35.Segmentation{
		EventID: uint32(r.number(n, "segmentationEventId", 32)),
		Cancel:  truth(n, "segmentationEventCancelIndicator"),
	}
	if s.Cancel {
		return s
	}
	s.Type = scte35.Type(r.number(n, "segmentationTypeId", 8))
	s.Num = uint8(r.number(n, "segmentNum", 8))
	s.Expected = uint8(r.number(n, "segmentsExpected", 8))
	if _, ok := n.Attr("segmentationDuration"); ok {
		s.Duration, s.HasDuration = r.number(n, "segmentationDuration", 40), true
	}
	for _, child := range n.Children {
		if child.Name != "SegmentationUpid" {
			continue
		}
		text := child.Text()
		kind := uint8(r.number(child, "segmentationUpidType", 8))
		s.UPIDs = append(s.UPIDs, upid(kind, text, child.Get("segmentationUpidFormat")))
	}
	return s
}

// upid is a SegmentationUpid: its text is in hexadecimal unless it says "text".
func upid(kind uint8, text, format string) scte35.UPID {
	if b, err := decodeUPID(text, format); err == nil {
		return scte35.UPID{Type: kind, Data: b}
	}
	return scte35.UPID{Type: kind, Data: []byte(text)}
}

func decodeUPID(text, format string) ([]byte, error) {
	switch format {
	case "text":
		return []byte(text), nil
	case "base-64", "base64":
		return base64.StdEncoding.DecodeString(text)
	}
	return hex.DecodeString(text)
}
