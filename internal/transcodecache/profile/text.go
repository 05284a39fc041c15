package profile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Text is how the cues of a text rendition in fragmented MP4 are coded.
type Text struct {
	// Codec is the sample entry of ISO/IEC 14496-30: "wvtt" for WebVTT, "stpp"
	// for TTML and IMSC1.
	Codec string `json:"codec"`
	// Language is the ISO 639-2/T code of the content's track; "" is unknown.
	Language string `json:"language,omitempty"`
}

var languageForm = regexp.MustCompile(`^[a-z]{3}$`)

// validateText reports what keeps a text rendition from being made.
func (s *Spec) validateText() error {
	switch {
	case s.Audio != nil || s.Video != nil:
		return errors.New("a text rendition has audio or video")
	case s.Container == WebVTT && s.Text == nil:
		return nil
	case s.Container != FMP4 || s.Text == nil:
		return errors.New("a text rendition is neither WebVTT alone nor text in fragmented MP4")
	case s.Text.Codec != "wvtt" && s.Text.Codec != "stpp":
		return fmt.Errorf("text codec %q %w", s.Text.Codec, ErrUnsupported)
	case s.Text.Language != "" && !languageForm.MatchString(s.Text.Language):
		return fmt.Errorf("language %q is not a code of ISO 639-2", s.Text.Language)
	}
	return nil
}

// deriveText makes the spec of a text rendition. The playlist tells whether it
// is in fragmented MP4, because only there its segments have an EXT-X-MAP; names
// of files tell nothing. The sample entry of the initialization section tells
// how the cues are coded, and CODECS where the section is encrypted or missing.
//
// What is neither of ours (3GPP text, WebVTT with its header in EXT-X-MAP, RFC
// 8216bis §3.1.4) has WebVTT for its ads, which can't be listed below an EXT-X-MAP
// and are gaps there: viewers keep the subtitles of the content and all of the ads,
// and nothing is lost, since ads have no text.
func deriveText(s Spec, c *Content) Spec {
	s.Container = WebVTT
	if c.Container != FMP4 || isWebVTT(c.Sample) {
		return s
	}
	entry, language := sampleEntry(c.Sample)
	if entry == "" || strings.HasPrefix(entry, "enc") { // enct, encs, encu
		entry = textCodec(c.Codecs)
	}
	if entry == "wvtt" || entry == "stpp" {
		s.Container, s.Text = FMP4, &Text{Codec: entry, Language: language}
	}
	return s
}

// isWebVTT is whether bytes begin as a WebVTT file does.
func isWebVTT(b []byte) bool {
	return bytes.HasPrefix(bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF")), []byte("WEBVTT"))
}

// textCodec is the one text codec that a CODECS attribute names; "" where it
// names none, or both: it is about all renditions of a group together.
func textCodec(attribute string) string {
	found := ""
	for item := range strings.SplitSeq(attribute, ",") {
		kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(item)), ".")
		switch {
		case kind != "wvtt" && kind != "stpp" || kind == found:
		case found != "":
			return ""
		default:
			found = kind
		}
	}
	return found
}

// sampleEntry is the type of the first track's first sample entry in an
// initialization section, and the track's language. Both are "" where the bytes
// are no such section.
func sampleEntry(init []byte) (entry, language string) {
	mdia := boxAt(init, "moov", "trak", "mdia")
	if stsd := boxAt(mdia, "minf", "stbl", "stsd"); len(stsd) >= 16 {
		entry = string(stsd[12:16]) // after version, flags, count and size
	}
	mdhd := boxAt(mdia, "mdhd")
	at := 20 // ISO/IEC 14496-12 §8.4.2.2
	if len(mdhd) > 0 && mdhd[0] == 1 {
		at = 32
	}
	if len(mdhd) >= at+2 {
		packed := binary.BigEndian.Uint16(mdhd[at:])
		letters := []byte{byte(packed>>10&31) + 0x60, byte(packed>>5&31) + 0x60, byte(packed&31) + 0x60}
		if languageForm.Match(letters) && string(letters) != "und" {
			language = string(letters)
		}
	}
	return entry, language
}

// boxAt is the body of the first box on a path of box types; nil if there is
// none. Sizes of 64 bits are not read: no initialization section needs them.
func boxAt(b []byte, path ...string) []byte {
	const header = 8
	for _, kind := range path {
		var body []byte
		for body == nil {
			if len(b) < header {
				return nil
			}
			size := binary.BigEndian.Uint32(b)
			if size < header || uint64(size) > uint64(len(b)) {
				return nil
			}
			if string(b[4:header]) == kind {
				body = b[header:size]
			}
			b = b[size:]
		}
		b = body
	}
	return b
}
