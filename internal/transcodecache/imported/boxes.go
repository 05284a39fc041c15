package imported

import (
	"encoding/binary"

	"stitcher/internal/manifest/dash/quantity"
)

// eachBox calls f for the boxes of b and for those within the boxes that hold
// others (ISO/IEC 14496-12 §4.2). What is cut off or malformed ends the walk.
func eachBox(b []byte, f func(kind string, body []byte)) {
	for len(b) >= 8 {
		size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
		if size == 1 && len(b) >= 16 {
			size, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size < head || size > uint64(len(b)) {
			return
		}
		kind, body := string(b[4:8]), b[head:size]
		f(kind, body)
		switch kind {
		case "moof", "traf", "moov", "trak", "mdia", "mvex", "minf", "stbl", "edts":
			eachBox(body, f)
		}
		b = b[size:]
	}
}

// fullBox splits a full box: its version, its flags and what follows.
func fullBox(b []byte) (version byte, flags uint32, rest []byte) {
	if len(b) < 4 {
		return 0, 0, nil
	}
	return b[0], binary.BigEndian.Uint32(b) & 0xFFFFFF, b[4:]
}

// number reads a big-endian number of 4 bytes at an offset; 0 where there is none.
func number(b []byte, at int) int64 {
	if at < 0 || len(b) < at+4 {
		return 0
	}
	return int64(binary.BigEndian.Uint32(b[at:]))
}

// mediaTrack is what an initialization section says of a track.
type mediaTrack struct {
	id        int64
	handler   string // "vide", "soun"
	timescale int64
	// usual is how long a sample lasts where a fragment does not say.
	usual int64
	// cut is the media time at which the track's edit list begins; 0 without one.
	cut int64
}

// leadingTrack is the track that a rendition's times are counted in: the first of
// video, else the first of sound.
func leadingTrack(init []byte) (mediaTrack, bool) {
	var tracks []mediaTrack
	usual := map[int64]int64{}
	eachBox(init, func(kind string, b []byte) {
		version, _, rest := fullBox(b)
		last := len(tracks) - 1
		switch {
		case kind == "tkhd":
			at := 8
			if version == 1 {
				at = 16
			}
			tracks = append(tracks, mediaTrack{id: number(rest, at)})
		case kind == "mdhd" && last >= 0:
			at := 8
			if version == 1 {
				at = 16
			}
			tracks[last].timescale = number(rest, at)
		case kind == "elst" && last >= 0:
			tracks[last].cut = firstEdit(version, rest)
		case kind == "hdlr" && last >= 0 && len(rest) >= 8 && tracks[last].handler == "":
			tracks[last].handler = string(rest[4:8])
		case kind == "trex":
			usual[number(rest, 0)] = number(rest, 8)
		}
	})
	for _, handler := range []string{"vide", "soun"} {
		for _, t := range tracks {
			if t.handler == handler && t.timescale > 0 {
				t.usual = usual[t.id]
				return t, true
			}
		}
	}
	return mediaTrack{}, false
}

// firstEdit is the media time at which an edit list begins; 0 where it has none.
func firstEdit(version byte, b []byte) int64 {
	entry := 12
	if version == 1 {
		entry = 20
	}
	for count, at := number(b, 0), 4; count > 0 && at+entry <= len(b); count, at = count-1, at+entry {
		media := int64(int32(number(b, at+4)))
		if version == 1 {
			media = int64(binary.BigEndian.Uint64(b[at+8:]))
		}
		if media >= 0 { // -1 is an empty edit
			return media
		}
	}
	return 0
}

// begin is the media time at which the first sample of the track in a segment is shown,
// in ticks.
func (t *mediaTrack) begin(segment []byte) int64 {
	var decode, shown int64
	mine, found := false, false
	eachBox(segment, func(kind string, b []byte) {
		version, flags, rest := fullBox(b)
		switch {
		case found:
		case kind == "tfhd":
			mine = number(rest, 0) == t.id
		case kind == "tfdt" && mine:
			if decode = number(rest, 0); version == 1 && len(rest) >= 8 {
				decode = int64(min(binary.BigEndian.Uint64(rest), quantity.MaxTicks))
			}
		case kind == "trun" && mine:
			shown, found = decode+composition(flags, rest), true
		}
	})
	return shown - t.cut
}

// composition is by how much the first sample of a track run is shown after it is
// decoded.
func composition(flags uint32, b []byte) int64 {
	if flags&0x800 == 0 {
		return 0
	}
	at := 4
	for _, bit := range []uint32{0x1, 0x4, 0x100, 0x200, 0x400} {
		if flags&bit != 0 {
			at += 4
		}
	}
	return int64(int32(number(b, at)))
}

// length is how long a segment's samples of the track last, in ticks.
func (t *mediaTrack) length(segment []byte) int64 {
	var sum, usual int64
	mine := false
	eachBox(segment, func(kind string, b []byte) {
		_, flags, rest := fullBox(b)
		switch kind {
		case "tfhd":
			mine, usual = number(rest, 0) == t.id, t.usual
			at := 4
			if flags&0x1 != 0 { // base data offset
				at += 8
			}
			if flags&0x2 != 0 { // sample description index
				at += 4
			}
			if flags&0x8 != 0 {
				usual = number(rest, at)
			}
		case "trun":
			if mine {
				sum += runLength(flags, rest, usual)
			}
		}
	})
	return sum
}

// runLength is how long the samples of a track run last (ISO/IEC 14496-12 §8.8.8).
func runLength(flags uint32, b []byte, usual int64) int64 {
	count, at := number(b, 0), 4
	for _, bit := range []uint32{0x1, 0x4} { // data offset, first sample's flags
		if flags&bit != 0 {
			at += 4
		}
	}
	size := 0
	for _, bit := range []uint32{0x100, 0x200, 0x400, 0x800} { // duration, size, flags, composition
		if flags&bit != 0 {
			size += 4
		}
	}
	if flags&0x100 == 0 {
		return count * usual
	}
	var sum int64
	for ; count > 0 && at+size <= len(b); count-- {
		sum += number(b, at)
		at += size
	}
	return sum
}
