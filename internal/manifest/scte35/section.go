package scte35

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// section is a splice_info_section taken apart (SCTE 35 table 5).
type section struct {
	kind        Command
	adjustment  uint64
	tier        uint16
	command     []byte
	descriptors []byte
	sound       bool // its CRC_32 is right
}

const (
	tableID = 0xFC
	// headerSize is the section up to and with splice_command_type.
	headerSize = 14
	// checksumSize is CRC_32.
	checksumSize = 4
	// legacyLength is the splice_command_length of encoders older than the
	// field: the command itself tells how long it is.
	legacyLength = 0xFFF
)

// cut takes a section apart and checks its lengths.
func cut(b []byte) (section, error) {
	if len(b) == 0 || b[0] != tableID {
		return section{}, errors.New("not a splice_info_section: table_id is not 0xFC")
	}
	if len(b) < headerSize+2+checksumSize {
		return section{}, fmt.Errorf("section of %d bytes is shorter than its header", len(b))
	}
	end := 3 + int(binary.BigEndian.Uint16(b[1:])&0xFFF)
	if end > len(b) {
		return section{}, fmt.Errorf("section announces %d bytes and has %d", end, len(b))
	}
	if end < headerSize+2+checksumSize {
		return section{}, fmt.Errorf("section announces %d bytes, less than its header", end)
	}
	b = b[:end]
	s := section{
		kind:       Command(b[13]),
		adjustment: uint64(b[4]&1)<<32 | uint64(binary.BigEndian.Uint32(b[5:])),
		tier:       binary.BigEndian.Uint16(b[10:]) >> 4,
		sound:      checksum(b) == 0,
	}
	if b[4]&0x80 != 0 && b[4]>>1&0x3F != 0 {
		return section{}, errors.New("section is encrypted")
	}
	rest := b[headerSize : end-checksumSize]
	length := int(binary.BigEndian.Uint16(b[11:]) & 0xFFF)
	if length == legacyLength {
		var ok bool
		if length, ok = s.kind.length(rest); !ok {
			return section{}, fmt.Errorf("%s does not say how long it is", s.kind)
		}
	}
	if length+2 > len(rest) {
		return section{}, fmt.Errorf("%s of %d bytes exceeds its section", s.kind, length)
	}
	s.command, rest = rest[:length], rest[length:]
	loop := int(binary.BigEndian.Uint16(rest))
	if rest = rest[2:]; loop > len(rest) {
		return section{}, fmt.Errorf("descriptors of %d bytes exceed their section", loop)
	}
	s.descriptors = rest[:loop]
	return s, nil
}

// checksum is the CRC_32 of ISO/IEC 13818-1 annex A; over bytes with their own
// checksum behind them it is 0.
func checksum(b []byte) uint32 {
	crc := ^uint32(0)
	for _, c := range b {
		crc = crc<<8 ^ checksums[byte(crc>>24)^c]
	}
	return crc
}

// checksums is the polynomial 0x04C11DB7 by bytes. hash/crc32 has only the
// reflected one.
var checksums = func() (table [256]uint32) {
	for i := range table {
		crc := uint32(i) << 24
		for range 8 {
			if crc&(1<<31) != 0 {
				crc = crc<<1 ^ 0x04C11DB7
			} else {
				crc <<= 1
			}
		}
		table[i] = crc
	}
	return table
}()
