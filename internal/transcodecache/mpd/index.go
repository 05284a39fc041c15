package mpd

import (
	"encoding/binary"
	"io"

	"stitcher/internal/manifest/dash/quantity"
)

const (
	// maxIndex is how large an index may be: 12 bytes for each segment, and its head.
	maxIndex = 12*mostSegments + 64
	// mostBoxes is how many boxes are looked at before the index.
	mostBoxes = 64
)

// Cut lists the segments of a file by its index (sidx, ISO/IEC 14496-12 §8.16.3). The
// error wraps ErrUnreadable or ErrShape, or is that of the file.
func (x *Index) Cut(file io.ReaderAt) (*Segments, error) {
	at := x.At
	if x.Length == 0 {
		var err error
		if at, err = find(file); err != nil {
			return nil, err
		}
	}
	size, kind, err := head(file, at)
	if err != nil {
		return nil, err
	}
	if kind != "sidx" {
		return nil, unreadable("byte %d of its file has no index", at)
	}
	if size > maxIndex {
		return nil, unreadable("the index of its file has %d bytes", size)
	}
	box := make([]byte, size)
	if _, err := file.ReadAt(box, at); err != nil {
		return nil, unreadable("the index of its file is cut off")
	}
	out := &Segments{Init: &Piece{URL: x.URL, Length: at}}
	if x.InitLength > 0 {
		out.Init.Length = x.InitLength
	}
	if out.Init.Length == 0 {
		return nil, misshapen("its file has no initialization section before the index")
	}
	if out.List, err = x.references(box[8:], at+size); err != nil {
		return nil, err
	}
	return out, out.check()
}

// references reads the segments of an index that ends at anchor.
func (x *Index) references(b []byte, anchor int64) ([]Piece, error) {
	cutOff := unreadable("the index of its file is cut off")
	if len(b) < 24 {
		return nil, cutOff
	}
	scale := int64(binary.BigEndian.Uint32(b[8:]))
	if scale == 0 {
		return nil, unreadable("the index of its file has timescale 0")
	}
	wide := b[0] > 0
	var time, first uint64
	if wide {
		if len(b) < 32 {
			return nil, cutOff
		}
		time, first = binary.BigEndian.Uint64(b[12:]), binary.BigEndian.Uint64(b[20:])
		b = b[28:]
	} else {
		time, first = uint64(binary.BigEndian.Uint32(b[12:])), uint64(binary.BigEndian.Uint32(b[16:]))
		b = b[20:]
	}
	if time > quantity.MaxTicks || first > quantity.MaxTicks {
		return nil, unreadable("the index of its file begins at %d, %d bytes after it", time, first)
	}
	count := int(binary.BigEndian.Uint16(b[2:]))
	b = b[4:]
	if len(b) < 12*count {
		return nil, cutOff
	}
	if count == 0 || count > mostSegments {
		return nil, unreadable("the index of its file lists %d segments", count)
	}
	at, from := int64(time)-x.offset, anchor+int64(first)
	out := make([]Piece, 0, count)
	for ; count > 0; count, b = count-1, b[12:] {
		size := int64(binary.BigEndian.Uint32(b))
		if size>>31 != 0 {
			return nil, misshapen("the index of its file refers to further indexes")
		}
		next := at + int64(binary.BigEndian.Uint32(b[4:]))
		start := quantity.Micros(0, at, scale)
		out = append(out, Piece{URL: x.URL, Offset: from, Length: size, Start: start, Duration: quantity.Micros(0, next, scale) - start})
		at, from = next, from+size
	}
	return out, nil
}

// find looks for the index of a file, which is before its media.
func find(file io.ReaderAt) (int64, error) {
	var at int64
	for range mostBoxes {
		size, kind, err := head(file, at)
		if err != nil {
			return 0, err
		}
		switch kind {
		case "sidx":
			return at, nil
		case "mdat", "moof":
			return 0, misshapen("its file has no index: it is not cut into segments")
		}
		at += size
	}
	return 0, misshapen("its file has no index within the first %d boxes", mostBoxes)
}

// head reads the size and the kind of the box at a place.
func head(file io.ReaderAt, at int64) (size int64, kind string, err error) {
	var b [16]byte
	n, err := file.ReadAt(b[:], at)
	if n < 8 {
		if err != nil && err != io.EOF {
			return 0, "", err
		}
		return 0, "", misshapen("its file has no index: it is not cut into segments")
	}
	size, least := int64(binary.BigEndian.Uint32(b[:])), int64(8)
	if size == 1 && n == 16 {
		size, least = int64(min(binary.BigEndian.Uint64(b[8:]), quantity.MaxTicks)), 16
	}
	if size < least || at > quantity.MaxTicks {
		return 0, "", misshapen("its file has no index: box %q at byte %d is malformed", string(b[4:8]), at)
	}
	return size, string(b[4:8]), nil
}
