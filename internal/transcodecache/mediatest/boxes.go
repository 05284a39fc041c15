package mediatest

import (
	"encoding/binary"
	"testing"
)

// Fragment is what the boxes of a CMAF segment say: when its first sample is
// decoded and shown, and how long all of them last, in the track's timescale.
type Fragment struct{ Decode, Show, Length int64 }

// Boxes walks the boxes of b, into those that hold boxes.
func Boxes(b []byte, f func(kind string, body []byte)) {
	for len(b) >= 8 {
		n := int(binary.BigEndian.Uint32(b))
		if n < 8 || n > len(b) {
			return
		}
		kind := string(b[4:8])
		switch kind {
		case "moof", "traf", "moov", "trak", "mdia":
			Boxes(b[8:n], f)
		default:
			f(kind, b[8:n])
		}
		b = b[n:]
	}
}

// Timescale is the timescale of an initialization section without an edit list.
func Timescale(t *testing.T, init []byte) int64 {
	t.Helper()
	var scale int64
	Boxes(init, func(kind string, b []byte) {
		switch kind {
		case "mdhd":
			scale = int64(binary.BigEndian.Uint32(b[12:]))
		case "edts":
			t.Error("the initialization section has an edit list")
		}
	})
	return scale
}

// ParseFragment reads a CMAF segment of one moof with one track.
func ParseFragment(t *testing.T, segment []byte) Fragment {
	t.Helper()
	var f Fragment
	var usual int64
	moofs := 0
	Boxes(segment, func(kind string, b []byte) {
		switch kind {
		case "mfhd":
			moofs++
		case "tfhd":
			flags, at := binary.BigEndian.Uint32(b)&0xFFFFFF, 8
			if flags&1 != 0 {
				t.Error("a base data offset is against CMAF")
			}
			if flags&2 != 0 {
				at += 4
			}
			if flags&8 != 0 {
				usual = int64(binary.BigEndian.Uint32(b[at:]))
			}
		case "tfdt":
			if f.Decode = int64(binary.BigEndian.Uint32(b[4:])); b[0] == 1 {
				f.Decode = int64(binary.BigEndian.Uint64(b[4:]))
			}
		case "trun":
			flags, count, at := binary.BigEndian.Uint32(b)&0xFFFFFF, int(binary.BigEndian.Uint32(b[4:])), 8
			for _, bit := range []uint32{1, 4} {
				if flags&bit != 0 {
					at += 4
				}
			}
			for i := range count {
				length := usual
				if flags&0x100 != 0 {
					length = int64(binary.BigEndian.Uint32(b[at:]))
					at += 4
				}
				f.Length += length
				for _, bit := range []uint32{0x200, 0x400} {
					if flags&bit != 0 {
						at += 4
					}
				}
				if flags&0x800 != 0 {
					if i == 0 {
						f.Show = int64(int32(binary.BigEndian.Uint32(b[at:])))
					}
					at += 4
				}
			}
		}
	})
	if moofs != 1 {
		t.Errorf("a segment has %d fragments", moofs)
	}
	f.Show += f.Decode
	return f
}

// Body is the body of the first box of a kind.
func Body(b []byte, kind string) []byte {
	var found []byte
	Boxes(b, func(k string, body []byte) {
		if k == kind && found == nil {
			found = body
		}
	})
	return found
}
