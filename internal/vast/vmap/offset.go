package vmap

import (
	"strconv"
	"strings"

	"stitcher/internal/vast/macro"
	"stitcher/internal/vast/markup"
)

// OffsetKind is the form of a TimeOffset.
type OffsetKind int

// The forms of timeOffset (VMAP 1.0.1 §2.3.1).
const (
	// OffsetTime is a time since the start of the content: TimeOffset.Time.
	OffsetTime OffsetKind = iota + 1
	// OffsetPercent is a part of the content's duration: TimeOffset.Part.
	OffsetPercent
	// OffsetStart is before the content.
	OffsetStart
	// OffsetEnd is after the content.
	OffsetEnd
	// OffsetPosition is the n-th avail of the content: TimeOffset.Position.
	OffsetPosition
)

// TimeOffset says when a break is to be shown.
type TimeOffset struct {
	Kind OffsetKind
	// Time in microseconds.
	Time int64
	// Part is millionths of the duration.
	Part int64
	// Position counts avails from 1.
	Position int
}

// ParseTimeOffset reads hh:mm:ss[.mmm], n%, start, end or #n.
func ParseTimeOffset(text string) (TimeOffset, bool) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "start":
		return TimeOffset{Kind: OffsetStart}, true
	case "end":
		return TimeOffset{Kind: OffsetEnd}, true
	}
	if number, ok := strings.CutPrefix(text, "#"); ok {
		n, err := strconv.Atoi(strings.TrimSpace(number))
		return TimeOffset{Kind: OffsetPosition, Position: n}, err == nil && n > 0
	}
	if number, ok := strings.CutSuffix(text, "%"); ok {
		part, ok := markup.ParsePercent(number)
		return TimeOffset{Kind: OffsetPercent, Part: part}, ok
	}
	at, ok := markup.ParseDuration(text)
	return TimeOffset{Kind: OffsetTime, Time: at}, ok
}

// In is the offset in content of a duration, both in microseconds. ok is
// false for a position, which only avails of the content have, for a part of
// content whose duration is not known (0, live), and past the end.
func (o TimeOffset) In(duration int64) (at int64, ok bool) {
	switch o.Kind {
	case OffsetStart:
		return 0, true
	case OffsetTime:
		return o.Time, duration <= 0 || o.Time <= duration
	case OffsetEnd:
		return duration, duration > 0
	case OffsetPercent:
		whole, rest := duration/1_000_000, duration%1_000_000 // keeps the product small
		return whole*o.Part + rest*o.Part/1_000_000, duration > 0
	case OffsetPosition:
	}
	return 0, false
}

// Position is [BREAKPOSITION] of the break in content of a duration in
// microseconds: what begins with it is a pre-roll, what ends it a post-roll.
func (b *Break) Position(duration int64) macro.BreakPosition {
	at, ok := b.Offset.In(duration)
	switch {
	case b.Offset.Kind == OffsetEnd || ok && duration > 0 && at >= duration:
		return macro.PostRoll
	case ok && at == 0:
		return macro.PreRoll
	}
	return macro.MidRoll
}

// Times are the offsets of the break and its repetitions in content of a
// duration, in microseconds, at most MaxBreaks. None is a break that has no
// place in such content.
func (b *Break) Times(duration int64) []int64 {
	at, ok := b.Offset.In(duration)
	if !ok {
		return nil
	}
	times := []int64{at}
	for b.RepeatAfter > 0 && len(times) < MaxBreaks {
		if at += b.RepeatAfter; at >= duration {
			break
		}
		times = append(times, at)
	}
	return times
}
