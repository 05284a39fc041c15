package rollup

import (
	"slices"
	"strconv"
	"time"
)

// Level is the length of a block in seconds, but Minutes is the minutes of an hour.
type Level int64

// The levels.
const (
	Minutes Level = 60
	Hour    Level = hourSeconds
	Day     Level = daySeconds
)

const (
	hourSeconds = 3600
	daySeconds  = 24 * hourSeconds
)

// MinutesKept is how long the sums of minutes are kept. Those of hours and days are
// kept for as long as the operator wants.
const MinutesKept = 7 * 24 * time.Hour

// Piece names a block.
type Piece struct {
	Level Level
	// At is when it begins, Unix seconds.
	At int64
}

// Day is when the piece's day begins.
func (p Piece) Day() int64 { return floor(p.At, daySeconds) }

// Hour is the number of the piece's hour in its day.
func (p Piece) Hour() int { return int(p.At-p.Day()) / hourSeconds }

// Want is what a query reads.
type Want struct {
	// Bounds are the times, in ascending order and of whole minutes, that no row may
	// stand across. What is before the first and after the last is not wanted.
	Bounds []time.Time
	// Dims are the dimensions, Measures the measures that are wanted.
	Dims     []int
	Measures []string
}

// Columns are the names of the columns that are wanted.
func (w *Want) Columns() []string {
	names := []string{sizeColumn, minuteColumn}
	for _, d := range w.Dims {
		names = append(names, dimensionColumn(d))
	}
	for _, m := range w.Measures {
		names = append(names, measureColumn+m)
	}
	return names
}

// Pieces are the largest blocks that make up what is wanted, in ascending order.
func (w *Want) Pieces() []Piece {
	var list []Piece
	if len(w.Bounds) < 2 {
		return nil
	}
	bounds := make([]int64, len(w.Bounds))
	for i, b := range w.Bounds {
		bounds[i] = b.Unix()
	}
	for at := floor(bounds[0], hourSeconds); at < bounds[len(bounds)-1]; {
		level := Minutes
		switch {
		case at%daySeconds == 0 && within(bounds, at, at+daySeconds):
			level = Day
		case within(bounds, at, at+hourSeconds):
			level = Hour
		}
		list = append(list, Piece{level, at})
		at += max(int64(level), hourSeconds)
	}
	return list
}

// Missing are the blocks of the hours of a day that whole does not have: see
// Folding.
func Missing(day int64, whole uint32) (list []Piece) {
	for h := range 24 {
		if whole&(1<<h) == 0 {
			list = append(list, Piece{Hour, day + int64(h)*hourSeconds})
		}
	}
	return list
}

// within is whether a span has no bound inside and is in the range of bounds.
func within(bounds []int64, from, to int64) bool {
	i, found := slices.BinarySearch(bounds, from)
	if !found {
		i--
	}
	return i >= 0 && i+1 < len(bounds) && bounds[i+1] >= to
}

// Run is pieces of a level that follow each other without a gap: when the first begins
// and when the last ends.
type Run struct {
	Level    Level
	From, To int64
}

// Runs joins the pieces that follow each other.
func Runs(pieces []Piece) []Run {
	var list []Run
	for _, p := range pieces {
		end := p.At + max(int64(p.Level), hourSeconds)
		if n := len(list); n > 0 && list[n-1].Level == p.Level && list[n-1].To == p.At {
			list[n-1].To = end
			continue
		}
		list = append(list, Run{p.Level, p.At, end})
	}
	return list
}

func dimensionColumn(d int) string { return "d" + strconv.Itoa(d) }

func floor(at, step int64) int64 {
	if at < 0 && at%step != 0 {
		return at - at%step - step
	}
	return at - at%step
}
