package profile

import (
	"bytes"
	"errors"
)

// The audio object types of ISO/IEC 14496-3 table 1.17 that matter here.
const (
	objectLC  = 2
	objectSBR = 5  // HE-AAC
	objectPS  = 29 // HE-AAC version 2
)

// configuredAAC completes audio whose profile no frame shows: the object type is
// that of the sample's AudioSpecificConfig, or that of CODECS. What neither says
// is AAC-LC, which every player of AAC plays.
//
// HE-AAC may be signalled by CODECS alone (implicit signalling, ISO/IEC 14496-3
// §1.6.5.2): the configuration then has the rate of the core, half of what is put
// out.
func (c *Content) configuredAAC(a *Audio) error {
	a.Codec = "mp4a.40.2"
	object := configuredObject(c.Sample)
	switch object {
	case objectSBR, objectPS:
		a.Codec = "mp4a.40.5"
		return nil
	case objectLC, 0:
	default:
		return errUnsupportedObject
	}
	if said, err := ParseCodecs(c.codecs()); err == nil && said.Audio != nil && said.Audio.Codec != a.Codec {
		a.Codec = said.Audio.Codec
		if object == objectLC && a.SampleRate <= 24_000 {
			a.SampleRate *= 2
		}
	}
	return nil
}

var errUnsupportedObject = errors.Join(errors.New("the audio object type of its AudioSpecificConfig"), ErrUnsupported)

// configuredObject is the audio object type of the first AudioSpecificConfig of
// an initialization section, 5 where it announces SBR; 0 where there is none.
func configuredObject(init []byte) int {
	_, b, ok := bytes.Cut(init, []byte("esds"))
	if !ok || len(b) < 4 {
		return 0
	}
	// ISO/IEC 14496-1 §7.2.6: ES_Descriptor, DecoderConfigDescriptor,
	// DecoderSpecificInfo, each in the one before.
	es, ok := descriptor(b[4:], 3)
	if !ok || len(es) < 3 {
		return 0
	}
	skip, flags := 3, es[2]
	if flags&0x80 != 0 { // depends on another stream
		skip += 2
	}
	if flags&0x40 != 0 && len(es) > skip { // has a URL
		skip += 1 + int(es[skip])
	}
	if flags&0x20 != 0 { // names a clock
		skip += 2
	}
	if len(es) < skip {
		return 0
	}
	const mpeg4Audio, configHead = 0x40, 13
	config, ok := descriptor(es[skip:], 4)
	if !ok || len(config) < configHead || config[0] != mpeg4Audio {
		return 0
	}
	specific, ok := descriptor(config[configHead:], 5)
	if !ok {
		return 0
	}
	return objectType(specific)
}

// descriptor gives the body of the descriptor that b begins with, if it has the
// tag.
func descriptor(b []byte, tag byte) ([]byte, bool) {
	if len(b) < 2 || b[0] != tag {
		return nil, false
	}
	b = b[1:]
	size := 0
	for i := 0; i < 4 && len(b) > 0; i++ {
		next := b[0]
		b = b[1:]
		size = size<<7 | int(next&0x7F)
		if next&0x80 == 0 {
			break
		}
	}
	return b[:min(size, len(b))], true
}

// objectType reads the head of an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1)
// and the extension by which AAC-LC announces SBR in a way that old decoders pass
// over.
func objectType(specific []byte) int {
	if len(specific) < 2 {
		return 0
	}
	object := int(specific[0] >> 3)
	if object == 31 {
		object = 32 + int(specific[0]&7)<<3 + int(specific[1]>>5)
	}
	if object != objectLC {
		return object
	}
	// The extension follows the 16 bits of a usual configuration: syncExtensionType
	// 0x2B7 in 11 bits, the object type in 5, sbrPresentFlag in 1.
	if len(specific) >= 5 && specific[2] == 0x56 && specific[3] == 0xE0|objectSBR && specific[4]&0x80 != 0 {
		return objectSBR
	}
	return object
}
