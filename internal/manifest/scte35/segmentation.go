package scte35

import "encoding/binary"

// Segmentation is a segmentation_descriptor (SCTE 35 §10.3.3).
type Segmentation struct {
	EventID uint32
	// Cancel takes an earlier descriptor of the id back; all else is zero.
	Cancel bool
	Type   Type
	// Duration is in 90 kHz ticks, where HasDuration.
	Duration    uint64
	HasDuration bool
	Num         uint8
	Expected    uint8
	// SubSegment is the position among sub-segments; nil where not given.
	SubSegment *SubSegment
	// Restrictions is nil where delivery_not_restricted_flag is set.
	Restrictions *Restrictions
	// UPIDs are the identifiers, those of a MID one by one.
	UPIDs []UPID
}

// SubSegment is sub_segment_num and sub_segments_expected.
type SubSegment struct{ Num, Expected uint8 }

// Restrictions are the delivery restrictions of a segmentation descriptor.
type Restrictions struct {
	WebDeliveryAllowed bool
	NoRegionalBlackout bool
	ArchiveAllowed     bool
	// Devices is device_restrictions: 3 is no restriction.
	Devices uint8
}

const (
	segmentationTag = 0x02
	// cuei is the identifier of SCTE's own descriptors.
	cuei = 0x43554549
)

// descriptors reads the descriptor loop. One that can't be read is left out;
// those of other tags and owners say nothing of avails.
func (c *Cue) descriptors(loop []byte) {
	for len(loop) > 0 {
		if len(loop) < 2 || 2+int(loop[1]) > len(loop) {
			c.Unread++
			return
		}
		tag, body := loop[0], loop[2:2+int(loop[1])]
		loop = loop[2+len(body):]
		if tag != segmentationTag || len(body) < 4 || binary.BigEndian.Uint32(body) != cuei {
			continue
		}
		if s, ok := readSegmentation(body[4:]); ok {
			c.Segmentations = append(c.Segmentations, s)
		} else {
			c.Unread++
		}
	}
}

// readSegmentation reads what follows the descriptor's identifier.
func readSegmentation(b []byte) (Segmentation, bool) {
	if len(b) < 5 {
		return Segmentation{}, false
	}
	s := Segmentation{EventID: binary.BigEndian.Uint32(b), Cancel: b[4]&0x80 != 0}
	if s.Cancel {
		return s, true
	}
	if b = b[5:]; len(b) == 0 {
		return Segmentation{}, false
	}
	flags := b[0]
	b = b[1:]
	if flags&0x20 == 0 {
		s.Restrictions = &Restrictions{
			WebDeliveryAllowed: flags&0x10 != 0, NoRegionalBlackout: flags&0x08 != 0,
			ArchiveAllowed: flags&0x04 != 0, Devices: flags & 0x03,
		}
	}
	if flags&0x80 == 0 {
		// Components, six bytes each: offsets of single streams.
		if len(b) == 0 || len(b) < 1+6*int(b[0]) {
			return Segmentation{}, false
		}
		b = b[1+6*int(b[0]):]
	}
	if flags&0x40 != 0 {
		if len(b) < 5 {
			return Segmentation{}, false
		}
		s.Duration, s.HasDuration = uint64(b[0])<<32|uint64(binary.BigEndian.Uint32(b[1:])), true
		b = b[5:]
	}
	return s, s.position(b)
}

// position reads the UPID and what stands behind it.
func (s *Segmentation) position(b []byte) bool {
	const behind = 3 // type, number, expected
	if len(b) < 2+behind {
		return false
	}
	kind, length := b[0], int(b[1])
	b = b[2:]
	// Encoders write the length of a UPID that they then leave out or write
	// shorter (a UMID is 32 bytes by the standard, whatever follows). The
	// three bytes behind it are always there.
	length = min(length, len(b)-behind)
	s.UPIDs = readUPIDs(kind, b[:length])
	b = b[length:]
	s.Type, s.Num, s.Expected = Type(b[0]), b[1], b[2]
	if b = b[behind:]; len(b) >= 2 && s.Type.subSegmented() {
		s.SubSegment = &SubSegment{b[0], b[1]}
	}
	return true
}
