package ffmpeg

import (
	"bytes"
	"errors"
	"fmt"
)

// HeadBytes is how much of a file's head Sniff looks at.
const HeadBytes = 1024

// Head is a writer that keeps the first HeadBytes bytes.
type Head struct{ buf bytes.Buffer }

// Write implements io.Writer.
func (h *Head) Write(p []byte) (int, error) {
	h.buf.Write(p[:min(len(p), HeadBytes-h.buf.Len())])
	return len(p), nil
}

// Bytes gives what is kept.
func (h *Head) Bytes() []byte { return h.buf.Bytes() }

// errNotMedia marks bytes that are no media file.
var errNotMedia = errors.New("the file is not media")

// Sniff tells a file's format from its first bytes and names ffmpeg's demuxer
// for it. ffmpeg is then allowed this demuxer alone: without that, a playlist
// named .mp4 makes it read other files (design §7).
func Sniff(head []byte) (demuxer string, err error) {
	switch {
	case isBMFF(head):
		return "mov", nil
	case bytes.HasPrefix(head, []byte{0x1A, 0x45, 0xDF, 0xA3}):
		return "matroska", nil
	case isTS(head):
		return "mpegts", nil
	case bytes.HasPrefix(head, []byte("FLV\x01")):
		return "flv", nil
	case bytes.HasPrefix(head, []byte("OggS")):
		return "ogg", nil
	case isRIFF(head, "WAVE"):
		return "wav", nil
	case isRIFF(head, "AVI "):
		return "avi", nil
	case bytes.HasPrefix(head, []byte{0, 0, 1, 0xBA}): // a pack of an MPEG program stream (ISO/IEC 13818-1 §2.5.3.3)
		return "mpeg", nil
	case bytes.HasPrefix(head, asfHeader):
		return "asf", nil
	case bytes.HasPrefix(head, []byte("fLaC")):
		return "flac", nil
	case len(head) > 2 && head[0] == 0xFF && head[1]&0xF6 == 0xF0:
		return "aac", nil
	case bytes.HasPrefix(head, []byte("ID3")), len(head) > 2 && head[0] == 0xFF && head[1]&0xE0 == 0xE0:
		return "mp3", nil
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("#EXTM3U")):
		return "", fmt.Errorf("%w: it is an HLS playlist", errNotMedia)
	case bytes.HasPrefix(text, []byte("<")) && bytes.Contains(text, []byte("<MPD")):
		return "", fmt.Errorf("%w: it is a DASH manifest", errNotMedia)
	case bytes.HasPrefix(text, []byte("<")), bytes.HasPrefix(text, []byte("{")):
		return "", fmt.Errorf("%w: it is a text document", errNotMedia)
	case len(head) == 0:
		return "", fmt.Errorf("%w: it is empty", errNotMedia)
	case isMXF(head):
		return "mxf", nil
	}
	return "", fmt.Errorf("%w: its format is unknown", errNotMedia)
}

// asfHeader is the GUID of ASF's header object, with which WMV and WMA files begin.
var asfHeader = []byte{0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C}

// isRIFF tells a RIFF file of a form, RF64 (EBU Tech 3306) of more than 4 GB too.
func isRIFF(head []byte, form string) bool {
	return len(head) > 12 && (string(head[:4]) == "RIFF" || string(head[:4]) == "RF64") && string(head[8:12]) == form
}

// mxfHeader is the key of a header partition pack (SMPTE ST 377-1 §7.1), up to the
// bytes that tell its kind.
var mxfHeader = []byte{0x06, 0x0E, 0x2B, 0x34, 0x02, 0x05, 0x01, 0x01, 0x0D, 0x01, 0x02}

// isMXF tells MXF, whose header may follow a run-in of other bytes (SMPTE ST 377-1
// §6.5); one that is longer than what is looked at is not known.
func isMXF(head []byte) bool { return bytes.Contains(head, mxfHeader) }

// isBMFF tells MP4 and QuickTime by the type of the first box.
func isBMFF(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	switch string(head[4:8]) {
	case "ftyp", "styp", "moov", "moof", "mdat", "free", "skip", "wide":
		return true
	}
	return false
}

// isTS tells a transport stream by its sync bytes, 188 apart.
func isTS(head []byte) bool {
	const packet = 188
	if len(head) <= 2*packet {
		return len(head) >= packet && head[0] == 0x47 && len(head)%packet == 0
	}
	return head[0] == 0x47 && head[packet] == 0x47 && head[2*packet] == 0x47
}
