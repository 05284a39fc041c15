package gzipped

import (
	"bytes"
	"compress/gzip"
	"hash/crc32"
	"io"
	"strings"
	"testing"
)

// inflate reads one gzip member, its checksum and its length checked.
func inflate(t testing.TB, b []byte) []byte {
	t.Helper()
	in := bytes.NewReader(b)
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false)
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if in.Len() > 0 {
		t.Fatalf("%d bytes follow the member", in.Len())
	}
	return plain
}

// TestCRCShift: checksums of parts make that of the whole.
func TestCRCShift(t *testing.T) {
	text := []byte(strings.Repeat("#EXTINF:6.000,\nsegment.ts\n", 4000))
	for _, n := range []int{0, 1, 7, 64, 1000, 65_537, len(text)} {
		a, b := text[:n], text[n:]
		sum := crcShift(crc32.ChecksumIEEE(a), uint32(len(b))) ^ crc32.ChecksumIEEE(b)
		if want := crc32.ChecksumIEEE(text); sum != want {
			t.Errorf("cut at %d: %x, want %x", n, sum, want)
		}
	}
}

// FuzzDeflate holds the line encoder to an inflater that is not ours, with text
// of any kind before and behind.
func FuzzDeflate(f *testing.F) {
	f.Add([]byte("#EXTINF:4,\na1.ts\n#EXTINF:4,\na2.ts\n"), uint16(0), uint16(40))
	f.Add([]byte("\n\n\nabcdabcdabcd\nabcdabcd\xff\x00\xfe"), uint16(3), uint16(9))
	f.Add([]byte(strings.Repeat("x", 700)+"\n"+strings.Repeat("x", 700)+"\n"), uint16(0), uint16(100))
	f.Fuzz(func(t *testing.T, text []byte, a, b uint16) {
		from := min(int(a), len(text))
		to := min(from+int(b), len(text))
		var d deflater
		d.begin([]byte(header))
		d.lines(text, 0, from)
		d.lines(text, from, to)
		d.bytes(nil)
		d.lines(text, to, len(text))
		out := d.finish()
		sum := crc32.ChecksumIEEE(text)
		n := len(text)
		out = append(out, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24), byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
		if !bytes.Equal(inflate(t, out), text) {
			t.Error("inflates to something else")
		}
	})
}
