package syntax

import (
	"bytes"
	"errors"
	"fmt"
)

const (
	// MaxLine bounds a line; real ones with a licence in a data: URI reach
	// some 10 KiB, segments in data: URIs more.
	MaxLine = 1 << 20
	// MaxBody bounds what a playlist becomes when URIs are made absolute and
	// IVs written out, because a hostile origin could make that quadratic.
	MaxBody = 64 << 20
)

// Plain is a playlist as it is read: without what stands before its header, with
// the line ends that the reading knows, and without zero bytes, which a file has
// at its end that a full disk has cut short. lines is how many lines are left out
// at the beginning. ExoPlayer, shaka-player and m3u8-parser pass over a BOM and
// blanks before #EXTM3U. hls.js and FFmpeg do not; they get it without.
func Plain(src []byte) (_ []byte, lines int, err error) {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	text := bytes.TrimLeft(src, " \t\r\n")
	lines = bytes.Count(src[:len(src)-len(text)], []byte("\n"))
	if err := checkStart(text); err != nil {
		return nil, 0, err
	}
	if bytes.IndexByte(text, 0) >= 0 {
		text = bytes.ReplaceAll(text, []byte{0}, nil)
	}
	if bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') >= 0 {
		// hls.js, shaka-player and FFmpeg know the CR alone as a line end.
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	return text, lines, nil
}

// checkStart refuses what is no playlist at all. What stands behind #EXTM3U in its
// line is no matter to shaka-player and m3u8-parser.
func checkStart(src []byte) error {
	first, _, _ := bytes.Cut(src, []byte("\n"))
	first, _, _ = bytes.Cut(first, []byte("\r"))
	switch {
	case len(src) == 0:
		return errors.New("the playlist is empty")
	case bytes.HasPrefix(first, []byte("#EXTM3U")):
		return nil
	case bytes.IndexByte(src, 0) >= 0:
		return errors.New("line 1: a zero byte: this is not text")
	case src[0] == '<':
		return errors.New("line 1: this is HTML or XML, not a playlist")
	}
	return fmt.Errorf("line 1: %q is not #EXTM3U", Clip(first))
}

// Clip shortens text for an error, which is logged: the query of a URL holds tokens.
func Clip(s []byte) []byte {
	s, _, _ = bytes.Cut(s, []byte("?"))
	return s[:min(len(s), 60)]
}
