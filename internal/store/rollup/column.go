package rollup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The names of the columns of a block: how many rows it has, the minute of each, then
// dimensions by number, and measures by name.
const (
	sizeColumn    = "n"
	minuteColumn  = "t"
	measureColumn = "m:"
)

// errColumn is a column that is not as this package writes it.
var errColumn = errors.New("a stored column cannot be read")

// column is the numbers of a measure: runs, each with its distance from the last one,
// its length, the bytes of a number (1, 2, 4 or 8, signed, little endian) and the
// numbers. Rows between runs have 0.
type column []byte

// gap is how many zeros end a run.
const gap = 8

// packColumn writes the numbers of a measure.
func packColumn(list []int64) column {
	var b []byte
	last := 0
	for begin := 0; begin < len(list); {
		if list[begin] == 0 {
			begin++
			continue
		}
		end, zeros := begin, 0
		for i := begin; i < len(list) && zeros < gap; i++ {
			if zeros++; list[i] != 0 {
				end, zeros = i+1, 0
			}
		}
		b = binary.AppendUvarint(b, uint64(begin-last))
		b = binary.AppendUvarint(b, uint64(end-begin))
		b = packNumbers(b, list[begin:end])
		begin, last = end, end
	}
	return b
}

func packNumbers(b []byte, list []int64) []byte {
	width := byte(1)
	for _, n := range list {
		switch {
		case n < math.MinInt32 || n > math.MaxInt32:
			width = 8
		case n < math.MinInt16 || n > math.MaxInt16:
			width = max(width, 4)
		case n < math.MinInt8 || n > math.MaxInt8:
			width = max(width, 2)
		}
	}
	b = append(b, width)
	for _, n := range list {
		switch width {
		case 1:
			b = append(b, byte(n))
		case 2:
			b = binary.LittleEndian.AppendUint16(b, uint16(n))
		case 4:
			b = binary.LittleEndian.AppendUint32(b, uint32(n))
		default:
			b = binary.LittleEndian.AppendUint64(b, uint64(n))
		}
	}
	return b
}

// sum adds the number of each row i to into[by[i]].
func (c column) sum(by []uint32, into []int64) error {
	for len(c) > 0 {
		skip, k := binary.Uvarint(c)
		if k <= 0 || skip > uint64(len(by)) {
			return errColumn
		}
		c = c[k:]
		count, k := binary.Uvarint(c)
		if k <= 0 || k >= len(c) || count > uint64(len(by))-skip {
			return errColumn
		}
		width := int(c[k])
		c = c[k+1:]
		rows := by[skip : skip+count]
		by = by[skip+count:]
		if len(c) < width*len(rows) {
			return errColumn
		}
		numbers := c[:width*len(rows)]
		c = c[len(numbers):]
		switch width {
		case 1:
			for i, n := range numbers {
				into[rows[i]] += int64(int8(n))
			}
		case 2:
			for i, r := range rows {
				into[r] += int64(int16(binary.LittleEndian.Uint16(numbers[2*i:])))
			}
		case 4:
			for i, r := range rows {
				into[r] += int64(int32(binary.LittleEndian.Uint32(numbers[4*i:])))
			}
		case 8:
			for i, r := range rows {
				into[r] += int64(binary.LittleEndian.Uint64(numbers[8*i:]))
			}
		default:
			return errColumn
		}
	}
	return nil
}

// Values are a dimension of the rows of a block: row i has Text[Of[i]].
type Values struct {
	Text []string
	Of   []uint32
}

// packValues writes a dimension: its texts, the bytes of a number (0 where there is
// one text, or 1, 2 or 4), and the number of each row.
func packValues(rows []string) []byte {
	known := map[string]uint32{}
	var texts []byte
	of := make([]uint32, len(rows))
	for i, text := range rows {
		n, ok := known[text]
		if !ok {
			n = uint32(len(known))
			known[text] = n
			texts = binary.AppendUvarint(texts, uint64(len(text)))
			texts = append(texts, text...)
		}
		of[i] = n
	}
	b := append(binary.AppendUvarint(nil, uint64(len(known))), texts...)
	switch n := len(known); {
	case n <= 1:
		return append(b, 0)
	case n <= 1<<8:
		b = append(b, 1)
		for _, n := range of {
			b = append(b, byte(n))
		}
	case n <= 1<<16:
		b = append(b, 2)
		for _, n := range of {
			b = binary.LittleEndian.AppendUint16(b, uint16(n))
		}
	default:
		b = append(b, 4)
		for _, n := range of {
			b = binary.LittleEndian.AppendUint32(b, n)
		}
	}
	return b
}

// unpackValues reads a dimension of some rows.
func unpackValues(b []byte, rows int) (v Values, err error) {
	count, k := binary.Uvarint(b)
	if k <= 0 || count > uint64(len(b)) {
		return v, errColumn
	}
	b = b[k:]
	sizes, at := make([]int, count), 0
	for i := range sizes {
		size, k := binary.Uvarint(b[at:])
		if k <= 0 || size > uint64(len(b)-at-k) {
			return v, errColumn
		}
		sizes[i] = k + int(size)
		at += sizes[i]
	}
	texts := string(b[:at])
	v.Text = make([]string, count)
	for i, size := range sizes {
		_, k := binary.Uvarint(b)
		v.Text[i] = texts[k:size]
		b, texts = b[size:], texts[size:]
	}
	if len(b) == 0 || len(b) < 1+int(b[0])*rows || count == 0 && rows > 0 {
		return v, errColumn
	}
	v.Of = make([]uint32, rows)
	width, b := b[0], b[1:]
	switch width {
	case 0:
	case 1:
		for i, n := range b[:rows] {
			v.Of[i] = uint32(n)
		}
	case 2:
		for i := range v.Of {
			v.Of[i] = uint32(binary.LittleEndian.Uint16(b[2*i:]))
		}
	case 4:
		for i := range v.Of {
			v.Of[i] = binary.LittleEndian.Uint32(b[4*i:])
		}
	default:
		return v, errColumn
	}
	greatest := uint32(0)
	for _, n := range v.Of {
		greatest = max(greatest, n)
	}
	if rows > 0 && uint64(greatest) >= count {
		return v, fmt.Errorf("%w: text %d of %d", errColumn, greatest, count)
	}
	return v, nil
}
