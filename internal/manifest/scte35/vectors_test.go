package scte35

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	library "github.com/Comcast/scte35-go/pkg/scte35"

	"stitcher/test/corpus"
)

// vector is a line of the corpus: a real section and what two independent
// decoders say of it.
type vector struct {
	ID, B64, Hex string
	CRC          bool `json:"crc_ok"`
	Trailing     int  `json:"trailing_or_missing"`
	Agree        *bool
	Expected     *values
	Threefive    *values `json:"expected_threefive"`
}

type values struct {
	Command    Command `json:"command_type"`
	Adjustment uint64  `json:"pts_adjustment"`
	Tier       uint16
	PTS        *uint64 `json:"pts_time"`
	EventID    *uint32 `json:"event_id"`
	Cancel     bool
	Out        bool `json:"out_of_network"`
	Immediate  bool
	Break      *uint64 `json:"break_duration"`
	AutoReturn bool    `json:"auto_return"`
	ProgramID  uint16  `json:"unique_program_id"`
	AvailNum   uint8   `json:"avail_num"`
	Avails     uint8   `json:"avails_expected"`
	Segments   []struct {
		EventID  uint32 `json:"event_id"`
		Cancel   bool
		Type     Type `json:"type_id"`
		Duration *uint64
		Num      uint8
		Expected uint8
	} `json:"segmentation"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus.Dir(t, "scte35"), "vectors.visible.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	var all []vector
	for lines.Scan() {
		var raw struct {
			vector
			Threefive json.RawMessage `json:"expected_threefive"`
		}
		if err := json.Unmarshal(lines.Bytes(), &raw); err != nil {
			t.Fatal(err)
		}
		var second values
		if json.Unmarshal(raw.Threefive, &second) == nil && len(second.Segments) > 0 {
			raw.vector.Threefive = &second
		}
		all = append(all, raw.vector)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// recovered are sections that the library refuses, though their checksums are
// right: the length of a UPID is wrong in them. The other decoder and we agree.
var recovered = map[string]bool{"785c1bbc59db": true, "1c7501850a69": true}

// TestVectors holds every section of the corpus to what is expected of it.
func TestVectors(t *testing.T) {
	compared, null, refused, unchecked := 0, 0, 0, 0
	for _, v := range vectors(t) {
		c, err := DecodeString(v.B64)
		h, hexErr := DecodeString("0x" + v.Hex)
		if !equal(t, c, h) || (err == nil) != (hexErr == nil) {
			t.Errorf("%s: base64 and hexadecimal differ: %v, %v", v.ID, err, hexErr)
		}
		want := v.Expected
		if want == nil && recovered[v.ID] {
			want = v.Threefive
		}
		switch {
		case v.CRC && err != nil:
			t.Errorf("%s: %v", v.ID, err)
		case !v.CRC && v.Trailing == 0 && !errors.Is(err, ErrChecksum):
			t.Errorf("%s: error %v, want the checksum's", v.ID, err)
		case v.Trailing < 0 && (err == nil || errors.Is(err, ErrChecksum)):
			t.Errorf("%s: error %v for a section that is cut short", v.ID, err)
		case errors.Is(err, ErrChecksum):
			t.Logf("%s: %v (%d bytes trail)", v.ID, err, v.Trailing)
			unchecked++
			want = v.Threefive
		case err != nil:
			t.Logf("%s: refused: %v", v.ID, err)
			refused++
			continue
		}
		if want == nil {
			if c.Command == SpliceNull && err == nil {
				null++
			} else {
				t.Logf("%s: nothing to compare with: %v, %+v", v.ID, err, c)
			}
			continue
		}
		compared++
		compare(t, v.ID, &c, want)
	}
	t.Logf("%d as expected (%d of them with a wrong checksum), %d splice_null, %d refused", compared, unchecked, null, refused)
	if compared < 141 {
		t.Errorf("only %d were compared", compared)
	}
}

func compare(t *testing.T, id string, c *Cue, want *values) {
	t.Helper()
	if c.Command != want.Command || c.Adjustment != want.Adjustment || c.Tier != want.Tier {
		t.Errorf("%s: %s, adjusted by %d, tier %d; want %+v", id, c.Command, c.Adjustment, c.Tier, want)
	}
	if c.Timed != (want.PTS != nil) || c.Timed && c.Time != (*want.PTS+want.Adjustment)%(1<<33) {
		t.Errorf("%s: time %d (%t)", id, c.Time, c.Timed)
	}
	if i := c.Insert; (i != nil) != (want.EventID != nil) {
		t.Errorf("%s: insert %+v", id, i)
	} else if i != nil {
		b := i.Break
		if i.EventID != *want.EventID || i.Cancel != want.Cancel || i.Out != want.Out || i.Immediate != want.Immediate ||
			(b != nil) != (want.Break != nil) || b != nil && (b.Duration != *want.Break || b.AutoReturn != want.AutoReturn) ||
			i.UniqueProgramID != want.ProgramID || i.AvailNum != want.AvailNum || i.AvailsExpected != want.Avails {
			t.Errorf("%s: %+v %+v, want %+v", id, i, b, want)
		}
	}
	if len(c.Segmentations) != len(want.Segments) || c.Unread != 0 {
		t.Fatalf("%s: %d descriptors, %d unread; want %d", id, len(c.Segmentations), c.Unread, len(want.Segments))
	}
	for n := range want.Segments {
		g, w := &c.Segmentations[n], &want.Segments[n]
		if g.EventID != w.EventID || g.Cancel != w.Cancel || g.Type != w.Type || g.Num != w.Num || g.Expected != w.Expected ||
			g.HasDuration != (w.Duration != nil) || g.HasDuration && g.Duration != *w.Duration {
			t.Errorf("%s: descriptor %+v, want %+v", id, g, w)
		}
	}
}

// TestLibrary holds the descriptors of every section that the library reads
// against the library's.
func TestLibrary(t *testing.T) {
	read := 0
	for _, v := range vectors(t) {
		b, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatal(err)
		}
		read += sameAsLibrary(t, b)
	}
	if read < 84 {
		t.Errorf("only %d descriptors were compared", read)
	}
}

// sameAsLibrary compares with the library where it reads the section, and
// answers how many descriptors it compared.
func sameAsLibrary(t testing.TB, b []byte) int {
	t.Helper()
	var s library.SpliceInfoSection
	if s.Decode(b) != nil {
		return 0
	}
	c, err := Decode(b)
	if err != nil {
		return 0 // it does not look at section_length, nor at encryption
	}
	n := 0
	for _, d := range s.SpliceDescriptors {
		w, ok := d.(*library.SegmentationDescriptor)
		if !ok {
			continue
		}
		if n == len(c.Segmentations) {
			t.Fatalf("%x: %d descriptors and %d unread, want more", b, n, c.Unread)
		}
		g := &c.Segmentations[n]
		n++
		if g.EventID != w.SegmentationEventID || g.Cancel != w.SegmentationEventCancelIndicator || uint32(g.Type) != w.SegmentationTypeID ||
			uint32(g.Num) != w.SegmentNum || uint32(g.Expected) != w.SegmentsExpected || g.HasDuration != (w.SegmentationDuration != nil) ||
			g.HasDuration && g.Duration != *w.SegmentationDuration {
			t.Fatalf("%x: %+v, the library has %+v", b, g, w)
		}
		if r, l := g.Restrictions, w.DeliveryRestrictions; (r != nil) != (l != nil) || r != nil && (r.WebDeliveryAllowed != l.WebDeliveryAllowedFlag || r.NoRegionalBlackout != l.NoRegionalBlackoutFlag ||
			r.ArchiveAllowed != l.ArchiveAllowedFlag || uint32(r.Devices) != l.DeviceRestrictions) {
			t.Fatalf("%x: restrictions %+v, the library has %+v", b, r, l)
		}
		if w.SubSegmentNum != nil && (g.SubSegment == nil || uint32(g.SubSegment.Num) != *w.SubSegmentNum || uint32(g.SubSegment.Expected) != *w.SubSegmentsExpected) {
			t.Fatalf("%x: sub-segment %+v, the library has %d/%d", b, g.SubSegment, *w.SubSegmentNum, *w.SubSegmentsExpected)
		}
		for k := range g.UPIDs {
			if k < len(w.SegmentationUPIDs) {
				sameUPID(t, g.UPIDs[k], w.SegmentationUPIDs[k])
			}
		}
	}
	if n != len(c.Segmentations) || c.Unread > 0 {
		t.Fatalf("%x: %d descriptors and %d unread, the library has %d", b, len(c.Segmentations), c.Unread, n)
	}
	return n
}

func sameUPID(t testing.TB, u UPID, w library.SegmentationUPID) {
	t.Helper()
	if again := library.NewSegmentationUPID(uint32(u.Type), u.Data); again.Type != w.Type || again.Value != w.Value {
		t.Fatalf("%+v, the library has %+v", u, w)
	}
}

// equal compares cues by what they say.
func equal(t testing.TB, a, b Cue) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(x) == string(y)
}
