package scte35

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	library "github.com/Comcast/scte35-go/pkg/scte35"
)

// describe is a cue's signals, "kind id/ticks/type …" each.
func describe(c *Cue) string {
	var out []string
	for _, s := range c.Signals() {
		d := fmt.Sprintf("%s %d", s.Kind, s.EventID)
		if s.Duration > 0 {
			d += fmt.Sprintf("/%d", s.Duration)
		}
		if s.Type != 0 {
			d += fmt.Sprintf("/%02x", uint8(s.Type))
		}
		if s.AutoReturn {
			d += " auto"
		}
		out = append(out, d)
	}
	return strings.Join(out, "; ")
}

// TestSignals has every type of the standard (SCTE 35 table 23).
func TestSignals(t *testing.T) {
	kinds := map[Type]Kind{
		0x12: In,
		0x22: Out, 0x23: In, 0x30: Out, 0x31: In, 0x32: Out, 0x33: In, 0x34: Out, 0x35: In, 0x36: Out, 0x37: In,
		0x38: Overlay, 0x39: OverlayEnd, 0x3A: Overlay, 0x3B: OverlayEnd, 0x44: Out, 0x45: In, 0x46: Out, 0x47: In,
	}
	for id := range 256 {
		kind := Type(id)
		b := encode(t, library.NewTimeSignal(1), &library.SegmentationDescriptor{
			SegmentationEventID: 5, SegmentationTypeID: uint32(id), SegmentationDuration: ptr[uint64](90_000)})
		c, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if kinds[kind] != None {
			want = fmt.Sprintf("%s 5/90000/%02x", kinds[kind], id)
		}
		if got := describe(&c); got != want {
			t.Errorf("type %02x: %q, want %q", id, got, want)
		}
		if kind.Kind() != kinds[kind] {
			t.Errorf("type %02x is %s", id, kind.Kind())
		}
		if s, ok := c.Signal(kinds[kind]); ok != (kinds[kind] != None) || ok && s.Segmentation != &c.Segmentations[0] {
			t.Errorf("type %02x: signal %+v, %t", id, s, ok)
		}
	}
	for _, c := range []struct {
		inner, outer Type
		want         bool
	}{
		{0x30, 0x22, true}, {0x31, 0x22, true}, {0x34, 0x22, true}, {0x36, 0x34, true}, {0x32, 0x44, true}, {0x33, 0x36, true},
		{0x22, 0x22, false}, {0x23, 0x22, false}, {0x22, 0x30, false}, {0x32, 0x30, false}, {0x34, 0x36, false}, {0x35, 0x34, false},
		{0x12, 0x22, false}, {0x38, 0x22, false}, {0x30, 0x38, false}, {0x10, 0x22, false}, {0x30, 0, false}, {0, 0x22, false}, {0x30, 0x23, false},
	} {
		if got := c.inner.Within(c.outer); got != c.want {
			t.Errorf("%02x within %02x: %t", uint8(c.inner), uint8(c.outer), got)
		}
	}
}

func TestSignalsOfOneSection(t *testing.T) {
	segment := func(id, kind uint32, ticks uint64) library.SpliceDescriptor {
		d := &library.SegmentationDescriptor{SegmentationEventID: id, SegmentationTypeID: kind}
		if ticks > 0 {
			d.SegmentationDuration = &ticks
		}
		return d
	}
	cancel := &library.SegmentationDescriptor{SegmentationEventID: 1, SegmentationEventCancelIndicator: true, SegmentationTypeID: 0x34}
	signal := library.NewTimeSignal(1)
	insert := func(out bool, d *library.BreakDuration) *library.SpliceInsert {
		return &library.SpliceInsert{SpliceEventID: 9, OutOfNetworkIndicator: out, Program: library.NewSpliceInsertProgram(1), BreakDuration: d}
	}
	for _, c := range []struct {
		name        string
		command     library.SpliceCommand
		descriptors []library.SpliceDescriptor
		want        string
	}{
		{"none", signal, nil, ""},
		{"a program and an ad", signal, []library.SpliceDescriptor{segment(1, 0x10, 900), segment(2, 0x30, 90)}, "out 2/90/30"},
		{"a break and its first ad", signal, []library.SpliceDescriptor{segment(1, 0x22, 900), segment(2, 0x30, 90)}, "out 1/900/22"},
		{"the same the other way round", signal, []library.SpliceDescriptor{segment(2, 0x30, 90), segment(1, 0x22, 900)}, "out 1/900/22"},
		{"opportunities in one another", signal, []library.SpliceDescriptor{segment(2, 0x36, 90), segment(1, 0x34, 900)}, "out 1/900/34"},
		{"two of a type", signal, []library.SpliceDescriptor{segment(1, 0x34, 90), segment(2, 0x34, 900)}, "out 1/90/34"},
		{"one ends as the next begins", signal, []library.SpliceDescriptor{segment(2, 0x30, 90), segment(1, 0x31, 0)}, "in 1/31; out 2/90/30"},
		{"the break ends with its last ad", signal, []library.SpliceDescriptor{segment(2, 0x31, 0), segment(1, 0x23, 0)}, "in 1/23"},
		{"the program is terminated", signal, []library.SpliceDescriptor{segment(1, 0x23, 0), segment(3, 0x12, 0)}, "in 3/12"},
		{"an overlay alone", signal, []library.SpliceDescriptor{segment(1, 0x38, 90)}, "overlay 1/90/38"},
		{"an overlay and a break", signal, []library.SpliceDescriptor{segment(1, 0x38, 90), segment(2, 0x22, 0)}, "out 2/22; overlay 1/90/38"},
		{"an overlay ends and an avail begins", signal, []library.SpliceDescriptor{segment(1, 0x39, 0), segment(2, 0x34, 90)}, "out 2/90/34; overlay end 1/39"},
		{"cancelled", signal, []library.SpliceDescriptor{cancel}, ""},
		{"one cancelled, one not", signal, []library.SpliceDescriptor{cancel, segment(2, 0x34, 90)}, "out 2/90/34"},
		{"descriptors on a heartbeat", &library.SpliceNull{}, []library.SpliceDescriptor{segment(2, 0x34, 90)}, "out 2/90/34"},
		{"insert", insert(true, &library.BreakDuration{Duration: 450}), nil, "out 9/450"},
		{"insert that returns by itself", insert(true, &library.BreakDuration{Duration: 450, AutoReturn: true}), nil, "out 9/450 auto"},
		{"insert without duration", insert(true, nil), nil, "out 9"},
		{"insert described", insert(true, nil), []library.SpliceDescriptor{segment(2, 0x30, 90)}, "out 9/90"},
		{"insert of another length", insert(true, &library.BreakDuration{Duration: 450}), []library.SpliceDescriptor{segment(2, 0x31, 0), segment(2, 0x30, 90)}, "out 9/450"},
		{"insert that returns", insert(false, nil), []library.SpliceDescriptor{segment(2, 0x30, 90)}, "in 9"},
	} {
		got, err := Decode(encode(t, c.command, c.descriptors...))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := describe(&got); d != c.want {
			t.Errorf("%s: %q, want %q", c.name, d, c.want)
		}
	}
	cancelled, err := Decode(raw(SpliceInsert, 5, []byte{0, 0, 0, 7, 0xFF}, descriptor(0, 0, 0, 1, 0x7F, 0xBF, 0, 0, 0x34, 0, 0)))
	if d := describe(&cancelled); err != nil || d != "" {
		t.Errorf("a cancelled splice_insert: %q, %v", d, err)
	}
}

func TestSegmentation(t *testing.T) {
	for _, c := range []struct {
		name string
		body []byte
		want *Segmentation
	}{
		{"cancel", []byte{0, 0, 0, 9, 0xFF}, &Segmentation{EventID: 9, Cancel: true}},
		{"plain", []byte{0, 0, 0, 9, 0x7F, 0xBF, 0, 0, 0x22, 1, 2}, &Segmentation{EventID: 9, Type: 0x22, Num: 1, Expected: 2}},
		{"restricted", []byte{0, 0, 0, 9, 0x7F, 0x96, 0, 0, 0x22, 1, 2},
			&Segmentation{EventID: 9, Type: 0x22, Num: 1, Expected: 2, Restrictions: &Restrictions{WebDeliveryAllowed: true, ArchiveAllowed: true, Devices: 2}}},
		{"forty bits", []byte{0, 0, 0, 9, 0x7F, 0xFF, 1, 0, 0, 0, 2, 0, 0, 0x22, 1, 2},
			&Segmentation{EventID: 9, Type: 0x22, Num: 1, Expected: 2, HasDuration: true, Duration: 1<<32 + 2}},
		{"components", []byte{0, 0, 0, 9, 0x7F, 0x3F, 1, 7, 0xFE, 0, 0, 0, 1, 0, 0, 0x22, 1, 2}, &Segmentation{EventID: 9, Type: 0x22, Num: 1, Expected: 2}},
		{"sub-segment of an opportunity", []byte{0, 0, 0, 9, 0x7F, 0xBF, 0, 0, 0x34, 1, 2, 3, 4},
			&Segmentation{EventID: 9, Type: 0x34, Num: 1, Expected: 2, SubSegment: &SubSegment{3, 4}}},
		// The library refuses the section for what it takes for stuffing.
		{"sub-segment of an overlay", []byte{0, 0, 0, 9, 0x7F, 0xBF, 0, 0, 0x38, 1, 2, 3, 4},
			&Segmentation{EventID: 9, Type: 0x38, Num: 1, Expected: 2, SubSegment: &SubSegment{3, 4}}},
		{"stuffing behind a break", []byte{0, 0, 0, 9, 0x7F, 0xBF, 0, 0, 0x22, 1, 2, 3, 4}, &Segmentation{EventID: 9, Type: 0x22, Num: 1, Expected: 2}},
		{"a UPID that was left out", []byte{0, 0, 0, 9, 0x7F, 0xBF, 0, 12, 0x23, 1, 2}, &Segmentation{EventID: 9, Type: 0x23, Num: 1, Expected: 2}},
		{"a UPID that is shorter", []byte{0, 0, 0, 9, 0x7F, 0xBF, 4, 32, 'a', 'b', 0x23, 1, 2},
			&Segmentation{EventID: 9, Type: 0x23, Num: 1, Expected: 2, UPIDs: []UPID{{4, []byte("ab")}}}},
		{"several UPIDs", []byte{0, 0, 0, 9, 0x7F, 0xBF, multiple, 9, 1, 1, 'x', 0x0E, 2, 'y', 'z', 3, 9, 0x23, 1, 2},
			&Segmentation{EventID: 9, Type: 0x23, Num: 1, Expected: 2, UPIDs: []UPID{{1, []byte("x")}, {0x0E, []byte("yz")}}}},
		{"no flags", []byte{0, 0, 0, 9, 0x7F}, nil},
		{"no event", []byte{0, 0, 0, 9}, nil},
		{"no type", []byte{0, 0, 0, 9, 0x7F, 0xBF, 0, 0}, nil},
		{"half a duration", []byte{0, 0, 0, 9, 0x7F, 0xFF, 1, 0}, nil},
		{"half a component", []byte{0, 0, 0, 9, 0x7F, 0x3F, 1, 7, 0xFE}, nil},
	} {
		// It stands between one that is sound and one that is somebody else's.
		loop := append(descriptor(0, 0, 0, 1, 0x7F, 0xBF, 0, 0, 0x10, 0, 0), descriptor(c.body...)...)
		loop = append(loop, 0xF0, 5, 'A', 'B', 'C', 'D', 1, 0, 4, 'C', 'U', 'E', 'I')
		got, err := Decode(raw(SpliceNull, 0, nil, loop))
		if err != nil || len(got.Segmentations) == 0 || got.Segmentations[0].EventID != 1 {
			t.Errorf("%s: %+v, %v", c.name, got, err)
			continue
		}
		rest := got.Segmentations[1:]
		switch {
		case c.want == nil:
			if got.Unread != 1 || len(rest) != 0 {
				t.Errorf("%s: %+v, want it left out", c.name, got)
			}
		case len(rest) != 1 || got.Unread != 0 || !reflect.DeepEqual(rest[0], *c.want):
			t.Errorf("%s: %+v, want %+v", c.name, got, *c.want)
		}
	}
	if got, err := Decode(raw(SpliceNull, 0, nil, []byte{2, 30, 'C', 'U', 'E', 'I'})); err != nil || got.Unread != 1 {
		t.Errorf("a descriptor past the end of its loop: %+v, %v", got, err)
	}
}

func TestUPID(t *testing.T) {
	for _, c := range []struct {
		upid UPID
		text string
	}{
		{UPID{UserDefined, []byte("abc")}, "abc"},
		{UPID{UserDefined, []byte("K\xf6ln")}, "Köln"},
		{UPID{UserDefined, []byte("Köln")}, "Köln"},
		{UPID{ADSInformation, []byte("TYPE:PA")}, "TYPE:PA"},
		{UPID{0x08, []byte{0, 0, 0, 0, 0x2C, 0xA0, 0xA1, 0xE3}}, "748724707"},
		{UPID{0x0A, []byte{0x14, 0x78, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}, "10.5240/0102-0304-0506-0708-090A"},
		{UPID{0x06, []byte{1, 2, 3}}, "AQID"},
		{UPID{ManagedPrivate, []byte(`ABCD{"assetId":"ä"}`)}, `ABCD{"assetId":"ä"}`},
		{UPID{}, ""},
	} {
		if got := c.upid.Text(); got != c.text {
			t.Errorf("%+v is %q, want %q", c.upid, got, c.text)
		}
	}
	if format, data, ok := (UPID{ManagedPrivate, []byte("ABCD:1:2")}).Private(); format != "ABCD" || data != ":1:2" || !ok {
		t.Errorf("%q, %q, %t", format, data, ok)
	}
	for _, u := range []UPID{{UserDefined, []byte("ABCD:1")}, {ManagedPrivate, []byte("ABC")}, {}} {
		if _, _, ok := u.Private(); ok {
			t.Errorf("%+v is no private one", u)
		}
	}
}
