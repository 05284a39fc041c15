package scte35

import (
	"encoding/base64"
	"encoding/binary"
)

// Base64 is the cue as a splice_info_section in base64 (SCTE 35 §9.6), for a cue that
// was announced in XML. It writes what Cue has: the command and the segmentation
// descriptors; descriptors that do not fit into a section are left out.
func (c *Cue) Base64() string {
	b := make([]byte, headerSize, 64)
	b[0] = tableID
	b[4] = byte(c.Adjustment >> 32 & 1)
	binary.BigEndian.PutUint32(b[5:], uint32(c.Adjustment))
	command := c.appendCommand(nil)
	// cw_index 0xFF, tier, splice_command_length, splice_command_type
	b[9] = 0xFF
	b[10], b[11], b[12] = byte(c.Tier>>4), byte(c.Tier<<4)|byte(len(command)>>8), byte(len(command))
	b[13] = byte(c.Command)
	b = append(b, command...)
	var loop []byte
	for i := range c.Segmentations {
		const room = 4096 - 64
		if d := c.Segmentations[i].append(nil); len(d) <= 255 && len(b)+len(loop)+len(d)+2 < room {
			loop = append(append(loop, segmentationTag, byte(len(d))), d...)
		}
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(loop)))
	b = append(b, loop...)
	length := len(b) + checksumSize - 3
	binary.BigEndian.PutUint16(b[1:], 0x3000|uint16(length)) // sap_type 3: not specified
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, checksum(b)))
}

// appendTime writes a splice_time; Cue.Time has pts_adjustment added.
func (c *Cue) appendTime(dst []byte) []byte {
	if !c.Timed {
		return append(dst, 0x7F)
	}
	t := (c.Time - c.Adjustment) & (1<<33 - 1)
	dst = append(dst, 0xFE|byte(t>>32))
	return binary.BigEndian.AppendUint32(dst, uint32(t))
}

func (c *Cue) appendCommand(dst []byte) []byte {
	switch i := c.Insert; {
	case c.Command == TimeSignal:
		return c.appendTime(dst)
	case i == nil:
		return dst
	case i.Cancel:
		return append(binary.BigEndian.AppendUint32(dst, i.EventID), 0xFF)
	default:
		dst = append(binary.BigEndian.AppendUint32(dst, i.EventID), 0x7F)
		flags := byte(0x4F) // program_splice_flag and reserved bits
		if i.Out {
			flags |= 0x80
		}
		if i.Break != nil {
			flags |= 0x20
		}
		if i.Immediate {
			flags |= 0x10
		}
		if dst = append(dst, flags); !i.Immediate {
			dst = c.appendTime(dst)
		}
		if i.Break != nil {
			first := 0x7E | byte(i.Break.Duration>>32&1)
			if i.Break.AutoReturn {
				first |= 0x80
			}
			dst = binary.BigEndian.AppendUint32(append(dst, first), uint32(i.Break.Duration))
		}
		dst = binary.BigEndian.AppendUint16(dst, i.UniqueProgramID)
		return append(dst, i.AvailNum, i.AvailsExpected)
	}
}

// append writes a segmentation_descriptor without tag and length.
func (s *Segmentation) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, cuei)
	dst = binary.BigEndian.AppendUint32(dst, s.EventID)
	if s.Cancel {
		return append(dst, 0xFF)
	}
	flags := byte(0x80) // program_segmentation_flag
	if s.HasDuration {
		flags |= 0x40
	}
	if r := s.Restrictions; r == nil {
		flags |= 0x3F
	} else {
		for bit, set := range map[byte]bool{0x10: r.WebDeliveryAllowed, 0x08: r.NoRegionalBlackout, 0x04: r.ArchiveAllowed} {
			if set {
				flags |= bit
			}
		}
		flags |= r.Devices & 3
	}
	dst = append(dst, 0x7F, flags)
	if s.HasDuration {
		dst = append(dst, byte(s.Duration>>32))
		dst = binary.BigEndian.AppendUint32(dst, uint32(s.Duration))
	}
	dst = s.appendUPIDs(dst)
	return append(dst, byte(s.Type), s.Num, s.Expected)
}

func (s *Segmentation) appendUPIDs(dst []byte) []byte {
	if len(s.UPIDs) == 0 {
		return append(dst, 0, 0)
	}
	kind, data := s.UPIDs[0].Type, s.UPIDs[0].Data
	if len(s.UPIDs) > 1 {
		kind, data = multiple, nil
		for _, u := range s.UPIDs {
			data = append(append(data, u.Type, byte(len(u.Data))), u.Data...)
		}
	}
	if len(data) > 0xFF {
		return append(dst, 0, 0)
	}
	return append(append(dst, kind, byte(len(data))), data...)
}
