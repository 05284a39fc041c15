package rollup

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGroup: a group is read as it was written, whatever its values are; long ones are
// cut.
func TestGroup(t *testing.T) {
	for _, g := range []Group{{}, {Configuration: "c"}, {Reason: "r"}, {Ad: `"<script>`, Creative: "ü\n=1+1"}} {
		if got := ParseGroup(g.Key()); got != g {
			t.Errorf("%q is read as %q", g, got)
		}
	}
	g := ParseGroup(Group{Ad: strings.Repeat("é", 300) + "\xff", Campaign: "a\x00b\xff", Host: "h"}.Key())
	if len(g[Ad]) != maxValue || g[Campaign] != "ab" || g[Host] != "h" {
		t.Errorf("%d bytes, %q, %q", len(g[Ad]), g[Campaign], g[Host])
	}
	if o := (Group{Configuration: "c", Ad: "a", Reason: "r"}).Overflow(); o != (Group{Configuration: "c", Ad: other, Reason: "r"}) {
		t.Errorf("overflow %q", o)
	}
}

// TestDeltas: deltas are read as they were written, and bytes that are none are an error.
func TestDeltas(t *testing.T) {
	want := Deltas{{7, "m", "a b\x00 c"}: math.MinInt64, {-1, "n", ""}: 5}
	got := Deltas{}
	if err := got.Decode(want.Encode()); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v is read as %v, %v", want, got, err)
	}
	for _, text := range []string{"\x05", "\x01x", "\x031 m", "\x041 m "} {
		if err := (Deltas{}).Decode([]byte(text)); err == nil {
			t.Errorf("%q is no error", text)
		}
	}
}

// TestColumn: the numbers of a column are read as they were written: small and great,
// with gaps of every length.
func TestColumn(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 500 {
		list := make([]int64, random.IntN(200))
		by := make([]uint32, len(list))
		for i := range list {
			by[i] = uint32(i)
			if random.IntN(1+round%20) == 0 {
				list[i] = random.Int64() >> random.IntN(64) * (1 - 2*random.Int64N(2))
			}
		}
		got := make([]int64, len(list))
		c := packColumn(list)
		if err := c.sum(by, got); err != nil || !slices.Equal(got, list) {
			t.Fatalf("%v is read as %v, %v", list, got, err)
		}
		for n := range c {
			if err := c[:n].sum(by, make([]int64, len(list))); err == nil && n > 0 && n > len(c)-2 {
				t.Fatalf("%d bytes of %v are no error", n, c)
			}
		}
	}
}

// TestValues: a dimension is read as it was written, with any number of values.
func TestValues(t *testing.T) {
	for _, n := range []int{0, 1, 2, 256, 257, 70_000} {
		rows := make([]string, n)
		for i := range rows {
			rows[i] = fmt.Sprint(i)
		}
		v, err := unpackValues(packValues(rows), n)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range rows {
			if v.Text[v.Of[i]] != want {
				t.Fatalf("row %d of %d is %q", i, n, v.Text[v.Of[i]])
			}
		}
	}
	if _, err := unpackValues([]byte{1, 1, 'x', 1, 0, 1}, 2); err == nil {
		t.Error("a number without a text is no error")
	}
}

// TestPieces: a range is made of the largest blocks that stand across no bound.
func TestPieces(t *testing.T) {
	for _, c := range []struct{ bounds, want string }{
		{"01T00:00 03T00:00", "d01 d02"},
		{"01T23:00 03T02:00", "h01T23 d02 h03T00 h03T01"},
		{"01T23:30 02T00:01", "m01T23 m02T00"},
		{"01T00:00 01T12:00 02T00:00", "h×24"},
		{"01T00:00 01T11:30 01T13:00", "h01T00 h01T01 h01T02 h01T03 h01T04 h01T05 h01T06 h01T07 h01T08 h01T09 h01T10 m01T11 h01T12"},
		{"01T00:00 02T00:00 03T00:00", "d01 d02"},
		{"01T00:00", ""},
	} {
		var w Want
		for text := range strings.FieldsSeq(c.bounds) {
			at, err := time.Parse("2006-01-02T15:04", "2026-11-"+text)
			if err != nil {
				t.Fatal(err)
			}
			w.Bounds = append(w.Bounds, at)
		}
		var got []string
		for _, p := range w.Pieces() {
			at := time.Unix(p.At, 0).UTC()
			got = append(got, map[Level]string{Day: at.Format("d02"), Hour: at.Format("h02T15"), Minutes: at.Format("m02T15")}[p.Level])
		}
		if text := strings.Join(got, " "); text != c.want && (c.want != "h×24" || len(got) != 24 || got[23] != "h01T23") {
			t.Errorf("%s: %s, want %s", c.bounds, text, c.want)
		}
	}
}

// FuzzBlock: no stored bytes make a reader fail otherwise than with an error.
func FuzzBlock(f *testing.F) {
	x := newTable()
	x.add(3, Group{Configuration: "c", Creative: "x"}.Key(), "m", 300)
	x.add(4, Group{Configuration: "d"}.Key(), "m", -1)
	c := x.columns(Minutes)
	f.Add(c[sizeColumn], c[minuteColumn], c["d0"], c["m:m"])
	f.Fuzz(func(t *testing.T, size, minutes, values, numbers []byte) {
		b, err := NewBlock(Piece{Minutes, 0}, Columns{sizeColumn: size, minuteColumn: minutes, "d0": values, "m:m": numbers})
		if err != nil {
			return
		}
		by, sums := make([]uint32, b.Rows), make([]int64, 1)
		if err := b.Sum("m", by, sums); err != nil {
			return
		}
		for i := range b.Rows {
			b.group(i)
		}
	})
}
