package cue

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/scte35"
)

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
		r.err = fmt.Errorf("%s@%s: %q is no number of %d bits", n.Name, name, v, bits)
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
