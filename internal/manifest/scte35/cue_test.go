package scte35

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	library "github.com/Comcast/scte35-go/pkg/scte35"
)

// encode makes a section with the library.
func encode(t testing.TB, command library.SpliceCommand, descriptors ...library.SpliceDescriptor) []byte {
	t.Helper()
	s := library.SpliceInfoSection{SpliceCommand: command, SpliceDescriptors: descriptors, SAPType: 3, Tier: 4095}
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// raw makes a section of bytes that the library would not write: announced is
// splice_command_length.
func raw(kind Command, announced int, command, descriptors []byte) []byte {
	b := []byte{tableID, 0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xF0 | byte(announced>>8), byte(announced), byte(kind)}
	b = append(b, command...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(descriptors)))
	b = append(b, descriptors...)
	binary.BigEndian.PutUint16(b[1:], 0x3000|uint16(len(b)+1))
	return binary.BigEndian.AppendUint32(b, checksum(b))
}

// descriptor makes a segmentation_descriptor of what follows its identifier.
func descriptor(body ...byte) []byte {
	return append([]byte{segmentationTag, byte(4 + len(body)), 'C', 'U', 'E', 'I'}, body...)
}

func ptr[T any](v T) *T { return &v }

// TestTime has the wrap of the 33-bit clock (field failure B-32).
func TestTime(t *testing.T) {
	const last = 1<<33 - 1
	for _, c := range []struct{ pts, adjustment, want uint64 }{
		{0, 0, 0}, {900_000, 0, 900_000}, {900_000, 100, 900_100},
		{last, 0, last}, {last, 1, 0}, {last, last, last - 1}, {0, last, last}, {1, last, 0}, {1 << 32, 1 << 32, 0},
	} {
		s := library.SpliceInfoSection{SpliceCommand: library.NewTimeSignal(c.pts), PTSAdjustment: c.adjustment}
		b, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(b)
		if err != nil || !got.Timed || got.Time != c.want || got.Adjustment != c.adjustment {
			t.Errorf("%d + %d is %d (%t), %v; want %d", c.pts, c.adjustment, got.Time, got.Timed, err, c.want)
		}
		insert := library.SpliceInfoSection{SpliceCommand: &library.SpliceInsert{Program: library.NewSpliceInsertProgram(c.pts)}, PTSAdjustment: c.adjustment}
		if b, err = insert.Encode(); err != nil {
			t.Fatal(err)
		}
		if got, err = Decode(b); err != nil || !got.Timed || got.Time != c.want {
			t.Errorf("splice_insert: %d + %d is %d (%t), %v; want %d", c.pts, c.adjustment, got.Time, got.Timed, err, c.want)
		}
	}
	if c, err := Decode(encode(t, &library.TimeSignal{})); err != nil || c.Timed {
		t.Errorf("a time_signal without time has %d, %v", c.Time, err)
	}
}

func TestInsert(t *testing.T) {
	full := &library.SpliceInsert{SpliceEventID: 7, OutOfNetworkIndicator: true, Program: library.NewSpliceInsertProgram(90),
		BreakDuration: &library.BreakDuration{AutoReturn: true, Duration: 2_700_000}, AvailNum: 2, AvailsExpected: 3, UniqueProgramID: 99}
	want := Insert{EventID: 7, Out: true, Break: &Break{Duration: 2_700_000, AutoReturn: true}, UniqueProgramID: 99, AvailNum: 2, AvailsExpected: 3}
	immediate := &library.SpliceInsert{SpliceEventID: 8, SpliceImmediateFlag: true, Program: &library.SpliceInsertProgram{}}
	components := &library.SpliceInsert{SpliceEventID: 9, OutOfNetworkIndicator: true, Components: []library.SpliceInsertComponent{
		{Tag: 1, SpliceTime: &library.SpliceTime{PTSTime: ptr[uint64](45)}}, {Tag: 2}}}
	// A cancelled splice_insert has five bytes; the library reads nine.
	cancelled := []byte{0, 0, 0, 7, 0xFF}
	for _, c := range []struct {
		name    string
		section []byte
		want    Insert
		time    uint64
		timed   bool
	}{
		{"program", encode(t, full), want, 90, true},
		{"immediate", encode(t, immediate), Insert{EventID: 8, Immediate: true}, 0, false},
		{"components", encode(t, components), Insert{EventID: 9, Out: true}, 45, true},
		{"cancelled", raw(SpliceInsert, len(cancelled), cancelled, nil), Insert{EventID: 7, Cancel: true}, 0, false},
		{"cancelled, legacy length", raw(SpliceInsert, legacyLength, cancelled, nil), Insert{EventID: 7, Cancel: true}, 0, false},
	} {
		got, err := Decode(c.section)
		if err != nil || got.Insert == nil || !reflect.DeepEqual(*got.Insert, c.want) || got.Timed != c.timed || got.Time != c.time {
			t.Errorf("%s: %+v at %d (%t), %v; want %+v", c.name, got.Insert, got.Time, got.Timed, err, c.want)
		}
		// The same in the old notation, and with stuffing inside the command,
		// both in front of a descriptor.
		end := len(c.section) - checksumSize - 2
		command := c.section[headerSize:end]
		d := descriptor(0, 0, 0, 1, 0x7F, 0xBF, 0, 0, 0x34, 0, 0)
		stuffed := append(append([]byte(nil), command...), 0xFF, 0xFF)
		for name, b := range map[string][]byte{
			"legacy length": raw(SpliceInsert, legacyLength, command, d),
			"stuffed":       raw(SpliceInsert, len(stuffed), stuffed, d),
		} {
			got, err := Decode(b)
			if err != nil || got.Insert == nil || !reflect.DeepEqual(*got.Insert, c.want) || len(got.Segmentations) != 1 || got.Segmentations[0].Type != 0x34 {
				t.Errorf("%s, %s: %+v, %v", c.name, name, got, err)
			}
		}
		for n := range command {
			if _, err := Decode(raw(SpliceInsert, n, command[:n], nil)); err == nil && n != 5 {
				t.Errorf("%s, the first %d bytes: no error", c.name, n)
			}
		}
	}
}

// TestCommands has the commands that mean nothing here, in both notations.
func TestCommands(t *testing.T) {
	for kind, name := range map[Command]string{
		SpliceNull: "splice_null", SpliceSchedule: "splice_schedule", BandwidthReservation: "bandwidth_reservation",
		PrivateCommand: "private_command", 0x42: "splice_command_type 0x42", SpliceInsert: "splice_insert", TimeSignal: "time_signal",
	} {
		if kind.String() != name {
			t.Errorf("%d is %s, want %s", kind, kind, name)
		}
	}
	for _, c := range []struct {
		kind      Command
		announced int
		command   string
		sound     bool
	}{
		{SpliceNull, 0, "", true}, {SpliceNull, legacyLength, "", true}, {BandwidthReservation, legacyLength, "", true},
		{SpliceSchedule, 3, "abc", true}, {PrivateCommand, 6, "ABCDxy", true}, {0x42, 1, "x", true},
		{SpliceSchedule, legacyLength, "abc", false}, {PrivateCommand, legacyLength, "ABCDxy", false},
		{TimeSignal, legacyLength, "\x7f", true}, {TimeSignal, legacyLength, "\xfe\x00\x00\x00\x01", true},
		{TimeSignal, 0, "", false}, {TimeSignal, 3, "\xfe\x00\x00", false},
	} {
		got, err := Decode(raw(c.kind, c.announced, []byte(c.command), descriptor(0, 0, 0, 1, 0x7F, 0xBF, 0, 0, 0x34, 0, 0)))
		if (err == nil) != c.sound || c.sound && (got.Command != c.kind || len(got.Segmentations) != 1) {
			t.Errorf("%s of announced %d: %+v, %v", c.kind, c.announced, got, err)
		}
	}
}

func TestSectionErrors(t *testing.T) {
	good := encode(t, library.NewTimeSignal(1))
	edit := func(at int, v byte) []byte {
		b := append([]byte(nil), good...)
		b[at] = v
		return b
	}
	for _, c := range []struct {
		name    string
		section []byte
		want    string
	}{
		{"nothing", nil, "table_id is not 0xFC"},
		{"another table", edit(0, 0), "table_id is not 0xFC"},
		{"a header", good[:15], "shorter than its header"},
		{"cut short", good[:len(good)-1], "announces 25 bytes and has 24"},
		{"too short by its own words", edit(2, 3), "less than its header"},
		{"encrypted", edit(4, 0x82), "encrypted"},
		{"command too long", edit(12, 0x40), "exceeds its section"},
		{"descriptors too long", edit(20, 9), "exceed their section"},
		{"one bit", edit(16, 1), "CRC_32 of the section is wrong"},
	} {
		got, err := Decode(c.section)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
		if whole := errors.Is(err, ErrChecksum); whole != (c.name == "one bit") || whole != got.Timed {
			t.Errorf("%s: %+v with %v", c.name, got, err)
		}
	}
	if c, err := Decode(append(append([]byte(nil), good...), 0, 0, 0)); err != nil || c.Time != 1 {
		t.Errorf("with bytes behind: %+v, %v", c, err)
	}
}

func TestDecodeString(t *testing.T) {
	// Sections with + and / in their base64, of each length modulo 3.
	for _, n := range []byte{0, 1, 2} {
		b := raw(TimeSignal, 5, []byte{0xFE, 0xFB, 0xEF, 0xBE, 0xFF}, append([]byte{0xF0, 4 + n, 'A', 'B', 'C', 'D'}, make([]byte, n)...))
		std := base64.StdEncoding.EncodeToString(b)
		upper := strings.ToUpper(hex.EncodeToString(b))
		for _, text := range []string{
			std, strings.TrimRight(std, "="), base64.URLEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b),
			" " + std + "\r\n", std[:8] + " \n\t" + std[8:], `"` + std + `"`, std + "==",
			"0x" + hex.EncodeToString(b), "0X" + upper, " 0x" + upper + " ", `"0x` + upper + `"`,
		} {
			if c, err := DecodeString(text); err != nil || c.Time != 0xFBEFBEFF {
				t.Errorf("%q: %+v, %v", text, c, err)
			}
		}
	}
	for text, want := range map[string]string{
		"": "no section", "\n": "no section", `""`: "no section", "0x": "0xFC", "0xF": "hexadecimal", "0xFG": "hexadecimal", "!!": "base64",
		"/DA": "shorter", "AAAA": "0xFC", strings.Repeat("A", 20_000): "longer than a section",
	} {
		if c, err := DecodeString(text); err == nil || !strings.Contains(err.Error(), want) || c.Command != 0 {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("/DAlAAAAAsvhAP/wFAXwAAAGf+/+AdLfiP4AG3dAAAEBAQAAXytxmQ==")
	f.Add("0xFC303E000000000000000000050680888462C900280226435545490000000100E000002932E00E1270636B5F4550303036373934303130333138220404EDA3A9F9")
	f.Add("/DARAAAAAAAAAP///wAAAE8lM5Y=")
	f.Add("/DAsAAAAAAAAAP/wBQb/rJxPUwAWAhRDVUVJcfQUJ3/fAAAAAAAADCMzMwYXMos=")
	f.Add("0x" + hex.EncodeToString(raw(SpliceInsert, legacyLength, []byte{0, 0, 0, 7, 0xFF}, descriptor(0, 0, 0, 1, 0x7F, 0x3F, 1, 0, 0, 0, 0, 0, 0, multiple, 3, 9, 1, 'x', 0x38, 1, 2, 3, 4))))
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Bytes(text)
		if err != nil {
			return
		}
		c, err := Decode(b)
		if err != nil && !errors.Is(err, ErrChecksum) {
			if !equal(t, c, Cue{}) {
				t.Fatalf("%+v with %v", c, err)
			}
			return
		}
		if c.Time >= clock || len(c.Segmentations) > 4096/6 {
			t.Fatalf("%+v", c)
		}
		previous := None
		for _, s := range c.Signals() {
			if s.Kind <= previous || s.Duration >= 1<<40 {
				t.Fatalf("%+v", c.Signals())
			}
			previous = s.Kind
		}
		for _, s := range c.Segmentations {
			for _, u := range s.UPIDs {
				u.Text()
			}
		}
		// What we read we read the same with anything behind it.
		if again, _ := Decode(append(b, 1, 2, 3)); !equal(t, c, again) {
			t.Fatalf("%+v and %+v", c, again)
		}
		if err == nil {
			b = b[:3+int(binary.BigEndian.Uint16(b[1:])&0xFFF)]
			sameAsLibrary(t, b)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	section, err := Bytes("/DA9AAAAAAAAAP/wBQb+uYbZqwAnAiVDVUVJAAAKqX//AAEjW4AMEU1EU05CMDAxMTMyMjE5M19ONAAAmXz5JA==")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(section); err != nil {
			b.Fatal(err)
		}
	}
}
