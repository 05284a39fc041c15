package profile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
)

// VideoCodecs is what CODECS has to say of the video of a segment or an
// initialization section (RFC 6381 §3.3, ISO/IEC 14496-15 annex E); "" where it
// doesn't show.
func VideoCodecs(codec string, b []byte) string {
	switch codec {
	case "h264":
		return avcString(b)
	case "hevc":
		return hevcString(b)
	}
	return ""
}

// avcString reads an AVCDecoderConfigurationRecord or, in a transport stream, the
// sequence parameter set: both tell profile, constraints and level in three bytes.
func avcString(b []byte) string {
	if _, record, ok := bytes.Cut(b, []byte("avcC")); ok && len(record) >= 4 {
		return fmt.Sprintf("avc1.%02x%02x%02x", record[1], record[2], record[3])
	}
	const sequenceParameterSet = 7
	for unit := range units(b) {
		if len(unit) >= 4 && unit[0]&0x1F == sequenceParameterSet {
			return fmt.Sprintf("avc1.%02x%02x%02x", unit[1], unit[2], unit[3])
		}
	}
	return ""
}

// hevcString reads an HEVCDecoderConfigurationRecord or, in a transport stream, the
// sequence parameter set, which have profile, tier and level in the same form.
func hevcString(b []byte) string {
	if _, record, ok := bytes.Cut(b, []byte("hvcC")); ok && len(record) >= 13 {
		return tierString(record[1:13])
	}
	const sequenceParameterSet = 33
	for unit := range units(b) {
		// Two bytes of header; one with the set's id and its number of sub-layers.
		if unit = unescape(unit); len(unit) >= 15 && unit[0]>>1&0x3F == sequenceParameterSet {
			return tierString(unit[3:15])
		}
	}
	return ""
}

// tierString writes the twelve bytes of general profile, tier and level.
func tierString(b []byte) string {
	space := []string{"", "A", "B", "C"}[b[0]>>6]
	tier := "L"
	if b[0]&0x20 != 0 {
		tier = "H"
	}
	s := fmt.Sprintf("hvc1.%s%d.%X.%s%d", space, b[0]&0x1F, bits.Reverse32(binary.BigEndian.Uint32(b[1:])), tier, b[11])
	for _, constraint := range bytes.TrimRight(b[5:11], "\x00") {
		s += fmt.Sprintf(".%X", constraint)
	}
	return s
}

// units are the NAL units of the first transport stream packets that have any, as
// far as they go without a break.
func units(b []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for _, stream := range payloads(b) {
			for {
				_, rest, ok := bytes.Cut(stream, []byte{0, 0, 1})
				if !ok {
					break
				}
				unit, _, _ := bytes.Cut(rest, []byte{0, 0, 1})
				if !yield(unit) {
					return
				}
				stream = rest
			}
		}
	}
}

// payloads joins what the packets of each elementary stream carry, in the order of
// their appearance. Parameter sets stand at the head, so a part of the segment is
// enough.
func payloads(b []byte) [][]byte {
	const packet, most = 188, 64 << 10
	var list [][]byte
	index := map[uint16]int{}
	for b = b[:min(len(b), most)]; len(b) >= packet && b[0] == 0x47; b = b[packet:] {
		pid := binary.BigEndian.Uint16(b[1:]) & 0x1FFF
		at := 4
		if b[3]&0x20 != 0 { // adaptation field
			at += 1 + int(b[4])
		}
		if b[3]&0x10 == 0 || at >= packet {
			continue
		}
		i, ok := index[pid]
		if !ok {
			i = len(list)
			index[pid], list = i, append(list, nil)
		}
		list[i] = append(list[i], b[at:packet]...)
	}
	return list
}

// unescape takes the emulation prevention bytes out of a NAL unit (ISO/IEC 23008-2
// §7.3.1.1).
func unescape(unit []byte) []byte { return bytes.ReplaceAll(unit, []byte{0, 0, 3}, []byte{0, 0}) }

// JoinCodecs joins the codecs of a rendition that are known.
func JoinCodecs(parts ...string) string {
	var known []string
	for _, p := range parts {
		if p != "" {
			known = append(known, p)
		}
	}
	return strings.Join(known, ",")
}
