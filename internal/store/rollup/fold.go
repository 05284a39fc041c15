package rollup

import "time"

// Folding is a day whose blocks take up deltas.
type Folding struct {
	// Day is when it begins, Unix seconds.
	Day int64
	// Whole are the hours that are in the block of the day, a bit for each. Deltas of
	// the others are in the blocks of their hours only.
	Whole uint32
	// Load reads all columns of a block; none is an empty one.
	Load func(Piece) (Columns, error)
	// Changed are the blocks to be stored.
	Changed map[Piece]Columns
}

// settle is how long after its end an hour is taken into the block of its day. What
// comes later is added to both.
const settle = 5 * time.Minute

// Closing are the days that may have hours to be taken into the block of the day,
// though nothing was added to them.
func Closing(now time.Time) []int64 {
	today := floor(now.Unix(), daySeconds)
	return []int64{today, today - daySeconds}
}

// Fold takes up the deltas of the day, and says whether anything has changed.
func (f *Folding) Fold(deltas Deltas, now time.Time) (bool, error) {
	before := f.Whole
	err := f.fold(deltas, now)
	return len(f.Changed) > 0 || f.Whole != before, err
}

func (f *Folding) fold(deltas Deltas, now time.Time) error {
	f.Changed = map[Piece]Columns{}
	hours, minutes := map[int64]*table{}, map[int64]*table{}
	var day *table
	load := func(p Piece, of *table) (*table, error) {
		if of != nil {
			return of, nil
		}
		t := newTable()
		columns, err := f.Load(p)
		if err == nil && len(columns) > 0 {
			err = t.read(p, columns)
		}
		return t, err
	}
	var err error
	for k, n := range deltas {
		at := floor(k.Minute*60, hourSeconds)
		h, p := hours[at], Piece{Hour, at}
		if h, err = load(p, h); err != nil {
			return err
		}
		hours[at] = h
		group := h.place(k.Group)
		h.add(0, group, k.Measure, n)
		if now.Sub(time.Unix(at+hourSeconds, 0)) < MinutesKept {
			if minutes[at], err = load(Piece{Minutes, at}, minutes[at]); err != nil {
				return err
			}
			minutes[at].add(byte((k.Minute*60-at)/60), group, k.Measure, n)
		}
		if f.Whole&(1<<p.Hour()) != 0 {
			if day, err = load(Piece{Day, f.Day}, day); err != nil {
				return err
			}
			day.add(0, group, k.Measure, n)
		}
	}
	for i := range 24 {
		at := f.Day + int64(i)*hourSeconds
		if f.Whole&(1<<i) != 0 || now.Before(time.Unix(at+hourSeconds, 0).Add(settle)) {
			continue
		}
		h, err := load(Piece{Hour, at}, hours[at])
		if err == nil && len(h.keys) > 0 {
			if day, err = load(Piece{Day, f.Day}, day); err == nil {
				day.merge(h)
			}
		}
		if err != nil {
			return err
		}
		f.Whole |= 1 << i
	}
	for at, t := range hours {
		f.Changed[Piece{Hour, at}] = t.columns(Hour)
	}
	for at, t := range minutes {
		f.Changed[Piece{Minutes, at}] = t.columns(Minutes)
	}
	if day != nil {
		f.Changed[Piece{Day, f.Day}] = day.columns(Day)
	}
	return nil
}
