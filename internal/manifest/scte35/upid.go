package scte35

import (
	"bytes"
	"unicode/utf8"

	"github.com/Comcast/scte35-go/pkg/scte35"
)

// The types of UPID that are treated apart (SCTE 35 table 22).
const (
	// UserDefined is the deprecated free form, still in wide use.
	UserDefined = 0x01
	// ManagedPrivate is an MPU: a registered format identifier and data.
	ManagedPrivate = 0x0C
	// multiple is a MID, a list of UPIDs.
	multiple = 0x0D
	// ADSInformation is what an advertising system wrote for itself.
	ADSInformation = 0x0E
)

// UPID is a segmentation_upid.
type UPID struct {
	Type uint8
	// Data is the identifier as it stands in the section.
	Data []byte
}

// readUPIDs reads one identifier, or the list of a MID as far as it goes.
func readUPIDs(kind uint8, b []byte) []UPID {
	if len(b) == 0 {
		return nil
	}
	if kind != multiple {
		return []UPID{{kind, bytes.Clone(b)}}
	}
	var list []UPID
	for len(b) >= 2 && 2+int(b[1]) <= len(b) {
		list = append(list, UPID{b[0], bytes.Clone(b[2 : 2+int(b[1])])})
		b = b[2+int(b[1]):]
	}
	return list
}

// Private are the parts of an MPU, the four characters of its format
// identifier and the data behind them; false for another type.
func (u UPID) Private() (format, data string, ok bool) {
	if u.Type != ManagedPrivate || len(u.Data) < 4 {
		return "", "", false
	}
	return string(u.Data[:4]), string(u.Data[4:]), true
}

// Text is the identifier as people write it: an EIDR as 10.5240/…, a TI in
// decimal, an ISAN in base64, anything else as text.
func (u UPID) Text() string {
	if u.Type == ManagedPrivate || !canonical(u.Type) && utf8.Valid(u.Data) {
		return string(u.Data)
	}
	return scte35.NewSegmentationUPID(uint32(u.Type), u.Data).Value
}

// canonical says whether a type has a written form of its own.
func canonical(kind uint8) bool {
	switch kind {
	case scte35.SegmentationUPIDTypeISANDeprecated, scte35.SegmentationUPIDTypeISAN,
		scte35.SegmentationUPIDTypeTI, scte35.SegmentationUPIDTypeEIDR:
		return true
	}
	return false
}
