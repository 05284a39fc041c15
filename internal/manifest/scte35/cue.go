package scte35

import "errors"

// ErrChecksum says that a section was read to its end but that its CRC_32 is
// not that of its bytes (SCTE 35 §9.6.1). The cue that comes with it is what
// was read: tools that rewrite sections in playlists leave the old checksum, or
// none, behind, while a section cut short is another error. Who opens an avail
// by it and who does not is the caller's decision.
var ErrChecksum = errors.New("CRC_32 of the section is wrong")

// Cue is a splice_info_section (SCTE 35 §9.6).
type Cue struct {
	Command Command
	// Adjustment is pts_adjustment in 90 kHz ticks; Time has it added.
	Adjustment uint64
	// Tier is the authorisation tier; 0xFFF is everyone.
	Tier uint16
	// Time is the splice time in 90 kHz ticks of the stream's 33-bit clock,
	// where Timed; else the splice is immediate, or the command has no time.
	Time  uint64
	Timed bool
	// Insert is the splice_insert; nil with another command.
	Insert *Insert
	// Segmentations are the segmentation descriptors, in order.
	Segmentations []Segmentation
	// Unread counts descriptors that could not be read and are left out.
	Unread int
}

// Insert is what only a splice_insert says (SCTE 35 §9.7.3).
type Insert struct {
	EventID uint32
	// Cancel takes an earlier splice_insert of the id back; all else is zero.
	Cancel bool
	// Out is out_of_network_indicator: true opens an avail, false returns.
	Out bool
	// Immediate is splice_immediate_flag.
	Immediate bool
	// Break is break_duration; nil where none is announced.
	Break           *Break
	UniqueProgramID uint16
	AvailNum        uint8
	AvailsExpected  uint8
}

// Break is the announced length of an avail (SCTE 35 §9.8.2).
type Break struct {
	// Duration is in 90 kHz ticks.
	Duration uint64
	// AutoReturn says that no command will follow at the break's end.
	AutoReturn bool
}

// Decode reads a section. Bytes behind its announced length are ignored. An
// error wraps ErrChecksum where all was read and only the checksum is wrong;
// the cue is then complete. With any other error the cue is empty.
func Decode(b []byte) (Cue, error) {
	s, err := cut(b)
	if err != nil {
		return Cue{}, err
	}
	c := Cue{Command: s.kind, Adjustment: s.adjustment, Tier: s.tier}
	if err := c.command(s.command); err != nil {
		return Cue{}, err
	}
	c.descriptors(s.descriptors)
	if !s.sound {
		return c, ErrChecksum
	}
	return c, nil
}
