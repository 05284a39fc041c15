package scte35

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/Comcast/scte35-go/pkg/scte35"
)

// Command is a splice_command_type (SCTE 35 table 7).
type Command uint8

// The commands.
const (
	SpliceNull           Command = 0x00
	SpliceSchedule       Command = 0x04
	SpliceInsert         Command = 0x05
	TimeSignal           Command = 0x06
	BandwidthReservation Command = 0x07
	PrivateCommand       Command = 0xFF
)

// String is the command's name in the standard.
func (c Command) String() string {
	switch c {
	case SpliceNull:
		return "splice_null"
	case SpliceSchedule:
		return "splice_schedule"
	case SpliceInsert:
		return "splice_insert"
	case TimeSignal:
		return "time_signal"
	case BandwidthReservation:
		return "bandwidth_reservation"
	case PrivateCommand:
		return "private_command"
	}
	return fmt.Sprintf("splice_command_type 0x%02x", uint8(c))
}

// length is how long a command that stands at the beginning of b is by its own
// flags; false where that can't be told.
func (c Command) length(b []byte) (int, bool) {
	switch c {
	case SpliceNull, BandwidthReservation:
		return 0, true
	case TimeSignal:
		return timeLength(b), len(b) > 0
	case SpliceInsert:
		return insertLength(b)
	case SpliceSchedule, PrivateCommand:
	}
	return 0, false
}

// timeLength is the length of a splice_time: with a time or without.
func timeLength(b []byte) int {
	if len(b) > 0 && b[0]&0x80 != 0 {
		return 5
	}
	return 1
}

// insertLength is the length of a splice_insert (SCTE 35 table 10).
func insertLength(b []byte) (int, bool) {
	if len(b) < 6 {
		return 0, false
	}
	if cancelled(b) {
		return 5, true
	}
	program, duration, immediate := b[5]&0x40 != 0, b[5]&0x20 != 0, b[5]&0x10 != 0
	n := 6
	switch {
	case program && !immediate:
		n += timeLength(b[n:])
	case !program:
		if len(b) == n {
			return 0, false
		}
		components := int(b[n])
		n++
		for range components {
			if n++; !immediate {
				n += timeLength(b[min(n, len(b)):])
			}
		}
	}
	if duration {
		n += 5
	}
	return n + 4, true
}

// cancelled is splice_event_cancel_indicator of a splice_insert.
func cancelled(insert []byte) bool { return insert[4]&0x80 != 0 }

// command reads the command.
func (c *Cue) command(b []byte) error {
	switch c.Command {
	case SpliceInsert:
		return c.insert(b)
	case TimeSignal:
		command, err := read(TimeSignal, b)
		if err != nil {
			return err
		}
		if signal, ok := command.(*scte35.TimeSignal); ok {
			c.time(signal.SpliceTime.PTSTime)
		}
	case SpliceNull, SpliceSchedule, BandwidthReservation, PrivateCommand:
		// They neither open nor close an avail here and now.
	}
	return nil
}

// insert reads a splice_insert.
func (c *Cue) insert(b []byte) error {
	if len(b) >= 5 && cancelled(b) {
		// The library goes on reading where a cancelled one has ended.
		c.Insert = &Insert{EventID: binary.BigEndian.Uint32(b), Cancel: true}
		return nil
	}
	command, err := read(SpliceInsert, b)
	if err != nil {
		return err
	}
	insert, ok := command.(*scte35.SpliceInsert)
	if !ok {
		return errors.New("splice_insert can't be read")
	}
	c.Insert = &Insert{
		EventID: insert.SpliceEventID, Out: insert.OutOfNetworkIndicator, Immediate: insert.SpliceImmediateFlag,
		UniqueProgramID: uint16(insert.UniqueProgramID), AvailNum: uint8(insert.AvailNum), AvailsExpected: uint8(insert.AvailsExpected),
	}
	if d := insert.BreakDuration; d != nil {
		c.Insert.Break = &Break{Duration: d.Duration, AutoReturn: d.AutoReturn}
	}
	if insert.Program != nil {
		c.time(insert.Program.SpliceTime.PTSTime)
	} else if len(insert.Components) > 0 && insert.Components[0].SpliceTime != nil {
		c.time(insert.Components[0].SpliceTime.PTSTime)
	}
	return nil
}

// read has the library read a command, in a section of its own: it refuses a
// command for what stands behind it. What encoders leave behind the command's
// own end, within its announced length, is ignored.
func read(kind Command, b []byte) (scte35.SpliceCommand, error) {
	length, ok := kind.length(b)
	if !ok || length > len(b) {
		return nil, fmt.Errorf("%s of %d bytes is cut short", kind, len(b))
	}
	alone := make([]byte, headerSize, headerSize+length+2+checksumSize)
	alone[0], alone[12], alone[13] = tableID, byte(length), byte(kind)
	alone[11] = byte(length >> 8)
	alone = append(alone, b[:length]...)
	alone = append(alone, 0, 0)
	alone = binary.BigEndian.AppendUint32(alone, checksum(alone))
	var s scte35.SpliceInfoSection
	if err := s.Decode(alone); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return s.SpliceCommand, nil
}

// clock is the modulus of MPEG-2 timestamps.
const clock = 1 << 33

// time sets the splice time: pts_time plus pts_adjustment on the 33-bit clock
// (SCTE 35 §9.6.1; field failure B-32).
func (c *Cue) time(pts *uint64) {
	if pts != nil {
		c.Time, c.Timed = (*pts+c.Adjustment)%clock, true
	}
}
